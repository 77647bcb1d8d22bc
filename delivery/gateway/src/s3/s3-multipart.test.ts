// Multipart uploads with the unmodified AWS SDK: order, sizes, replacement, checksums, copies of parts, listing, abort.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  AbortMultipartUploadCommand,
  type ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createMemoryKv } from '@cess/store';
import { startTestGateway, type TestGateway, testCredentials, testRegion } from '../test-support/test-gateway.js';
import { type checksumAlgorithms, createChecksum } from './body/checksums.js';

const bucket = 'multipart';
const MiB = 1024 * 1024;
const md5 = (data: Uint8Array) => createHash('md5').update(data).digest('hex');
const parts = [randomBytes(5 * MiB), randomBytes(5 * MiB + 1), randomBytes(70_000)];
const whole = Buffer.concat(parts);

let test: TestGateway;
let client: S3Client;
before(async () => {
  test = await startTestGateway({ kv: createMemoryKv() });
  client = new S3Client({
    endpoint: test.gateway.s3Endpoint,
    region: testRegion,
    credentials: testCredentials,
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
});
after(async () => {
  client.destroy();
  await test.stop();
});

async function refuses(code: string, status: number, act: Promise<unknown>): Promise<void> {
  await assert.rejects(act, (error: { name: string; $metadata?: { httpStatusCode?: number } }) => {
    assert.deepEqual([error.name, error.$metadata?.httpStatusCode], [code, status]);
    return true;
  });
}

async function begin(Key: string, more: Partial<CreateMultipartUploadCommandInput> = {}): Promise<string> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key, ...more }));
  return UploadId!;
}
const upload = (Key: string, UploadId: string, PartNumber: number, Body: Uint8Array, more: object = {}) =>
  client.send(new UploadPartCommand({ Bucket: bucket, Key, UploadId, PartNumber, Body, ...more }));
const complete = (
  Key: string,
  UploadId: string,
  Parts: { PartNumber: number; ETag: string | undefined }[],
  more: Partial<CompleteMultipartUploadCommandInput> = {},
) =>
  client.send(
    new CompleteMultipartUploadCommand({ Bucket: bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }),
  );
async function get(Key: string, more: object = {}) {
  const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key, ...more }));
  return { ...answer, bytes: Buffer.from(await answer.Body!.transformToByteArray()) };
}

/** All three parts uploaded; what Complete needs. */
async function uploaded(Key: string, UploadId: string, more: object = {}) {
  const out: { PartNumber: number; ETag: string | undefined }[] = [];
  for (const [i, Body] of parts.entries()) {
    const { ETag, $metadata: _, ...checksums } = await upload(Key, UploadId, i + 1, Body, more);
    out.push({ PartNumber: i + 1, ETag, ...checksums });
  }
  return out;
}

