// Objects with the unmodified AWS SDK over real sockets: descriptions, conditions, ranges, copies, deletion, signed URLs.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { eventually } from '@cess/primitives/testing';

import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const bucket = 'api';
const md5 = (data: Uint8Array) => createHash('md5').update(data).digest('hex');

let test: TestGateway;
let client: S3Client;
before(async () => {
  test = await startTestGateway();
  client = sdkClient(test);
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
});
after(async () => {
  client.destroy();
  await test.stop();
});

const put = (Key: string, Body: Uint8Array | string = Key, more: Partial<PutObjectCommandInput> = {}) =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ...more }));
async function get(Key: string, more: Partial<GetObjectCommandInput> = {}) {
  const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key, ...more }));
  return { ...answer, bytes: Buffer.from(await answer.Body!.transformToByteArray()) };
}

describe('objects', () => {
  it('an object keeps its type, headers, metadata, entity tag and checksum', async () => {
    const body = randomBytes(1000);
    const stored = await put('described', body, {
      ContentType: 'text/x-test',
      CacheControl: 'max-age=1',
      ContentDisposition: 'attachment; filename="x"',
      ContentLanguage: 'de',
      ContentEncoding: 'identity',
      Metadata: { simple: 'value', encoded: '=?UTF-8?B?w6nDoA==?=', latin: 'é' },
      ChecksumAlgorithm: 'SHA256',
    });
    assert.equal(stored.ETag, `"${md5(body)}"`);
    const { bytes, ...answer } = await get('described', { ChecksumMode: 'ENABLED' });
    assert.deepEqual(bytes, body);
    assert.equal(answer.ContentType, 'text/x-test');
    assert.equal(answer.CacheControl, 'max-age=1');
    assert.equal(answer.ContentDisposition, 'attachment; filename="x"');
    assert.equal(answer.ContentLanguage, 'de');
    assert.equal(answer.ContentEncoding, 'identity');
    assert.deepEqual(answer.Metadata, { simple: 'value', encoded: '=?UTF-8?B?w6nDoA==?=', latin: 'é' });
    assert.equal(answer.ChecksumSHA256, createHash('sha256').update(body).digest('base64'));
    assert.equal(answer.ETag, stored.ETag);
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'described' }));
    assert.equal(head.ContentLength, 1000);
    assert.deepEqual(head.Metadata, answer.Metadata);
    await refuses('MetadataTooLarge', 400, put('too-much', 'x', { Metadata: { big: 'x'.repeat(2100) } }));
  });

  for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
    it(`an upload is verified with ${algorithm}, and reads return the checksum`, async () => {
      const stored = await put(`checked/${algorithm}`, randomBytes(70_000), { ChecksumAlgorithm: algorithm });
      assert.ok(stored[`Checksum${algorithm}`]);
      const answer = await get(`checked/${algorithm}`, { ChecksumMode: 'ENABLED' });
      assert.equal(answer[`Checksum${algorithm}`], stored[`Checksum${algorithm}`]);
    });
  }

  const keys = [
    'ключ/🙂 日本',
    'a b+c%d&e=f?g#h',
    'quote\'"<>&',
    'slashes//double//',
    '.hidden',
    'trailing/',
    'x'.repeat(1024),
  ];
  it('keys hold Unicode, spaces and every sign in requests, listings, copies and deletions', async () => {
    for (const key of keys) {
      await put(key, key);
      assert.equal((await get(key)).bytes.toString(), key);
    }
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    for (const key of keys)
      assert.ok(
        Contents?.some(({ Key }) => Key === key),
        key,
      );
    for (const key of keys.slice(0, -1)) {
      const source = { Bucket: bucket, CopySource: `${bucket}/${encodeURIComponent(key)}` };
      await client.send(new CopyObjectCommand({ ...source, Key: `copy of ${key}` }));
      await client.send(
        new CopyObjectCommand({ ...source, Key: 'whole', CopySource: encodeURIComponent(`${bucket}/${key}`) }),
      );
      assert.equal((await get(`copy of ${key}`)).bytes.toString(), key);
      assert.equal((await get('whole')).bytes.toString(), key);
    }
    const Objects = keys.map((Key) => ({ Key }));
    const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
    assert.deepEqual(new Set(Deleted?.map(({ Key }) => Key)), new Set(keys));
    await refuses('NoSuchKey', 404, get(keys[0]!));
  });

  it('reads obey If-Match, If-None-Match, If-Modified-Since and If-Unmodified-Since', async () => {
    const { ETag } = await put('conditional');
    const { LastModified } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'conditional' }));
    const later = new Date(LastModified!.getTime() + 60_000);
    const earlier = new Date(LastModified!.getTime() - 60_000);
    await get('conditional', { IfMatch: ETag });
    await get('conditional', { IfNoneMatch: '"other"' });
    await get('conditional', { IfModifiedSince: earlier });
    await get('conditional', { IfUnmodifiedSince: later });
    await refuses('PreconditionFailed', 412, get('conditional', { IfMatch: '"other"' }));
    await refuses('PreconditionFailed', 412, get('conditional', { IfUnmodifiedSince: earlier }));
    for (const condition of [{ IfNoneMatch: ETag }, { IfModifiedSince: LastModified }]) {
      await assert.rejects(get('conditional', condition), (error: { $metadata: { httpStatusCode: number } }) => {
        assert.equal(error.$metadata.httpStatusCode, 304);
        return true;
      });
    }
  });

  it('of many conditional writes at once exactly one succeeds', async () => {
    await refuses('NoSuchKey', 404, put('create-once', 'x', { IfMatch: '"x"' }));
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) => put('create-once', `body ${i}`, { IfNoneMatch: '*' })),
    );
    assert.equal(attempts.filter(({ status }) => status === 'fulfilled').length, 1);
    const { ETag, bytes } = await get('create-once');
    assert.equal(ETag, `"${md5(bytes)}"`);
    const updates = await Promise.allSettled(
      Array.from({ length: 4 }, (_, i) => put('create-once', `update ${i}`, { IfMatch: ETag })),
    );
    assert.equal(updates.filter(({ status }) => status === 'fulfilled').length, 1);
    await refuses('PreconditionFailed', 412, put('create-once', 'late', { IfMatch: ETag }));
  });

  it('an object is one whole body, whichever of several uploads of its key is last', async () => {
    const bodies = Array.from({ length: 6 }, () => randomBytes(300_000));
    await Promise.all(bodies.map((body) => put('contended', body)));
    const { bytes, ETag } = await get('contended');
    assert.ok(bodies.some((body) => body.equals(bytes)));
    assert.equal(ETag, `"${md5(bytes)}"`);
  });

  it('an object that is replaced and deleted while a client reads it is read to its end, and deleted after that', async () => {
    const { index } = test.gateway;
    const fileOf = async (key: string) => {
      const [extent] = (await index.getObject({ bucket, key }))?.extents ?? [];
      assert.ok(extent);
      return extent.fileId;
    };
    const isKept = async (fileId: Uint8Array) => (await index.getFile(fileId)) !== undefined;
    const body = randomBytes(30_000_000);
    await put('replaced', body);
    const file = await fileOf('replaced');
    const reading = await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'replaced' }));
    await put('replaced', 'new');
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'replaced' }));
    assert.equal((await index.getFile(file))?.state, 'deleting');
    // An object that nobody reads is deleted later and yet first: deletions are being processed.
    await put('unread');
    const unread = await fileOf('unread');
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'unread' }));
    await eventually(async () => !(await isKept(unread)), 'the object that nobody reads is deleted');
    assert.ok(await isKept(file), 'the file that is being read is kept');
    const received = Buffer.from(await reading.Body!.transformToByteArray());
    assert.equal(md5(received), md5(body));
    await eventually(async () => !(await isKept(file)), 'the file is deleted after the read');
  });

  it('ranges of an object are served, and refused beyond its end or together with a part number', async () => {
    const body = randomBytes(200_000);
    await put('ranged', body);
    const table: readonly (readonly [string, number, number])[] = [
      ['bytes=0-0', 0, 1],
      ['bytes=65519-65521', 65_519, 65_522],
      ['bytes=199999-', 199_999, 200_000],
      ['bytes=-5', 199_995, 200_000],
      ['bytes=-500000', 0, 200_000],
      ['bytes=100-999999', 100, 200_000],
    ];
    for (const [Range, from, to] of table) {
      const answer = await get('ranged', { Range });
      assert.deepEqual(answer.bytes, body.subarray(from, to));
      assert.equal(answer.ContentRange, `bytes ${from}-${to - 1}/200000`);
      assert.equal(answer.ContentLength, to - from);
    }
    await refuses('InvalidRange', 416, get('ranged', { Range: 'bytes=200000-' }));
    await refuses('InvalidRequest', 400, get('ranged', { Range: 'bytes=0-0', PartNumber: 1 }));
    assert.equal((await get('ranged', { Range: 'bytes=5-4' })).bytes.length, 200_000);
  });

  it('response-* parameters override headers of the answer', async () => {
    await put('overridden');
    const answer = await get('overridden', {
      ResponseContentType: 'text/x',
      ResponseContentDisposition: 'attachment; filename="f"',
      ResponseCacheControl: 'no-store',
    });
    assert.deepEqual(
      [answer.ContentType, answer.ContentDisposition, answer.CacheControl],
      ['text/x', 'attachment; filename="f"', 'no-store'],
    );
  });
});

