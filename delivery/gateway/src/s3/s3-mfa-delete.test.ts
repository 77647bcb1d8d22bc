// Buckets whose versions are deleted with a second factor only, with the unmodified AWS SDK.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketLifecycleCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  type VersioningConfiguration,
} from '@aws-sdk/client-s3';
import { withCode } from '../test-support/mfa-code.js';
import { credentialsOf, query } from '../test-support/query-client.js';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const Key = 'key';
let test: TestGateway;
let root: S3Client;
let user: S3Client;
let Bucket = '';
let count = 0;

before(async () => {
  test = await startTestGateway();
  test.chain.stalled = true;
  root = sdkClient(test);
  const iam = (Action: string, fields: Readonly<Record<string, string>>) =>
    query(test, { Version: '2010-05-08', Action, ...fields });
  await iam('CreateUser', { UserName: 'ana' });
  const Statement = [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam('PutUserPolicy', { UserName: 'ana', PolicyName: 'own', PolicyDocument });
  user = sdkClient(test, { credentials: credentialsOf(await iam('CreateAccessKey', { UserName: 'ana' })) });
});
after(async () => {
  for (const client of [root, user]) client.destroy();
  await test.stop();
});
beforeEach(async () => {
  Bucket = `second-factor-${++count}`;
  await root.send(new CreateBucketCommand({ Bucket }));
});

const setVersioning = (state: VersioningConfiguration, MFA?: string, client = root) =>
  client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: state, MFA }));
const enable = () => withCode(test, (mfa) => setVersioning({ Status: 'Enabled', MFADelete: 'Enabled' }, mfa));
async function state() {
  const { Status, MFADelete } = await root.send(new GetBucketVersioningCommand({ Bucket }));
  return [Status, MFADelete];
}

/** A version in a bucket with MFA delete. */
async function version(): Promise<string | undefined> {
  return (await root.send(new PutObjectCommand({ Bucket, Key, Body: 'a' }))).VersionId;
}
const remove = (VersionId: string | undefined, MFA?: string, client = root) =>
  client.send(new DeleteObjectCommand({ Bucket, Key, VersionId, MFA }));
async function versions(): Promise<number> {
  const { Versions = [], DeleteMarkers = [] } = await root.send(new ListObjectVersionsCommand({ Bucket }));
  return Versions.length + DeleteMarkers.length;
}

describe('MFA delete', () => {
  it('is enabled and disabled by the root with a code, and shown with the versioning', async () => {
    await setVersioning({ Status: 'Enabled' });
    assert.deepEqual(await state(), ['Enabled', undefined]);
    await enable();
    assert.deepEqual(await state(), ['Enabled', 'Enabled']);
    await withCode(test, (mfa) => setVersioning({ Status: 'Enabled', MFADelete: 'Disabled' }, mfa));
    assert.deepEqual(await state(), ['Enabled', 'Disabled']);
    await remove(await version());
    await setVersioning({ Status: 'Suspended', MFADelete: 'Disabled' });
    assert.deepEqual(await state(), ['Suspended', 'Disabled']);
  });

  it('is changed by nobody else, and not without a valid code', async () => {
    const wanted = { Status: 'Enabled', MFADelete: 'Enabled' } as const;
    await refuses('AccessDenied', 403, setVersioning(wanted));
    await refuses('AccessDenied', 403, setVersioning(wanted, 'serial'));
    await withCode(test, async (mfa) => {
      const wrong = mfa.replace(/\d{6}$/, (code) => String((Number(code) + 500_000) % 1_000_000).padStart(6, '0'));
      await refuses('AccessDenied', 403, setVersioning(wanted, wrong));
      await refuses('AccessDenied', 403, setVersioning(wanted, mfa, user));
    });
    await withCode(test, (mfa) => refuses('AccessDenied', 403, setVersioning(wanted, mfa, user)), 'ana');
    await withCode(test, (mfa) => refuses('AccessDenied', 403, setVersioning(wanted, mfa)), 'ana');
    assert.deepEqual(await state(), [undefined, undefined]);
  });

  it('lets the versioning change with a code only', async () => {
    await enable();
    await refuses('AccessDenied', 403, setVersioning({ Status: 'Suspended' }));
    assert.deepEqual(await state(), ['Enabled', 'Enabled']);
    await withCode(test, (mfa) => setVersioning({ Status: 'Suspended' }, mfa, user), 'ana');
    assert.deepEqual(await state(), ['Suspended', 'Enabled']);
  });

  it('excludes lifecycle rules', async () => {
    const rule = { Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } } as const;
    const LifecycleConfiguration = { Rules: [rule] };
    const setRules = () => root.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
    await setRules();
    await withCode(test, async (mfa) => {
      const setEnabled = () => setVersioning({ Status: 'Enabled', MFADelete: 'Enabled' }, mfa);
      await refuses('InvalidBucketState', 409, setEnabled());
      await root.send(new DeleteBucketLifecycleCommand({ Bucket }));
      await setEnabled();
    });
    await refuses('InvalidBucketState', 409, setRules());
  });
});

describe('the deletion of a version in a bucket with MFA delete', () => {
  it('takes a code, which serves once', async () => {
    await enable();
    const [first, second] = [await version(), await version()];
    await refuses('AccessDenied', 403, remove(first));
    await refuses('AccessDenied', 403, remove(first, 'arn:aws:iam::123456789012:mfa/none 123456'));
    await withCode(test, async (mfa) => {
      await remove(first, mfa);
      await refuses('AccessDenied', 403, remove(second, mfa));
    });
    assert.equal(await versions(), 1);
  });

  it('takes the device of its caller', async () => {
    await enable();
    const id = await version();
    await withCode(test, (mfa) => refuses('AccessDenied', 403, remove(id, mfa, user)));
    assert.equal(await versions(), 1);
    await withCode(test, (mfa) => remove(id, mfa, user), 'ana');
    assert.equal(await versions(), 0);
  });

  it('takes none for a delete marker in place of the object', async () => {
    await enable();
    await version();
    assert.equal((await remove(undefined)).DeleteMarker, true);
    assert.equal(await versions(), 2);
  });

  it('takes one code for all keys of DeleteObjects; without it nothing is deleted', async () => {
    await enable();
    const [first, second] = [await version(), await version()];
    const Objects = [{ Key, VersionId: first }, { Key, VersionId: second }, { Key: 'other' }];
    const removeAll = (MFA?: string) => root.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects }, MFA }));
    await refuses('AccessDenied', 403, removeAll());
    assert.equal(await versions(), 2);
    const { Deleted, Errors } = await withCode(test, removeAll);
    assert.deepEqual([Deleted?.length, Errors], [3, undefined]);
    assert.equal(await versions(), 1, 'the delete marker of the other key');
  });
});