describe('multipart uploads', () => {
  it('become objects with the description they began with; parts can be read by number', async () => {
    const id = await begin('plain', { ContentType: 'text/x', Metadata: { a: 'b' } });
    const answer = await complete('plain', id, await uploaded('plain', id));
    const digests = Buffer.concat(parts.map((part) => createHash('md5').update(part).digest()));
    assert.equal(answer.ETag, `"${md5(digests)}-3"`);
    const object = await get('plain');
    assert.ok(object.bytes.equals(whole));
    assert.deepEqual([object.ContentType, object.Metadata, object.ETag], ['text/x', { a: 'b' }, answer.ETag]);
    const second = await get('plain', { PartNumber: 2 });
    assert.ok(second.bytes.equals(parts[1]!));
    assert.equal(second.PartsCount, 3);
    const across = await get('plain', { Range: `bytes=${5 * MiB - 10}-${10 * MiB + 10}` });
    assert.ok(across.bytes.equals(whole.subarray(5 * MiB - 10, 10 * MiB + 11)));
    await refuses('InvalidPartNumber', 416, get('plain', { PartNumber: 4 }));
    await refuses('NoSuchUpload', 404, complete('plain', id, [{ PartNumber: 1, ETag: '"x"' }]));
  });

  it('refuse wrong order, missing and changed parts and small ones, and stay as they were', async () => {
    const id = await begin('strict');
    const [one, two, three] = await uploaded('strict', id);
    const tiny = await upload('strict', id, 4, Buffer.from('tiny'));
    const four = { PartNumber: 4, ETag: tiny.ETag };
    await refuses('InvalidPartOrder', 400, complete('strict', id, [two!, one!]));
    await refuses('InvalidPartOrder', 400, complete('strict', id, [one!, one!]));
    await refuses('InvalidPart', 400, complete('strict', id, [one!, { PartNumber: 9, ETag: one!.ETag }]));
    await refuses('InvalidPart', 400, complete('strict', id, [one!, { PartNumber: 2, ETag: one!.ETag }]));
    await refuses('EntityTooSmall', 400, complete('strict', id, [one!, three!, four]));
    await refuses('MalformedXML', 400, complete('strict', id, []));
    await refuses('NoSuchKey', 404, get('strict'));
    await complete('strict', id, [one!, two!, four]);
    assert.ok((await get('strict')).bytes.equals(Buffer.concat([parts[0]!, parts[1]!, Buffer.from('tiny')])));
  });

  it('keep the last body of a part number, also of parallel ones', async () => {
    const id = await begin('replaced');
    await upload('replaced', id, 1, Buffer.from('first'));
    const second = await upload('replaced', id, 1, Buffer.from('second'));
    await complete('replaced', id, [{ PartNumber: 1, ETag: second.ETag }]);
    assert.equal((await get('replaced')).bytes.toString(), 'second');
    const racing = await begin('racing');
    await Promise.all([0, 1, 2, 3].map((n) => upload('racing', racing, 1, Buffer.from(`body ${n}`))));
    const { Parts } = await client.send(new ListPartsCommand({ Bucket: bucket, Key: 'racing', UploadId: racing }));
    await complete('racing', racing, [{ PartNumber: 1, ETag: Parts![0]!.ETag }]);
    assert.equal(`"${md5(Buffer.from(md5((await get('racing')).bytes), 'hex'))}-1"`, (await get('racing')).ETag);
  });

  it('of one, two completions at once make one object', async () => {
    const id = await begin('twice');
    const chosen = await uploaded('twice', id);
    const outcomes = await Promise.allSettled([complete('twice', id, chosen), complete('twice', id, chosen)]);
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.ok((await get('twice')).bytes.equals(whole));
  });

  it('are completed under conditions', async () => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'taken', Body: 'x' }));
    const id = await begin('taken');
    const part = await upload('taken', id, 1, Buffer.from('y'));
    const chosen = [{ PartNumber: 1, ETag: part.ETag }];
    await refuses('PreconditionFailed', 412, complete('taken', id, chosen, { IfNoneMatch: '*' }));
    await complete('taken', id, chosen, { IfMatch: `"${md5(Buffer.from('x'))}"` });
    assert.equal((await get('taken')).bytes.toString(), 'y');
  });

  it('are listed with their parts in pages, and aborted', async () => {
    const id = await begin('listed', { ChecksumAlgorithm: 'CRC32' });
    for (const n of [1, 2, 5]) await upload('listed', id, n, Buffer.from(`part ${n}`), { ChecksumAlgorithm: 'CRC32' });
    const list = { Bucket: bucket, Key: 'listed', UploadId: id };
    const first = await client.send(new ListPartsCommand({ ...list, MaxParts: 2 }));
    assert.deepEqual(
      first.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size]),
      [
        [1, 6],
        [2, 6],
      ],
    );
    assert.deepEqual([first.IsTruncated, first.NextPartNumberMarker, first.ChecksumAlgorithm], [true, '2', 'CRC32']);
    assert.ok(first.Parts?.every(({ ChecksumCRC32 }) => ChecksumCRC32));
    const rest = await client.send(new ListPartsCommand({ ...list, PartNumberMarker: first.NextPartNumberMarker }));
    assert.deepEqual([rest.Parts?.map(({ PartNumber }) => PartNumber), rest.IsTruncated], [[5], false]);
    const same = await Promise.all([begin('same'), begin('same'), begin('same')]);
    const found: string[] = [];
    let markers: { KeyMarker?: string; UploadIdMarker?: string } = {};
    for (;;) {
      const page = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, MaxUploads: 2, ...markers }));
      found.push(...(page.Uploads ?? []).map(({ UploadId }) => UploadId!));
      if (!page.IsTruncated) break;
      markers = { KeyMarker: page.NextKeyMarker!, UploadIdMarker: page.NextUploadIdMarker! };
    }
    for (const one of [id, ...same]) assert.equal(found.filter((other) => other === one).length, 1);
    for (const UploadId of same) {
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: 'same', UploadId }));
    }
    await client.send(new AbortMultipartUploadCommand(list));
    await refuses('NoSuchUpload', 404, client.send(new AbortMultipartUploadCommand(list)));
    await refuses('NoSuchUpload', 404, client.send(new ListPartsCommand(list)));
    await refuses('NoSuchUpload', 404, upload('listed', id, 1, Buffer.from('x')));
  });

  it('keep their bucket from being deleted', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'unfinished' }));
    const Bucket = 'unfinished';
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    await refuses('BucketNotEmpty', 409, client.send(new DeleteBucketCommand({ Bucket })));
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'k', UploadId }));
    await client.send(new DeleteBucketCommand({ Bucket }));
  });
});