describe('copies', () => {
  it('a copy keeps or replaces the description, under conditions on its source', async () => {
    const { ETag } = await put('source', 'bytes', { ContentType: 'text/a', Metadata: { a: '1' } });
    const copy = (Key: string, more: object = {}) =>
      client.send(new CopyObjectCommand({ Bucket: bucket, Key, CopySource: `${bucket}/source`, ...more }));
    const kept = await copy('kept');
    assert.equal(kept.CopyObjectResult?.ETag, ETag);
    assert.deepEqual((await get('kept')).Metadata, { a: '1' });
    await copy('replaced', { MetadataDirective: 'REPLACE', ContentType: 'text/b', Metadata: { b: '2' } });
    const replaced = await get('replaced');
    assert.deepEqual(
      [replaced.ContentType, replaced.Metadata, replaced.bytes.toString()],
      ['text/b', { b: '2' }, 'bytes'],
    );
    await copy('source', { MetadataDirective: 'REPLACE', Metadata: { c: '3' } });
    assert.deepEqual((await get('source')).Metadata, { c: '3' });
    await refuses('InvalidRequest', 400, copy('source'));
    await refuses('PreconditionFailed', 412, copy('x', { CopySourceIfMatch: '"other"' }));
    await refuses('PreconditionFailed', 412, copy('x', { CopySourceIfNoneMatch: ETag }));
    await refuses('NoSuchKey', 404, copy('x', { CopySource: `${bucket}/absent` }));
    await refuses('NoSuchBucket', 404, copy('x', { CopySource: 'absent/absent' }));
    await refuses('InvalidArgument', 400, copy('x', { CopySource: 'nothing' }));
  });

  it('a copy outlives its source', async () => {
    await put('mortal', 'still here');
    await client.send(new CopyObjectCommand({ Bucket: bucket, Key: 'heir', CopySource: `${bucket}/mortal` }));
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'mortal' }));
    assert.equal((await get('heir')).bytes.toString(), 'still here');
  });
});

