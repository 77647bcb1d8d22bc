// GetObjectAttributes with the unmodified AWS SDK.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  type ObjectAttributes,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { exchange } from '../test-support/raw-exchange.js';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const Bucket = 'attributes';
const all: ObjectAttributes[] = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];

let test: TestGateway;
let client: S3Client;
before(async () => {
  test = await startTestGateway();
  client = sdkClient(test);
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(async () => {
  client.destroy();
  await test.stop();
});

const attributesOf = (Key: string, more: object = {}) =>
  client.send(new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: all, ...more }));

async function uploadParts(Key: string, ChecksumAlgorithm: 'SHA256' | undefined, count: number): Promise<void> {
  const at = { Bucket, Key };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...at, ChecksumAlgorithm }));
  const Parts = [];
  for (let PartNumber = 1; PartNumber <= count; PartNumber++) {
    const Body = PartNumber < count ? Buffer.alloc(5 * 1024 * 1024, PartNumber) : 'last';
    const part = await client.send(new UploadPartCommand({ ...at, UploadId, PartNumber, Body, ChecksumAlgorithm }));
    Parts.push({ PartNumber, ETag: part.ETag, ChecksumSHA256: part.ChecksumSHA256 });
  }
  await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }));
}

describe('the attributes of an object', () => {
  it('are entity tag, checksum, storage class and size', async () => {
    const { ETag, ChecksumCRC32 } = await client.send(
      new PutObjectCommand({ Bucket, Key: 'single', Body: 'hello', ChecksumAlgorithm: 'CRC32' }),
    );
    const found = await attributesOf('single');
    assert.equal(`"${found.ETag}"`, ETag);
    assert.deepEqual(found.Checksum, { ChecksumCRC32, ChecksumType: 'FULL_OBJECT' });
    assert.deepEqual([found.StorageClass, found.ObjectSize, found.ObjectParts], ['STANDARD', 5, undefined]);
    assert.ok(found.LastModified);
  });

  it('are shown only as far as the request names them', async () => {
    const found = await attributesOf('single', { ObjectAttributes: ['ObjectSize'] });
    assert.deepEqual([found.ObjectSize, found.ETag, found.Checksum], [5, undefined, undefined]);
  });

  it('include the parts of a multipart object, in pages', async () => {
    await uploadParts('parts', 'SHA256', 3);
    const whole = (await attributesOf('parts')).ObjectParts;
    assert.equal(whole?.TotalPartsCount, 3);
    assert.deepEqual(
      whole.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size]),
      [
        [1, 5 * 1024 * 1024],
        [2, 5 * 1024 * 1024],
        [3, 4],
      ],
    );
    assert.ok(whole.Parts?.every(({ ChecksumSHA256 }) => ChecksumSHA256 !== undefined));
    const first = (await attributesOf('parts', { MaxParts: 2 })).ObjectParts;
    assert.deepEqual([first?.Parts?.length, first?.IsTruncated, first?.NextPartNumberMarker], [2, true, '2']);
    const rest = (await attributesOf('parts', { PartNumberMarker: first?.NextPartNumberMarker })).ObjectParts;
    assert.deepEqual([rest?.Parts?.map(({ PartNumber }) => PartNumber), rest?.IsTruncated], [[3], false]);
  });

  it('give only the number of parts where the parts have no checksums', async () => {
    const bare = sdkClient(test, { requestChecksumCalculation: 'WHEN_REQUIRED' });
    const sent = client;
    client = bare;
    await uploadParts('bare', undefined, 1);
    client = sent;
    bare.destroy();
    const { ObjectParts, Checksum } = await attributesOf('bare');
    assert.deepEqual([ObjectParts?.TotalPartsCount, ObjectParts?.Parts, Checksum], [1, undefined, undefined]);
  });

  it('belong to the version that the request names', async () => {
    const Versioned = 'attributed-versions';
    await client.send(new CreateBucketCommand({ Bucket: Versioned }));
    const enabled = { Bucket: Versioned, VersioningConfiguration: { Status: 'Enabled' } } as const;
    await client.send(new PutBucketVersioningCommand(enabled));
    const { VersionId } = await client.send(new PutObjectCommand({ Bucket: Versioned, Key: 'k', Body: 'four' }));
    await client.send(new PutObjectCommand({ Bucket: Versioned, Key: 'k', Body: 'seventh' }));
    const at = { Bucket: Versioned, Key: 'k', ObjectAttributes: all };
    assert.equal((await client.send(new GetObjectAttributesCommand(at))).ObjectSize, 7);
    const old = await client.send(new GetObjectAttributesCommand({ ...at, VersionId }));
    assert.deepEqual([old.ObjectSize, old.VersionId], [4, VersionId]);
  });

  it('of a missing object, and attributes that do not exist, are errors', async () => {
    await refuses('NoSuchKey', 404, attributesOf('absent'));
    await refuses('InvalidArgument', 400, attributesOf('single', { ObjectAttributes: ['Owner'] }));
    const path = `/${Bucket}/single`;
    const answer = await exchange(test, { method: 'GET', path, query: { attributes: '' } });
    assert.deepEqual([answer?.status, answer?.code], [400, 'InvalidArgument']);
  });
});
