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
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { eventually } from '@cess/primitives/testing';
import { createMemoryKv } from '@cess/store';

import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';
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
  client = sdkClient(test, { requestChecksumCalculation: 'WHEN_REQUIRED' });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
});
after(async () => {
  client.destroy();
  await test.stop();
});

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
  it('an upload becomes an object with the description it began with; parts can be read by number', async () => {
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

  it('a completion with parts out of order, missing, changed or too small is refused and leaves the upload as it was', async () => {
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

  it('a part number keeps its last body, also of parallel uploads', async () => {
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

  it('a completion that is sent twice at once makes one object and gets one answer', async () => {
    const id = await begin('twice');
    const chosen = await uploaded('twice', id);
    const [first, second] = await Promise.all([complete('twice', id, chosen), complete('twice', id, chosen)]);
    assert.equal(first.ETag, second.ETag);
    assert.ok((await get('twice')).bytes.equals(whole));
  });

  it('a repeated completion gets the answer of the first, after a restart of the gateway, too', async () => {
    const kv = createMemoryKv();
    let running = await startTestGateway({ kv });
    let own = sdkClient(running);
    const name = { Bucket: 'again', Key: 'k' };
    await own.send(new CreateBucketCommand({ Bucket: name.Bucket }));
    const { UploadId } = await own.send(new CreateMultipartUploadCommand({ ...name, ChecksumAlgorithm: 'SHA256' }));
    const { $metadata: _, ...part } = await own.send(
      new UploadPartCommand({ ...name, UploadId, PartNumber: 1, Body: 'part', ChecksumAlgorithm: 'SHA256' }),
    );
    const completion = { ...name, UploadId, MultipartUpload: { Parts: [{ ...part, PartNumber: 1 }] } };
    const answerOf = async (more: object = {}) => {
      const { $metadata, Location, ...answer } = await own.send(
        new CompleteMultipartUploadCommand({ ...completion, ...more }),
      );
      return answer;
    };
    const first = await answerOf();
    assert.ok(first.ETag && first.ChecksumSHA256);
    assert.deepEqual(await answerOf(), first);
    own.destroy();
    await running.stop();
    running = await startTestGateway({ kv });
    own = sdkClient(running);
    try {
      assert.deepEqual(await answerOf(), first);
      await refuses('InvalidRequest', 400, answerOf({ MpuObjectSize: 5 }));
      await refuses('NoSuchUpload', 404, answerOf({ MultipartUpload: { Parts: [{ PartNumber: 1, ETag: 'other' }] } }));
      await own.send(new PutObjectCommand({ ...name, Body: 'newer' }));
      assert.deepEqual(await answerOf(), first);
      const { Body } = await own.send(new GetObjectCommand(name));
      assert.equal(await Body?.transformToString(), 'newer');
    } finally {
      own.destroy();
      await running.stop();
    }
  });

  it('a completion obeys If-Match and If-None-Match', async () => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'taken', Body: 'x' }));
    const id = await begin('taken');
    const part = await upload('taken', id, 1, Buffer.from('y'));
    const chosen = [{ PartNumber: 1, ETag: part.ETag }];
    await refuses('PreconditionFailed', 412, complete('taken', id, chosen, { IfNoneMatch: '*' }));
    await complete('taken', id, chosen, { IfMatch: `"${md5(Buffer.from('x'))}"` });
    assert.equal((await get('taken')).bytes.toString(), 'y');
  });

  it('uploads and their parts are listed in pages, and aborted', async () => {
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

  it('a bucket with unfinished uploads alone can be deleted, and their fragments are collected', async () => {
    const Bucket = 'unfinished';
    await client.send(new CreateBucketCommand({ Bucket }));
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    const settled = () => eventually(async () => (await test.gateway.backlog()) === 0, 'the chain knows every file');
    await settled();
    const earlier = test.chain.files.size;
    const part = { Bucket, Key: 'k', UploadId, PartNumber: 1 };
    await client.send(new UploadPartCommand({ ...part, Body: randomBytes(100_000) }));
    await settled();
    assert.equal(test.chain.files.size, earlier + 1);
    await client.send(new DeleteBucketCommand({ Bucket }));
    await refuses('NoSuchBucket', 404, client.send(new UploadPartCommand({ ...part, Body: 'late' })));
    await client.send(new CreateBucketCommand({ Bucket }));
    await refuses('NoSuchUpload', 404, client.send(new UploadPartCommand({ ...part, Body: 'late' })));
    await client.send(new DeleteBucketCommand({ Bucket }));
    await settled();
    assert.equal(test.chain.files.size, earlier);
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
    it(`the ${ChecksumAlgorithm} ${ChecksumType} checksum of a multipart object is computed and verified`, async () => {
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

  it('a checksum that the upload or a part does not have is refused, not ignored', async () => {
    const id = await begin('unchecked');
    const { ETag } = await upload('unchecked', id, 1, Buffer.from('x'));
    const chosen = [{ PartNumber: 1, ETag }];
    await refuses('InvalidRequest', 400, complete('unchecked', id, chosen, { ChecksumCRC32: 'AAAAAA==' }));
    await refuses('InvalidRequest', 400, complete('unchecked', id, chosen, { ChecksumType: 'FULL_OBJECT' }));
    const withChecksum = [{ PartNumber: 1, ETag, ChecksumCRC32: 'AAAAAA==' }];
    await refuses('InvalidPart', 400, complete('unchecked', id, withChecksum));
    const withOther = [{ PartNumber: 1, ETag, ChecksumSHA512: 'AAAAAA==' }];
    await refuses('NotImplemented', 501, complete('unchecked', id, withOther));
    await complete('unchecked', id, chosen);
  });

  it('impossible pairs of checksum algorithm and type, and parts with another algorithm, are refused', async () => {
    await refuses('InvalidRequest', 400, begin('x', { ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' }));
    await refuses('InvalidRequest', 400, begin('x', { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' }));
    const id = await begin('x', { ChecksumAlgorithm: 'CRC32' });
    await refuses('InvalidRequest', 400, upload('x', id, 1, Buffer.from('x'), { ChecksumAlgorithm: 'SHA256' }));
  });
});

describe('copied parts', () => {
  it('many parts are copied from ranges of an object at once', async () => {
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

  it('a part is copied only from a source that exists and a range that lies within it', async () => {
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
    // A range that ends, or lies, beyond the source of three bytes would shorten the object without a word.
    for (const CopySourceRange of ['bytes=0-3', 'bytes=2-99', 'bytes=5-9', 'bytes=0-99999999999999']) {
      await refuses('InvalidArgument', 400, copy({ CopySourceRange }));
    }
    await copy({ CopySourceRange: 'bytes=0-2' });
    await refuses('NoSuchKey', 404, copy({ CopySource: `${bucket}/absent` }));
    await refuses('PreconditionFailed', 412, copy({ CopySourceIfMatch: '"x"' }));
    await refuses('NoSuchUpload', 404, copy({ UploadId: 'f'.repeat(32) }));
  });
});

describe('lib-storage', () => {
  it('lib-storage uploads a stream of unknown length with the default checksums', async () => {
    const defaults = sdkClient(test);
    const body = randomBytes(17_000_000);
    const params = { Bucket: bucket, Key: 'streamed', Body: new Blob([body]).stream() };
    await new Upload({ client: defaults, params, queueSize: 4, partSize: 5 * MiB }).done();
    assert.equal(md5((await get('streamed')).bytes), md5(body));
    defaults.destroy();
  });

  it('all these uploads leave no memory in use', async () => {
    await eventually(() => test.gateway.usage().memoryBytes === 0, 'memory that is free');
  });
});
