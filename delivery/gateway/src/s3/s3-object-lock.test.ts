// Object lock with the unmodified AWS SDK: configuration, retentions, legal holds, and what no request removes or shortens.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  type ObjectLockRetention,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const Bucket = 'locked';
const hourMs = 3_600_000;
const inHours = (hours: number) => new Date(Math.ceil((Date.now() + hours * hourMs) / 1000) * 1000);

let test: TestGateway;
let client: S3Client;
before(async () => {
  test = await startTestGateway();
  client = sdkClient(test);
  await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  await client.send(new CreateBucketCommand({ Bucket: 'plain' }));
  await client.send(new PutObjectCommand({ Bucket: 'plain', Key: 'k', Body: 'x' }));
});
after(async () => {
  client.destroy();
  await test.stop();
});

const put = async (Key: string, more: object = {}) =>
  (await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }))).VersionId;
const retained = (mode: 'GOVERNANCE' | 'COMPLIANCE', hours = 1) => ({
  ObjectLockMode: mode,
  ObjectLockRetainUntilDate: inHours(hours),
});
const remove = (Key: string, VersionId: string | undefined, more: object = {}) =>
  client.send(new DeleteObjectCommand({ Bucket, Key, VersionId, ...more }));
const setRetention = (Key: string, Retention: ObjectLockRetention, more: object = {}) =>
  client.send(new PutObjectRetentionCommand({ Bucket, Key, Retention, ...more }));
const setHold = (Key: string, Status: 'ON' | 'OFF') =>
  client.send(new PutObjectLegalHoldCommand({ Bucket, Key, LegalHold: { Status } }));
const bypass = { BypassGovernanceRetention: true };

describe('a bucket with object lock', () => {
  it('keeps versions from its creation on, and neither suspends them nor loses its lock', async () => {
    const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket }));
    assert.equal(Status, 'Enabled');
    const { ObjectLockConfiguration } = await client.send(new GetObjectLockConfigurationCommand({ Bucket }));
    assert.deepEqual(ObjectLockConfiguration, { ObjectLockEnabled: 'Enabled' });
    const suspended = { Bucket, VersioningConfiguration: { Status: 'Suspended' } } as const;
    await refuses('InvalidBucketState', 409, client.send(new PutBucketVersioningCommand(suspended)));
  });

  it('can be one that keeps versions already, and no other', async () => {
    const enable = (name: string) =>
      client.send(
        new PutObjectLockConfigurationCommand({
          Bucket: name,
          ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' },
        }),
      );
    await refuses('InvalidBucketState', 409, enable('plain'));
    const read = client.send(new GetObjectLockConfigurationCommand({ Bucket: 'plain' }));
    await refuses('ObjectLockConfigurationNotFoundError', 404, read);
    await client.send(new CreateBucketCommand({ Bucket: 'later' }));
    const enabled = { Bucket: 'later', VersioningConfiguration: { Status: 'Enabled' } } as const;
    await client.send(new PutBucketVersioningCommand(enabled));
    await enable('later');
  });

  it('gives new objects its default retention, unless their write states one', async () => {
    const Default = 'default-retention';
    await client.send(new CreateBucketCommand({ Bucket: Default, ObjectLockEnabledForBucket: true }));
    const Rule = { DefaultRetention: { Mode: 'GOVERNANCE', Days: 2 } } as const;
    const configuration = { ObjectLockEnabled: 'Enabled', Rule } as const;
    await client.send(
      new PutObjectLockConfigurationCommand({ Bucket: Default, ObjectLockConfiguration: configuration }),
    );
    const { ObjectLockConfiguration } = await client.send(new GetObjectLockConfigurationCommand({ Bucket: Default }));
    assert.deepEqual(ObjectLockConfiguration, configuration);
    const head = (Key: string) => client.send(new HeadObjectCommand({ Bucket: Default, Key }));
    await client.send(new PutObjectCommand({ Bucket: Default, Key: 'plain', Body: 'x' }));
    const plain = await head('plain');
    assert.equal(plain.ObjectLockMode, 'GOVERNANCE');
    const days =
      ((plain.ObjectLockRetainUntilDate?.getTime() ?? 0) - (plain.LastModified?.getTime() ?? 0)) / hourMs / 24;
    assert.ok(Math.abs(days - 2) < 0.01, `${days} days`);
    await client.send(new PutObjectCommand({ Bucket: Default, Key: 'own', Body: 'x', ...retained('COMPLIANCE') }));
    assert.equal((await head('own')).ObjectLockMode, 'COMPLIANCE');
    await client.send(new CopyObjectCommand({ Bucket: Default, Key: 'copy', CopySource: `${Default}/own` }));
    assert.equal((await head('copy')).ObjectLockMode, 'GOVERNANCE', 'a copy has no retention of its source');
    await client.send(new PutObjectCommand({ Bucket: Default, Key: 'own', Body: 'y' }));
  });

  it('refuses a configuration that states no valid period', async () => {
    const set = (DefaultRetention: object) =>
      client.send(
        new PutObjectLockConfigurationCommand({
          Bucket,
          ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention } },
        }),
      );
    await refuses('MalformedXML', 400, set({ Mode: 'GOVERNANCE' }));
    await refuses('MalformedXML', 400, set({ Mode: 'GOVERNANCE', Days: 1, Years: 1 }));
    await refuses('MalformedXML', 400, set({ Mode: 'OTHER', Days: 1 }));
    for (const period of [{ Days: 0 }, { Days: 36_501 }, { Years: 101 }])
      await refuses('InvalidArgument', 400, set({ Mode: 'GOVERNANCE', ...period }));
  });
});

