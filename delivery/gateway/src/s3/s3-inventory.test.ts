// Inventories: configurations, and reports that independent readers read back, with the objects that they are about.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CreateBucketCommand,
  DeleteBucketInventoryConfigurationCommand,
  DeleteObjectCommand,
  GetBucketInventoryConfigurationCommand,
  GetObjectCommand,
  type InventoryConfiguration,
  ListBucketInventoryConfigurationsCommand,
  ListObjectsV2Command,
  PutBucketInventoryConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { eventually } from '@cess/primitives/testing';
import { parquetReadObjects } from 'hyparquet';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { foreignCredentials, startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

let gateway: TestGateway;
let client: S3Client;
let buckets = 0;
before(async () => {
  gateway = await startTestGateway({ lifecycleDaySeconds: 1, hasForeignAccount: true });
  client = sdkClient(gateway);
});
after(() => gateway.stop());

async function createBucket(of = client): Promise<string> {
  const Bucket = `listed-${++buckets}`;
  await of.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

const inventory = (target: string, more: Partial<InventoryConfiguration> = {}): InventoryConfiguration => ({
  Id: 'all',
  IsEnabled: true,
  Destination: { S3BucketDestination: { Format: 'CSV', Bucket: `arn:aws:s3:::${target}`, Prefix: 'reports' } },
  Schedule: { Frequency: 'Daily' },
  IncludedObjectVersions: 'Current',
  ...more,
});

const set = (Bucket: string, InventoryConfiguration: InventoryConfiguration) =>
  client.send(
    new PutBucketInventoryConfigurationCommand({ Bucket, Id: InventoryConfiguration.Id, InventoryConfiguration }),
  );

async function read(Bucket: string, Key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

interface Manifest {
  readonly sourceBucket: string;
  readonly fileFormat: string;
  readonly fileSchema: string;
  readonly files: readonly { readonly key: string; readonly size: number; readonly MD5checksum: string }[];
}

/** The first report that is complete, with the content of its data. */
async function report(target: string, Prefix: string): Promise<{ manifest: Manifest; data: Buffer; links: string }> {
  const checksumKey = await eventually(async () => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: target, Prefix }));
    return Contents.map(({ Key = '' }) => Key).find((key) => key.endsWith('/manifest.checksum'));
  }, 'a complete report');
  const configuration = { ...inventory(target), IsEnabled: false };
  await set(Prefix.split('/')[1] ?? '', configuration);
  const [, stamp = ''] = /\/([^/]+)Z\/manifest\.checksum$/.exec(checksumKey) ?? [];
  const text = await read(target, checksumKey.replace('checksum', 'json'));
  assert.match(stamp, /^\d{4}-\d\d-\d\dT\d\d-\d\d$/);
  const manifest = JSON.parse(text.toString()) as Manifest;
  const [file] = manifest.files;
  const data = await read(target, file?.key ?? '');
  assert.equal(data.length, file?.size);
  assert.equal(createHash('md5').update(data).digest('hex'), file?.MD5checksum);
  const links = await read(target, `${Prefix}hive/dt=${stamp.replace('T', '-')}/symlink.txt`);
  return { manifest, data, links: links.toString() };
}

const put = (Bucket: string, Key: string, Body: string) => client.send(new PutObjectCommand({ Bucket, Key, Body }));

