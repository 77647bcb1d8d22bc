// Versions, tags, attributes, object lock and lifecycle rules over a running network with unmodified awscli. The awscli of Debian 12
// cannot state conditions on writes: s3-conditional-writes.test.ts of the gateway sends them with the AWS SDK.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from '@cess/primitives/testing';
import { awscli, missingAwscli, sdkClient } from './support/drivers.js';
import { TestNetwork } from './support/network.js';
import { statusHeader } from './support/objects.js';

const missing = await missingAwscli();
const folder = mkdtempSync(join(tmpdir(), 'cess-objects-'));
const source = join(folder, 'source');
const network = await TestNetwork.create();

before(async () => {
  writeFileSync(source, 'content');
  await network.start();
});
after(async () => {
  await network.destroy();
  rmSync(folder, { recursive: true, force: true });
});

/** What awscli prints, as far as the tests look at it. */
interface Printed {
  readonly VersionId?: string;
  readonly DeleteMarker?: boolean;
  readonly TagSet?: unknown;
  readonly TagCount?: number;
  readonly ObjectSize?: number;
  readonly StorageClass?: string;
  readonly Versions?: readonly unknown[];
  readonly Rules?: readonly { readonly ID?: string }[];
  readonly Retention?: { readonly Mode?: string };
  readonly LegalHold?: { readonly Status?: string };
  readonly ObjectLockConfiguration?: { readonly ObjectLockEnabled?: string };
}

async function s3api(...args: string[]): Promise<Printed> {
  const { stdout } = await awscli(network.credentials)('s3api', ...args, '--output', 'json');
  return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Printed);
}

const refused = (code: string) => (error: { readonly stderr?: string }) => new RegExp(code).test(error.stderr ?? '');

async function put(bucket: string, key: string, ...more: string[]): Promise<string> {
  const { VersionId } = await s3api('put-object', '--bucket', bucket, '--key', key, '--body', source, ...more);
  assert.ok(VersionId !== undefined);
  return VersionId;
}

describe('awscli', { skip: missing ?? false }, () => {
  it('keeps versions, tags them, and reads their attributes', async () => {
    const at = ['--bucket', 'versioned', '--key', 'k'];
    await s3api('create-bucket', '--bucket', 'versioned');
    await s3api('put-bucket-versioning', '--bucket', 'versioned', '--versioning-configuration', 'Status=Enabled');
    const first = await put('versioned', 'k', '--tagging', 'n=1');
    await put('versioned', 'k');
    assert.equal((await s3api('list-object-versions', '--bucket', 'versioned')).Versions?.length, 2);
    await s3api('put-object-tagging', ...at, '--tagging', 'TagSet=[{Key=n,Value=two}]');
    assert.deepEqual((await s3api('get-object-tagging', ...at)).TagSet, [{ Key: 'n', Value: 'two' }]);
    const old = await s3api('get-object-tagging', ...at, '--version-id', first);
    assert.deepEqual(old.TagSet, [{ Key: 'n', Value: '1' }]);
    const attributes = ['--object-attributes', 'ETag', 'ObjectSize', 'StorageClass'];
    const { ObjectSize, StorageClass } = await s3api('get-object-attributes', ...at, ...attributes);
    assert.deepEqual([ObjectSize, StorageClass], [7, 'STANDARD']);
    assert.equal((await s3api('delete-object', ...at)).DeleteMarker, true);
    await assert.rejects(s3api('get-object-tagging', ...at), refused('NoSuchKey'));
  });

  it('stores objects of each storage class, and the chain records them', async () => {
    await s3api('create-bucket', '--bucket', 'classes');
    const client = sdkClient(network.credentials);
    try {
      for (const storageClass of ['REDUCED_REDUNDANCY', 'STANDARD_IA', 'ONEZONE_IA']) {
        const at = ['--bucket', 'classes', '--key', storageClass];
        await s3api('put-object', ...at, '--body', source, '--storage-class', storageClass);
        assert.equal((await s3api('head-object', ...at)).StorageClass, storageClass);
        const isRecorded = async () => (await statusHeader(client, 'classes', storageClass)) !== 'stored';
        await eventually(isRecorded, `${storageClass} is recorded`);
      }
    } finally {
      client.destroy();
    }
  });

  it('locks versions: governance is bypassed, compliance is not', async () => {
    const Bucket = ['--bucket', 'locked'];
    await s3api('create-bucket', ...Bucket, '--object-lock-enabled-for-bucket');
    const { ObjectLockConfiguration } = await s3api('get-object-lock-configuration', ...Bucket);
    assert.equal(ObjectLockConfiguration?.ObjectLockEnabled, 'Enabled');
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const id = await put('locked', 'k');
    const at = [...Bucket, '--key', 'k'];
    const retain = (mode: string) =>
      s3api('put-object-retention', ...at, '--retention', `Mode=${mode},RetainUntilDate=${until}`);
    await retain('GOVERNANCE');
    assert.equal((await s3api('get-object-retention', ...at)).Retention?.Mode, 'GOVERNANCE');
    const remove = (...more: string[]) => s3api('delete-object', ...at, '--version-id', id, ...more);
    await assert.rejects(remove(), refused('AccessDenied'));
    await remove('--bypass-governance-retention');
    const kept = await put('locked', 'k');
    await retain('COMPLIANCE');
    const bypass = ['--version-id', kept, '--bypass-governance-retention'];
    await assert.rejects(s3api('delete-object', ...at, ...bypass), refused('AccessDenied'));
    await s3api('put-object-legal-hold', ...at, '--legal-hold', 'Status=ON');
    assert.equal((await s3api('get-object-legal-hold', ...at)).LegalHold?.Status, 'ON');
    const suspended = ['--versioning-configuration', 'Status=Suspended'];
    await assert.rejects(s3api('put-bucket-versioning', ...Bucket, ...suspended), refused('InvalidBucketState'));
  });

  it('writes, reads and removes lifecycle rules and tags of a bucket', async () => {
    const Bucket = ['--bucket', 'ruled'];
    await s3api('create-bucket', ...Bucket);
    const rules = { Rules: [{ ID: 'logs', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 30 } }] };
    const configuration = ['--lifecycle-configuration', JSON.stringify(rules)];
    await s3api('put-bucket-lifecycle-configuration', ...Bucket, ...configuration);
    assert.deepEqual((await s3api('get-bucket-lifecycle-configuration', ...Bucket)).Rules, rules.Rules);
    await s3api('delete-bucket-lifecycle', ...Bucket);
    const read = s3api('get-bucket-lifecycle-configuration', ...Bucket);
    await assert.rejects(read, refused('NoSuchLifecycleConfiguration'));
    await s3api('put-bucket-tagging', ...Bucket, '--tagging', 'TagSet=[{Key=team,Value=a}]');
    assert.deepEqual((await s3api('get-bucket-tagging', ...Bucket)).TagSet, [{ Key: 'team', Value: 'a' }]);
  });
});
