// STORE-2: storage classes with the unmodified AWS SDK: what is stored for each, what copies and uploads in parts do, and lifecycle rules that move
// objects.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  type StorageClass,
  type TransitionStorageClass,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { ObjectIndex } from '@cess/object-index';
import { eventually } from '@cess/primitives/testing';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const Bucket = 'classes';
const bytes = randomBytes(300_000);
const shapes: readonly (readonly [StorageClass, string])[] = [
  ['STANDARD', '4 of 12'],
  ['REDUCED_REDUNDANCY', '4 of 6'],
  ['STANDARD_IA', '8 of 12'],
  ['ONEZONE_IA', '8 of 10'],
];

let test: TestGateway;
let client: S3Client;
before(async () => {
  test = await startTestGateway({ lifecycleDaySeconds: 1, s3CustomerKeysOverHttp: true });
  client = sdkClient(test);
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(async () => {
  client.destroy();
  await test.stop();
});

const name = (Key: string) => ({ Bucket, Key });
const put = (Key: string, StorageClass?: StorageClass) =>
  client.send(new PutObjectCommand({ ...name(Key), Body: bytes, StorageClass }));
const classOf = async (Key: string) => (await client.send(new HeadObjectCommand(name(Key)))).StorageClass;

async function contentOf(Key: string, VersionId?: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ ...name(Key), VersionId }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** Data fragments and all fragments of the first segment, in the index and as the chain got it. */
async function shapeOf(key: string): Promise<string> {
  const { index } = test.gateway;
  const object = await index.getObject({ bucket: Bucket, key });
  const fileId = object?.extents[0]?.fileId;
  assert.ok(fileId);
  const segment = await index.getSegment(fileId, 0);
  return `${segment?.k} of ${segment?.fragments.length}`;
}

describe('a storage class', () => {
  for (const [storageClass, shape] of shapes)
    it(`${storageClass} stores ${shape} fragments, and is stated by answers and listings`, async () => {
      const key = `plain/${storageClass}`;
      await put(key, storageClass);
      assert.equal(await shapeOf(key), shape);
      assert.deepEqual(await contentOf(key), bytes);
      assert.equal(await classOf(key), storageClass === 'STANDARD' ? undefined : storageClass);
      const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: key }));
      assert.equal(Contents?.[0]?.StorageClass, storageClass);
    });

  it('that needs a restore, or that nobody knows, is refused', async () => {
    for (const storageClass of [
      'GLACIER',
      'DEEP_ARCHIVE',
      'INTELLIGENT_TIERING',
      'standard',
      'NONE',
    ] as StorageClass[]) {
      await refuses('InvalidStorageClass', 400, put('refused', storageClass));
      await refuses(
        'InvalidStorageClass',
        400,
        client.send(new CreateMultipartUploadCommand({ ...name('refused'), StorageClass: storageClass })),
      );
    }
    await refuses('NotFound', 404, classOf('refused'));
  });

  it('of an upload is that of its parts and of its object', async () => {
    const at = name('parts');
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...at, StorageClass: 'STANDARD_IA' }));
    const { ETag } = await client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: bytes }));
    assert.equal((await client.send(new ListPartsCommand({ ...at, UploadId }))).StorageClass, 'STANDARD_IA');
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    assert.equal(Uploads?.find((upload) => upload.UploadId === UploadId)?.StorageClass, 'STANDARD_IA');
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
    assert.deepEqual([await classOf('parts'), await shapeOf('parts')], ['STANDARD_IA', '8 of 12']);
  });

  it('of a copy is the one that it states, else STANDARD; its content is stored again where that differs', async () => {
    await put('source', 'REDUCED_REDUNDANCY');
    const CopySource = `${Bucket}/source`;
    await client.send(new CopyObjectCommand({ ...name('copy'), CopySource }));
    assert.deepEqual([await classOf('copy'), await shapeOf('copy')], [undefined, '4 of 12']);
    await client.send(new CopyObjectCommand({ ...name('copy'), CopySource, StorageClass: 'REDUCED_REDUNDANCY' }));
    assert.deepEqual([await classOf('copy'), await shapeOf('copy')], ['REDUCED_REDUNDANCY', '4 of 6']);
    await client.send(new CopyObjectCommand({ ...name('source'), CopySource, StorageClass: 'ONEZONE_IA' }));
    assert.deepEqual([await classOf('source'), await shapeOf('source')], ['ONEZONE_IA', '8 of 10']);
    for (const key of ['copy', 'source']) assert.deepEqual(await contentOf(key), bytes);
  });
});

