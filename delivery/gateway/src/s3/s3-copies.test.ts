// What a copy says of its content, with the unmodified AWS SDK: one piece, whatever its source was made of.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  type ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { toHex } from '@cess/primitives';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';
import { createChecksum } from './body/checksums.js';

const Bucket = 'copies';
const parts = [randomBytes(5 * 1024 * 1024), randomBytes(70_000)];
const whole = Buffer.concat(parts);
const md5 = `"${createHash('md5').update(whole).digest('hex')}"`;

let test: TestGateway;
let client: S3Client;
before(async () => {
  test = await startTestGateway();
  test.chain.stalled = true;
  client = sdkClient(test, { requestChecksumCalculation: 'WHEN_REQUIRED' });
  for (const name of [Bucket, `${Bucket}-2`]) await client.send(new CreateBucketCommand({ Bucket: name }));
});
after(async () => {
  client.destroy();
  await test.stop();
});
afterEach(() => {
  for (const provider of test.providers) provider.fault = () => 'none';
});

/** Calls `onRead` for every fragment that the gateway reads. */
function watchReads(onRead: () => void): void {
  for (const provider of test.providers) {
    provider.fault = (kind) => {
      if (kind === 'get') onRead();
      return 'none';
    };
  }
}

async function uploadParts(Key: string, algorithm?: ChecksumAlgorithm): Promise<string | undefined> {
  const at = { Bucket, Key };
  const named = algorithm === undefined ? {} : { ChecksumAlgorithm: algorithm };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...at, ...named }));
  const Parts = [];
  for (const [index, Body] of parts.entries()) {
    const PartNumber = index + 1;
    const part = await client.send(new UploadPartCommand({ ...at, UploadId, PartNumber, Body, ...named }));
    const { $metadata: _, ...stated } = part;
    Parts.push({ PartNumber, ...stated });
  }
  const MultipartUpload = { Parts };
  return (await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }))).ETag;
}

const copy = (source: string, Key: string, more: Partial<CopyObjectCommandInput> = {}) =>
  client.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${source}`, ...more }));
const head = (Key: string, more: object = {}) =>
  client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED', ...more }));
const filesOf = async (key: string) =>
  (await test.gateway.index.getObject({ bucket: Bucket, key }))?.extents.map(({ fileId }) => toHex(fileId));

async function checksumOfWhole(algorithm: 'CRC32' | 'SHA1' | 'SHA256'): Promise<string> {
  const checksum = await createChecksum(algorithm);
  checksum.update(whole);
  return checksum.finish();
}

describe('a copy of an object in parts', () => {
  it('is one piece with the MD5 of its bytes as entity tag, and shares the stored files', async () => {
    assert.match((await uploadParts('plain')) ?? '', /-2"$/);
    const { CopyObjectResult } = await copy('plain', 'copied');
    const { ETag, PartsCount, ChecksumType } = await head('copied', { PartNumber: 1 });
    assert.deepEqual([CopyObjectResult?.ETag, ETag, PartsCount, ChecksumType], [md5, md5, 1, undefined]);
    assert.deepEqual(await filesOf('copied'), await filesOf('plain'));
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'copied' }));
    assert.ok(whole.equals(Buffer.from((await Body?.transformToByteArray()) ?? [])));
  });

  it('has a checksum of the full object by the algorithm of its source', async () => {
    await uploadParts('composite', 'SHA256');
    assert.equal((await head('composite')).ChecksumType, 'COMPOSITE');
    const { CopyObjectResult } = await copy('composite', 'full');
    const { ChecksumSHA256, ChecksumType, ETag } = await head('full');
    const expected = await checksumOfWhole('SHA256');
    assert.deepEqual([ChecksumSHA256, ChecksumType, ETag], [expected, 'FULL_OBJECT', md5]);
    assert.equal(CopyObjectResult?.ChecksumSHA256, expected);
  });

  it('has the same entity tag and checksum where the content is stored again', async () => {
    await uploadParts('moved', 'SHA256');
    await copy('moved', 'elsewhere', { StorageClass: 'REDUCED_REDUNDANCY' });
    const { ChecksumSHA256, ChecksumType, ETag } = await head('elsewhere');
    assert.deepEqual([ChecksumSHA256, ChecksumType, ETag], [await checksumOfWhole('SHA256'), 'FULL_OBJECT', md5]);
    assert.notDeepEqual(await filesOf('elsewhere'), await filesOf('moved'));
  });

  it('in another bucket can be read there', async () => {
    await uploadParts('abroad');
    const target = { Bucket: `${Bucket}-2`, Key: 'abroad' };
    await client.send(new CopyObjectCommand({ ...target, CopySource: `${Bucket}/abroad` }));
    const { Body, ETag } = await client.send(new GetObjectCommand(target));
    assert.equal(ETag, md5);
    assert.ok(whole.equals(Buffer.from((await Body?.transformToByteArray()) ?? [])));
  });

  it('is refused if the source is replaced while it is read', async () => {
    await uploadParts('replaced');
    const name = { bucket: Bucket, key: 'replaced' };
    const source = await test.gateway.index.getObject(name);
    assert.ok(source);
    let replacement: Promise<unknown> | undefined;
    watchReads(() => {
      replacement ??= test.gateway.index.putObject(name, { ...source, etag: '0', size: 0, extents: [] }, []);
    });
    await refuses('PreconditionFailed', 412, copy('replaced', 'outdated'));
    await replacement;
    await refuses('NotFound', 404, head('outdated'));
  });
});

describe('the checksum of a copy', () => {
  it('is by the algorithm that the request names', async () => {
    await uploadParts('named', 'SHA256');
    await client.send(new PutObjectCommand({ Bucket, Key: 'single', Body: whole, ChecksumAlgorithm: 'CRC32' }));
    for (const source of ['named', 'single']) {
      const { CopyObjectResult } = await copy(source, 'sha1', { ChecksumAlgorithm: 'SHA1' });
      const { ChecksumSHA1, ChecksumSHA256, ChecksumCRC32, ChecksumType, ETag } = await head('sha1');
      const expected = await checksumOfWhole('SHA1');
      assert.deepEqual(
        [ChecksumSHA1, ChecksumSHA256, ChecksumCRC32, ChecksumType, ETag],
        [expected, undefined, undefined, 'FULL_OBJECT', md5],
      );
      assert.equal(CopyObjectResult?.ChecksumSHA1, expected);
    }
  });

  it('that the source has is kept without reading a byte', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: whole, ChecksumAlgorithm: 'CRC32' }));
    let reads = 0;
    watchReads(() => void reads++);
    for (const more of [{}, { ChecksumAlgorithm: 'CRC32' as const }]) {
      await copy('kept', 'kept-copy', more);
      const { ChecksumCRC32, ETag } = await head('kept-copy');
      assert.deepEqual([ChecksumCRC32, ETag], [await checksumOfWhole('CRC32'), md5]);
    }
    assert.equal(reads, 0);
    await copy('kept', 'kept-copy', { ChecksumAlgorithm: 'SHA1' });
    assert.ok(reads > 0);
  });

  it('by an unknown algorithm is refused', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'small', Body: 'a' }));
    await refuses('InvalidRequest', 400, copy('small', 'x', { ChecksumAlgorithm: 'MD4' as ChecksumAlgorithm }));
  });
});