describe('a version under a retention in compliance mode', () => {
  it('is removed by no request, alone, among others, or with a claim to bypass', async () => {
    const id = await put('compliance', retained('COMPLIANCE'));
    await refuses('AccessDenied', 403, remove('compliance', id));
    await refuses('AccessDenied', 403, remove('compliance', id, bypass));
    const Delete = { Objects: [{ Key: 'compliance', VersionId: id }] };
    const { Errors, Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete, ...bypass }));
    assert.deepEqual([Errors?.map(({ Code }) => Code), Deleted], [['AccessDenied'], undefined]);
    const { DeleteMarker } = await remove('compliance', undefined);
    assert.equal(DeleteMarker, true);
    assert.ok(await client.send(new HeadObjectCommand({ Bucket, Key: 'compliance', VersionId: id })));
    await refuses('BucketNotEmpty', 409, client.send(new DeleteBucketCommand({ Bucket })));
  });

  it('is extended, and neither shortened, weakened nor released', async () => {
    await put('extended', retained('COMPLIANCE', 2));
    for (const more of [{}, bypass]) {
      const shorter = { Mode: 'COMPLIANCE', RetainUntilDate: inHours(1) } as const;
      await refuses('AccessDenied', 403, setRetention('extended', shorter, more));
      const weaker = { Mode: 'GOVERNANCE', RetainUntilDate: inHours(3) } as const;
      await refuses('AccessDenied', 403, setRetention('extended', weaker, more));
      await refuses('AccessDenied', 403, setRetention('extended', {}, more));
    }
    const longer = { Mode: 'COMPLIANCE', RetainUntilDate: inHours(4) } as const;
    await setRetention('extended', longer);
    const { Retention } = await client.send(new GetObjectRetentionCommand({ Bucket, Key: 'extended' }));
    assert.deepEqual(Retention, longer);
  });
});