describe('an inventory', () => {
  it('lists current objects below a prefix as CSV, with a manifest and links for Hive', async () => {
    const Bucket = await createBucket();
    const target = await createBucket();
    await put(Bucket, 'a/"1" ä.txt', 'abc');
    await put(Bucket, 'a/2', '');
    await put(Bucket, 'b/3', 'no');
    const OptionalFields = ['Size', 'ETag', 'StorageClass', 'EncryptionStatus', 'IsMultipartUploaded'] as const;
    await set(Bucket, inventory(target, { Filter: { Prefix: 'a/' }, OptionalFields: [...OptionalFields] }));
    const { manifest, data, links } = await report(target, `reports/${Bucket}/all/`);
    assert.equal(manifest.sourceBucket, Bucket);
    assert.equal(manifest.fileFormat, 'CSV');
    assert.equal(manifest.fileSchema, `Bucket, Key, ${OptionalFields.join(', ')}`);
    assert.equal(
      gunzipSync(data).toString(),
      `"${Bucket}","a/%221%22%20%C3%A4.txt","3","900150983cd24fb0d6963f7d28e17f72","STANDARD","SSE-S3","false"\n` +
        `"${Bucket}","a/2","0","d41d8cd98f00b204e9800998ecf8427e","STANDARD","SSE-S3","false"\n`,
    );
    assert.match(links, new RegExp(`^s3://${target}/reports/${Bucket}/all/data/[0-9a-f]{32}\\.csv\\.gz\n$`));
  });

  it('lists versions and delete markers as Parquet that an independent reader reads', async () => {
    const Bucket = await createBucket();
    const target = await createBucket();
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const first = await put(Bucket, 'ä', 'abc');
    const second = await put(Bucket, 'ä', 'abcd');
    const marker = await client.send(new DeleteObjectCommand({ Bucket, Key: 'ä' }));
    const S3BucketDestination = { Format: 'Parquet' as const, Bucket: `arn:aws:s3:::${target}`, Prefix: 'reports' };
    await set(
      Bucket,
      inventory(target, {
        Destination: { S3BucketDestination },
        IncludedObjectVersions: 'All',
        OptionalFields: ['Size', 'LastModifiedDate', 'ObjectLockMode'],
      }),
    );
    const { manifest, data } = await report(target, `reports/${Bucket}/all/`);
    assert.match(manifest.fileSchema, /^message s3\.inventory \{ {2}required binary bucket \(UTF8\);.*int64 size;/);
    const file = new Uint8Array(data).buffer;
    const rows = (await parquetReadObjects({ file })) as Record<string, unknown>[];
    const common = { bucket: Bucket, key: 'ä' };
    assert.deepEqual(
      rows.map(({ last_modified_date: time, object_lock_mode: mode, ...row }) => {
        assert.ok(time instanceof Date && Math.abs(time.getTime() - Date.now()) < 600_000);
        assert.ok(mode === undefined || mode === null);
        return { ...row, size: row['size'] ?? undefined };
      }),
      [
        { ...common, version_id: marker.VersionId, is_latest: true, is_delete_marker: true, size: undefined },
        { ...common, version_id: second.VersionId, is_latest: false, is_delete_marker: false, size: 4n },
        { ...common, version_id: first.VersionId, is_latest: false, is_delete_marker: false, size: 3n },
      ],
    );
  });

  it('of an empty bucket has a file without rows', async () => {
    const Bucket = await createBucket();
    const target = await createBucket();
    await set(Bucket, inventory(target));
    const { data } = await report(target, `reports/${Bucket}/all/`);
    assert.equal(gunzipSync(data).toString(), '');
  });
});

describe('configurations of inventories', () => {
  it('are stored, read, listed, replaced and deleted by their ids', async () => {
    const Bucket = await createBucket();
    const get = (Id: string) => client.send(new GetBucketInventoryConfigurationCommand({ Bucket, Id }));
    const list = async () => {
      const { InventoryConfigurationList = [] } = await client.send(
        new ListBucketInventoryConfigurationsCommand({ Bucket }),
      );
      return InventoryConfigurationList.map(({ Id }) => Id);
    };
    await refuses('NoSuchConfiguration', 404, get('all'));
    assert.deepEqual(await list(), []);
    const one = inventory(Bucket, { IsEnabled: false, OptionalFields: ['Size'], Filter: { Prefix: 'a&' } });
    await set(Bucket, one);
    await set(Bucket, { ...one, Id: 'other', Schedule: { Frequency: 'Weekly' } });
    assert.deepEqual((await get('all')).InventoryConfiguration, one);
    assert.deepEqual(await list(), ['all', 'other']);
    await set(Bucket, { ...one, IncludedObjectVersions: 'All' });
    assert.equal((await get('all')).InventoryConfiguration?.IncludedObjectVersions, 'All');
    await client.send(new DeleteBucketInventoryConfigurationCommand({ Bucket, Id: 'all' }));
    assert.deepEqual(await list(), ['other']);
    await refuses(
      'NoSuchConfiguration',
      404,
      client.send(new DeleteBucketInventoryConfigurationCommand({ Bucket, Id: 'all' })),
    );
  });

  it('are refused with destinations of others, unknown formats and fields that cannot be filled', async () => {
    const Bucket = await createBucket();
    const foreign = await createBucket(sdkClient(gateway, { credentials: foreignCredentials }));
    await refuses('InvalidS3DestinationBucket', 400, set(Bucket, inventory('missing-bucket')));
    await refuses('InvalidS3DestinationBucket', 400, set(Bucket, inventory(foreign)));
    const S3BucketDestination = { Format: 'ORC' as const, Bucket: `arn:aws:s3:::${Bucket}` };
    await refuses('NotImplemented', 501, set(Bucket, inventory(Bucket, { Destination: { S3BucketDestination } })));
    const OptionalFields: InventoryConfiguration['OptionalFields'] = ['ObjectAccessControlList'];
    await refuses('NotImplemented', 501, set(Bucket, inventory(Bucket, { OptionalFields })));
    const wrong = { Bucket, Id: 'x', InventoryConfiguration: inventory(Bucket) };
    await refuses('InvalidArgument', 400, client.send(new PutBucketInventoryConfigurationCommand(wrong)));
  });
});