describe('checksums of multipart uploads', () => {
  async function checksumOf(algorithm: ChecksumAlgorithm, ...pieces: readonly Uint8Array[]): Promise<string> {
    const checksum = await createChecksum(algorithm as (typeof checksumAlgorithms)[number]);
    for (const piece of pieces) checksum.update(piece);
    return checksum.finish();
  }
  const variants = [
    ['CRC32', 'COMPOSITE'],
    ['CRC32', 'FULL_OBJECT'],
    ['CRC32C', 'COMPOSITE'],
    ['CRC32C', 'FULL_OBJECT'],
    ['CRC64NVME', 'FULL_OBJECT'],
    ['SHA1', 'COMPOSITE'],
    ['SHA256', 'COMPOSITE'],
  ] as const;
  for (const [ChecksumAlgorithm, ChecksumType] of variants) {
    it(`${ChecksumAlgorithm} ${ChecksumType}: of the object, stated and checked`, async () => {
      const key = `sum/${ChecksumAlgorithm}/${ChecksumType}`;
      const id = await begin(key, { ChecksumAlgorithm, ChecksumType });
      const chosen = await uploaded(key, id, { ChecksumAlgorithm });
      const partValues = await Promise.all(parts.map((part) => checksumOf(ChecksumAlgorithm, part)));
      const field = `Checksum${ChecksumAlgorithm}` as const;
      assert.deepEqual(
        chosen.map((part) => (part as Record<string, unknown>)[field]),
        partValues,
      );
      const expected =
        ChecksumType === 'FULL_OBJECT'
          ? await checksumOf(ChecksumAlgorithm, ...parts)
          : `${await checksumOf(ChecksumAlgorithm, ...partValues.map((value) => Buffer.from(value, 'base64')))}-3`;
      const wrong = partValues[0]!;
      await refuses('BadDigest', 400, complete(key, id, chosen, { [field]: wrong, ChecksumType }));
      await refuses('InvalidRequest', 400, complete(key, id, chosen, { MpuObjectSize: 5 }));
      const answer = await complete(key, id, chosen, { [field]: expected, ChecksumType, MpuObjectSize: whole.length });
      assert.deepEqual([answer[field], answer.ChecksumType], [expected, ChecksumType]);
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }));
      assert.deepEqual([head[field], head.ChecksumType], [expected, ChecksumType]);
    });
  }

  it('combinations that cannot be, and parts with another algorithm, are refused', async () => {
    await refuses('InvalidRequest', 400, begin('x', { ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' }));
    await refuses('InvalidRequest', 400, begin('x', { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' }));
    const id = await begin('x', { ChecksumAlgorithm: 'CRC32' });
    await refuses('InvalidRequest', 400, upload('x', id, 1, Buffer.from('x'), { ChecksumAlgorithm: 'SHA256' }));
  });
});

describe('copied parts', () => {
  it('are ranges of other objects, many at once, read while others store', async () => {
    const size = 15 * MiB;
    const source = randomBytes(3 * size);
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'big source', Body: source }));
    const id = await begin('assembled');
    const copied = await Promise.all(
      [0, 1, 2].map(async (n) => {
        const CopySourceRange = `bytes=${n * size}-${(n + 1) * size - 1}`;
        const CopySource = `${bucket}/${encodeURIComponent('big source')}`;
        const { CopyPartResult } = await client.send(
          new UploadPartCopyCommand({
            Bucket: bucket,
            Key: 'assembled',
            UploadId: id,
            PartNumber: n + 1,
            CopySource,
            CopySourceRange,
          }),
        );
        assert.equal(CopyPartResult?.ETag, `"${md5(source.subarray(n * size, (n + 1) * size))}"`);
        return { PartNumber: n + 1, ETag: CopyPartResult?.ETag };
      }),
    );
    await complete('assembled', id, copied);
    assert.equal(md5((await get('assembled')).bytes), md5(source));
  });

  it('need a range that exists and a source that is there', async () => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'small source', Body: 'abc' }));
    const UploadId = await begin('bad copies');
    const copy = (more: object) =>
      client.send(
        new UploadPartCopyCommand({
          Bucket: bucket,
          Key: 'bad copies',
          UploadId,
          PartNumber: 1,
          CopySource: `${bucket}/small%20source`,
          ...more,
        }),
      );
    await refuses('InvalidArgument', 400, copy({ CopySourceRange: 'bytes=0-' }));
    await refuses('InvalidArgument', 400, copy({ CopySourceRange: 'bytes=2-1' }));
    await refuses('InvalidRange', 416, copy({ CopySourceRange: 'bytes=5-9' }));
    await refuses('NoSuchKey', 404, copy({ CopySource: `${bucket}/absent` }));
    await refuses('PreconditionFailed', 412, copy({ CopySourceIfMatch: '"x"' }));
    await refuses('NoSuchUpload', 404, copy({ UploadId: 'f'.repeat(32) }));
  });
});

describe('lib-storage', () => {
  it('uploads a stream of unknown length with the default checksums', async () => {
    const defaults = new S3Client({
      endpoint: test.gateway.s3Endpoint,
      region: testRegion,
      credentials: testCredentials,
      forcePathStyle: true,
      maxAttempts: 1,
    });
    const body = randomBytes(17_000_000);
    const params = { Bucket: bucket, Key: 'streamed', Body: new Blob([body]).stream() };
    await new Upload({ client: defaults, params, queueSize: 4, partSize: 5 * MiB }).done();
    assert.equal(md5((await get('streamed')).bytes), md5(body));
    defaults.destroy();
  });

  it('leaves no memory in use', () => assert.equal(test.gateway.usage().memoryBytes, 0));
});