describe('a version under a retention in governance mode', () => {
  it('is removed early only by a request that bypasses it', async () => {
    const id = await put('governance', retained('GOVERNANCE'));
    await refuses('AccessDenied', 403, remove('governance', id));
    assert.equal((await remove('governance', id, bypass)).VersionId, id);
  });

  it('is extended by anyone, and shortened or released by a request that bypasses it', async () => {
    await put('shortened', retained('GOVERNANCE', 2));
    const until = (hours: number) => ({ Mode: 'GOVERNANCE', RetainUntilDate: inHours(hours) }) as const;
    await setRetention('shortened', until(3));
    await refuses('AccessDenied', 403, setRetention('shortened', until(1)));
    await setRetention('shortened', until(1), bypass);
    await refuses('AccessDenied', 403, setRetention('shortened', {}));
    await setRetention('shortened', {}, bypass);
    const read = client.send(new GetObjectRetentionCommand({ Bucket, Key: 'shortened' }));
    await refuses('NoSuchObjectLockConfiguration', 404, read);
  });
});

describe('a legal hold', () => {
  it('keeps a version until it is removed, whatever a request claims', async () => {
    const id = await put('held', { ObjectLockLegalHoldStatus: 'ON' });
    const status = async () =>
      (await client.send(new GetObjectLegalHoldCommand({ Bucket, Key: 'held' }))).LegalHold?.Status;
    assert.equal(await status(), 'ON');
    const { ObjectLockLegalHoldStatus } = await client.send(new HeadObjectCommand({ Bucket, Key: 'held' }));
    assert.equal(ObjectLockLegalHoldStatus, 'ON');
    await refuses('AccessDenied', 403, remove('held', id, bypass));
    await setHold('held', 'OFF');
    assert.equal(await status(), 'OFF');
    await remove('held', id);
  });
});

describe('an upload', () => {
  it('gives its object the locks that it was created with', async () => {
    const at = { Bucket, Key: 'parts' };
    const locks = { ...retained('COMPLIANCE'), ObjectLockLegalHoldStatus: 'ON' } as const;
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...at, ...locks }));
    const { ETag } = await client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'x' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const { VersionId } = await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
    const head = await client.send(new HeadObjectCommand(at));
    assert.deepEqual(
      [head.ObjectLockMode, head.ObjectLockRetainUntilDate, head.ObjectLockLegalHoldStatus],
      ['COMPLIANCE', locks.ObjectLockRetainUntilDate, 'ON'],
    );
    await refuses('AccessDenied', 403, remove('parts', VersionId));
  });
});

describe('requests about locks that are wrong', () => {
  it('are refused in a bucket without object lock', async () => {
    const at = { Bucket: 'plain', Key: 'k' };
    const Retention = { Mode: 'GOVERNANCE', RetainUntilDate: inHours(1) } as const;
    for (const send of [
      () => client.send(new PutObjectCommand({ ...at, Body: 'x', ...retained('GOVERNANCE') })),
      () => client.send(new PutObjectRetentionCommand({ ...at, Retention })),
      () => client.send(new GetObjectRetentionCommand(at)),
      () => client.send(new PutObjectLegalHoldCommand({ ...at, LegalHold: { Status: 'ON' } })),
      () => client.send(new GetObjectLegalHoldCommand(at)),
    ])
      await refuses('InvalidRequest', 400, send());
  });

  it('are refused without a mode, without a date, and with a date in the past', async () => {
    await refuses('InvalidArgument', 400, put('bad', { ObjectLockMode: 'GOVERNANCE' }));
    await refuses('InvalidArgument', 400, put('bad', { ObjectLockRetainUntilDate: inHours(1) }));
    await refuses('InvalidArgument', 400, put('bad', retained('GOVERNANCE', -1)));
    await refuses('InvalidArgument', 400, put('bad', { ...retained('GOVERNANCE'), ObjectLockMode: 'OTHER' }));
    await refuses('InvalidArgument', 400, put('bad', { ObjectLockLegalHoldStatus: 'YES' }));
    await put('good');
    const past = { Mode: 'GOVERNANCE', RetainUntilDate: inHours(-1) } as const;
    await refuses('InvalidArgument', 400, setRetention('good', past));
    await refuses('MalformedXML', 400, setRetention('good', { Mode: 'GOVERNANCE' }));
    await refuses('NoSuchKey', 404, setRetention('absent', { ...past, RetainUntilDate: inHours(1) }));
  });
});