describe('deletion', () => {
  it('deleting an absent object succeeds; DeleteObjects reports each key or keeps quiet', async () => {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'never-was' }));
    await put('d1');
    await put('d2');
    const Objects = [{ Key: 'd1' }, { Key: 'd2', VersionId: 'other' }, { Key: 'k'.repeat(1025) }, { Key: 'never-was' }];
    const loud = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
    assert.deepEqual(
      loud.Deleted?.map(({ Key }) => Key),
      ['d1', 'never-was'],
    );
    assert.deepEqual(
      loud.Errors?.map(({ Code }) => Code),
      ['NoSuchVersion', 'KeyTooLongError'],
    );
    const quiet = { Objects: [{ Key: 'd2' }], Quiet: true };
    const answer = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: quiet }));
    assert.deepEqual([answer.Deleted, answer.Errors], [undefined, undefined]);
    await refuses('NoSuchKey', 404, get('d2'));
    const tooMany = Array.from({ length: 1001 }, (_, i) => ({ Key: `k${i}` }));
    await refuses(
      'MalformedXML',
      400,
      client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: tooMany } })),
    );
  });
});

describe('deletion under conditions', () => {
  it('DeleteObjects deletes only objects whose entity tag, size and time are as stated', async () => {
    for (const Key of ['c1', 'c2', 'c3', 'c4', 'c5']) await put(Key, 'abc');
    const { ETag, LastModified } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'c1' }));
    const earlier = new Date((LastModified?.getTime() ?? 0) - 60_000);
    const Objects = [
      { Key: 'c1', ETag, Size: 3, LastModifiedTime: LastModified },
      { Key: 'c2', ETag: '"other"' },
      { Key: 'c3', Size: 4 },
      { Key: 'c4', LastModifiedTime: earlier },
      { Key: 'c5' },
    ];
    const answer = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
    assert.deepEqual(
      answer.Deleted?.map(({ Key }) => Key),
      ['c1', 'c5'],
    );
    assert.deepEqual(
      answer.Errors?.map(({ Key, Code }) => [Key, Code]),
      ['c2', 'c3', 'c4'].map((Key) => [Key, 'PreconditionFailed']),
    );
    for (const Key of ['c2', 'c3', 'c4']) await get(Key);
  });

  it('DeleteObject is refused unless size and time are as stated', async () => {
    await put('conditional-deletion', 'abc');
    const remove = (more: object) =>
      client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'conditional-deletion', ...more }));
    await refuses('PreconditionFailed', 412, remove({ IfMatchSize: 4 }));
    await refuses('PreconditionFailed', 412, remove({ IfMatchLastModifiedTime: new Date(0) }));
    await remove({ IfMatchSize: 3 });
    await refuses('NoSuchKey', 404, get('conditional-deletion'));
  });
});

describe('presigned URLs', () => {
  it('presigned URLs put and get with any HTTP client, carry metadata, and expire', async () => {
    const body = randomBytes(5000);
    const command = new PutObjectCommand({ Bucket: bucket, Key: 'pre signed/é', Metadata: { note: 'in the url' } });
    const stored = await fetch(await getSignedUrl(client, command, { expiresIn: 60 }), { method: 'PUT', body });
    assert.equal(stored.status, 200, await stored.text());
    const read = new GetObjectCommand({ Bucket: bucket, Key: 'pre signed/é' });
    const answer = await fetch(await getSignedUrl(client, read, { expiresIn: 60 }));
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), body);
    assert.equal(answer.headers.get('x-amz-meta-note'), 'in the url');
    const old = await getSignedUrl(client, read, { expiresIn: 60, signingDate: new Date(Date.now() - 120_000) });
    const expired = await fetch(old);
    assert.equal(expired.status, 403);
    assert.match(await expired.text(), /<Code>AccessDenied<\/Code>.*expired/);
    const tampered = (await getSignedUrl(client, read, { expiresIn: 60 })).replace('pre%20signed', 'kept');
    assert.equal((await fetch(tampered)).status, 403);
  });
});