describe('a copy whose source is stored anew in another class before the copy is entered', () => {
  it('is refused: it would state a class that its content does not have', async () => {
    await put('raced');
    const enter = ObjectIndex.prototype.copyObject;
    ObjectIndex.prototype.copyObject = async function (...copy) {
      ObjectIndex.prototype.copyObject = enter;
      await put('raced', 'STANDARD_IA');
      return enter.apply(this, copy);
    };
    const copy = () => client.send(new CopyObjectCommand({ ...name('raced-copy'), CopySource: `${Bucket}/raced` }));
    await refuses('OperationAborted', 409, copy());
    await copy();
    assert.equal(await shapeOf('raced-copy'), '4 of 12');
  });
});

describe('lifecycle rules', () => {
  const long = new Date('2020-01-01T00:00:00Z');
  const setRules = (Rules: { Prefix: string; to: TransitionStorageClass }[]) =>
    client.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: {
          Rules: Rules.map(({ Prefix, to }) => ({
            Status: 'Enabled',
            Filter: { Prefix },
            Transitions: [{ Date: long, StorageClass: to }],
          })),
        },
      }),
    );

  it('move objects to another class, with their content, version id, tags and entity tag', async () => {
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const { VersionId, ETag } = await client.send(
      new PutObjectCommand({ ...name('old/a'), Body: bytes, Tagging: 'k=v', Metadata: { m: '1' } }),
    );
    await client.send(new PutObjectCommand({ ...name('old/small'), Body: 'x' }));
    const stored = await test.gateway.index.getObject({ bucket: Bucket, key: 'old/a' });
    const before = stored?.extents[0]?.fileId ?? assert.fail();
    await setRules([{ Prefix: 'old/', to: 'ONEZONE_IA' }]);
    await eventually(async () => (await classOf('old/a')) === 'ONEZONE_IA', 'the object is moved');
    assert.equal(await shapeOf('old/a'), '8 of 10');
    const found = await client.send(new HeadObjectCommand(name('old/a')));
    assert.deepEqual([found.VersionId, found.ETag, found.TagCount, found.Metadata], [VersionId, ETag, 1, { m: '1' }]);
    assert.deepEqual(await contentOf('old/a', VersionId), bytes);
    const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'old/a' }));
    assert.deepEqual(
      Versions?.map((version) => version.StorageClass),
      ['ONEZONE_IA'],
    );
    const released = async () => (await test.gateway.index.getFile(before)) === undefined;
    await eventually(released, 'the former content is released');
    assert.equal(await classOf('old/small'), undefined, 'objects below 128 KiB stay');
  });

  const customerKey = randomBytes(32);
  const underCustomerKey = {
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: customerKey.toString('base64'),
    SSECustomerKeyMD5: createHash('md5').update(customerKey).digest('base64'),
  };
  for (const [what, writes, reads] of [
    ['a named key', { ServerSideEncryption: 'aws:kms' }, {}],
    ['a key of a customer', underCustomerKey, underCustomerKey],
  ] as const)
    it(`move objects under ${what} as they are sealed`, async () => {
      const key = `sealed/${what}`;
      const parts = [randomBytes(9_000_000), randomBytes(200_000)];
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...name(key), ...writes }));
      const Parts = await Promise.all(
        parts.map(async (Body, at) => {
          const part = { ...name(key), UploadId, PartNumber: at + 1, Body, ...reads };
          return { PartNumber: at + 1, ETag: (await client.send(new UploadPartCommand(part))).ETag };
        }),
      );
      const whole = { ...name(key), UploadId, MultipartUpload: { Parts }, ...reads };
      await client.send(new CompleteMultipartUploadCommand(whole));
      await setRules([{ Prefix: 'sealed/', to: 'STANDARD_IA' }]);
      const head = () => client.send(new HeadObjectCommand({ ...name(key), ...reads }));
      await eventually(async () => (await head()).StorageClass === 'STANDARD_IA', 'the object is moved');
      assert.equal(await shapeOf(key), '8 of 12');
      const { Body } = await client.send(new GetObjectCommand({ ...name(key), ...reads }));
      assert.ok(Buffer.concat(parts).equals(Buffer.from((await Body?.transformToByteArray()) ?? [])));
      const Range = 'bytes=8999990-9000009';
      const ranged = await client.send(new GetObjectCommand({ ...name(key), ...reads, Range }));
      assert.deepEqual(
        Buffer.from((await ranged.Body?.transformToByteArray()) ?? []),
        Buffer.concat(parts).subarray(8_999_990, 9_000_010),
      );
    });

  it('are refused for classes that do not exist here', async () => {
    await refuses('InvalidStorageClass', 400, setRules([{ Prefix: '', to: 'GLACIER' }]));
    await refuses('MalformedXML', 400, setRules([{ Prefix: '', to: 'CESS_2' as TransitionStorageClass }]));
  });
});
