// The S3 face with the unmodified AWS SDK over real sockets: buckets, objects, conditions, ranges, copies, deletion.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketAclCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { startTestGateway, type TestGateway, testCredentials, testRegion } from '../test-support/test-gateway.js';

const bucket = 'api';
const md5 = (data: Uint8Array) => createHash('md5').update(data).digest('hex');

let test: TestGateway;
let client: S3Client;
before(async () => {
  test = await startTestGateway();
  client = new S3Client({
    endpoint: test.gateway.s3Endpoint,
    region: testRegion,
    credentials: testCredentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
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

async function refuses(code: string, status: number, act: Promise<unknown>): Promise<void> {
  await assert.rejects(act, (error: { name: string; $metadata?: { httpStatusCode?: number } }) => {
    assert.deepEqual([error.name, error.$metadata?.httpStatusCode], [code, status]);
    return true;
  });
}

describe('buckets', () => {
  it('are created, listed, located and deleted', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'second.bucket-2' }));
    const { Buckets, Owner } = await client.send(new ListBucketsCommand({}));
    assert.deepEqual(
      Buckets?.map(({ Name }) => Name),
      [bucket, 'second.bucket-2'],
    );
    assert.ok(Buckets?.every(({ CreationDate }) => CreationDate instanceof Date));
    assert.ok(Owner?.ID);
    await client.send(new HeadBucketCommand({ Bucket: 'second.bucket-2' }));
    const location = await client.send(new GetBucketLocationCommand({ Bucket: bucket }));
    assert.ok(!location.LocationConstraint);
    await client.send(new DeleteBucketCommand({ Bucket: 'second.bucket-2' }));
    await refuses('NotFound', 404, client.send(new HeadBucketCommand({ Bucket: 'second.bucket-2' })));
  });

  it('answer truthfully about what they do not have', async () => {
    assert.equal((await client.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status, undefined);
    const acl = await client.send(new GetBucketAclCommand({ Bucket: bucket }));
    assert.equal(acl.Grants?.[0]?.Permission, 'FULL_CONTROL');
    await refuses('NoSuchBucketPolicy', 404, client.send(new GetBucketPolicyCommand({ Bucket: bucket })));
  });

  it('are refused twice, with a wrong name, with a foreign location, and deleted only when empty', async () => {
    await refuses('BucketAlreadyOwnedByYou', 409, client.send(new CreateBucketCommand({ Bucket: bucket })));
    for (const name of ['ab', 'a..b', 'Upper', '192.168.0.1', '-a-', 'a'.repeat(64)]) {
      await refuses('InvalidBucketName', 400, client.send(new CreateBucketCommand({ Bucket: name })));
    }
    const foreign = { Bucket: 'foreign', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' as const } };
    await refuses('IllegalLocationConstraintException', 400, client.send(new CreateBucketCommand(foreign)));
    await put('fills-the-bucket');
    await refuses('BucketNotEmpty', 409, client.send(new DeleteBucketCommand({ Bucket: bucket })));
    await refuses('NoSuchBucket', 404, client.send(new DeleteBucketCommand({ Bucket: 'nothing' })));
  });

  it('a bucket that is created anew has another key: copies into it are readable', async () => {
    await put('origin', 'shared bytes');
    const copy = () =>
      client.send(new CopyObjectCommand({ Bucket: 'again', Key: 'copy', CopySource: `${bucket}/origin` }));
    for (let round = 0; round < 2; round++) {
      await client.send(new CreateBucketCommand({ Bucket: 'again' }));
      await copy();
      const answer = await client.send(new GetObjectCommand({ Bucket: 'again', Key: 'copy' }));
      assert.equal(await answer.Body!.transformToString(), 'shared bytes');
      await client.send(new DeleteObjectCommand({ Bucket: 'again', Key: 'copy' }));
      await client.send(new DeleteBucketCommand({ Bucket: 'again' }));
    }
  });

  it('an upload into a bucket that is deleted and created anew meanwhile is refused', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'fleeting' }));
    const held = test.providers.map((provider) => provider.fault);
    let recreated: Promise<unknown> | undefined;
    for (const provider of test.providers) {
      provider.fault = (kind) => {
        if (kind === 'put') {
          recreated ??= client
            .send(new DeleteBucketCommand({ Bucket: 'fleeting' }))
            .then(() => client.send(new CreateBucketCommand({ Bucket: 'fleeting' })));
        }
        return 'none';
      };
    }
    const body = randomBytes(20_000_000);
    const outcome = client.send(new PutObjectCommand({ Bucket: 'fleeting', Key: 'a', Body: body })).then(
      () => 'stored',
      (error: { name: string }) => error.name,
    );
    const result = await outcome;
    await recreated;
    test.providers.forEach((provider, index) => {
      provider.fault = held[index]!;
    });
    // Either the upload was first, then the bucket was not empty and stayed; or it is refused.
    const object = test.gateway.index.getObject({ bucket: 'fleeting', key: 'a' });
    assert.equal(object !== undefined, result === 'stored');
    assert.equal(result, 'NoSuchBucket');
  });
});

describe('objects', () => {
  it('carry their type, headers, metadata, entity tag and checksum', async () => {
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
    it(`are checked with ${algorithm}`, async () => {
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
  it('have keys with Unicode, spaces and every sign, in requests, listings, copies and deletions', async () => {
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

  it('are read under conditions', async () => {
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

  it('are written under conditions, of which one of many at a time wins', async () => {
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

  it('are whole whichever of two uploads of one key is last', async () => {
    const bodies = Array.from({ length: 6 }, () => randomBytes(300_000));
    await Promise.all(bodies.map((body) => put('contended', body)));
    const { bytes, ETag } = await get('contended');
    assert.ok(bodies.some((body) => body.equals(bytes)));
    assert.equal(ETag, `"${md5(bytes)}"`);
  });

  it('are read to their end although they are replaced and deleted meanwhile', async () => {
    const body = randomBytes(30_000_000);
    await put('replaced', body);
    const reading = await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'replaced' }));
    await put('replaced', 'new');
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'replaced' }));
    const deadline = Date.now() + 3_000;
    while (test.gateway.backlog > 1 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
    const received = Buffer.from(await reading.Body!.transformToByteArray());
    assert.equal(md5(received), md5(body));
  });

  it('serve ranges', async () => {
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
    assert.equal((await get('ranged', { Range: 'bytes=5-4' })).bytes.length, 200_000);
  });

  it('override response headers when asked to', async () => {
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

  it('have no tags, and say so', async () => {
    await put('untagged');
    const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: 'untagged' }));
    assert.deepEqual(TagSet, []);
    await refuses('NoSuchKey', 404, client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: 'absent' })));
    const Tagging = { TagSet: [{ Key: 'a', Value: 'b' }] };
    await refuses(
      'NotImplemented',
      501,
      client.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: 'untagged', Tagging })),
    );
    await refuses('NotImplemented', 501, put('tagged', 'x', { Tagging: 'a=b' }));
  });
});

describe('copies', () => {
  it('keep or replace the description, under conditions', async () => {
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

  it('outlive their source', async () => {
    await put('mortal', 'still here');
    await client.send(new CopyObjectCommand({ Bucket: bucket, Key: 'heir', CopySource: `${bucket}/mortal` }));
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'mortal' }));
    assert.equal((await get('heir')).bytes.toString(), 'still here');
  });
});

describe('deletion', () => {
  it('of one is a success also when nothing is there; of many reports or keeps quiet', async () => {
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

describe('listings', () => {
  const names = ['a', 'a/1', 'a/2', 'a/b/3', 'b', 'b/1', 'c d/é', 'z&<>'];
  const List = 'listed';
  before(async () => {
    await client.send(new CreateBucketCommand({ Bucket: List }));
    await Promise.all(names.map((Key) => client.send(new PutObjectCommand({ Bucket: List, Key, Body: '' }))));
  });

  it('page through everything with prefix and delimiter in both versions', async () => {
    for (const MaxKeys of [1, 2, 3, 1000]) {
      for (const Delimiter of [undefined, '/', 'b']) {
        for (const Prefix of ['', 'a', 'a/', 'none']) {
          const expected = new Set(
            names
              .filter((name) => name.startsWith(Prefix))
              .map((name) => {
                const cut = Delimiter === undefined ? -1 : name.indexOf(Delimiter, Prefix.length);
                return cut < 0 ? name : `${name.slice(0, cut + 1)} (prefix)`;
              }),
          );
          const found: string[] = [];
          let ContinuationToken: string | undefined;
          do {
            const page = await client.send(
              new ListObjectsV2Command({ Bucket: List, MaxKeys, Delimiter, Prefix, ContinuationToken }),
            );
            assert.ok((page.KeyCount ?? 0) <= MaxKeys);
            found.push(...(page.Contents ?? []).map(({ Key }) => Key!));
            found.push(...(page.CommonPrefixes ?? []).map((common) => `${common.Prefix} (prefix)`));
            assert.equal(page.IsTruncated, page.NextContinuationToken !== undefined);
            ContinuationToken = page.NextContinuationToken;
          } while (ContinuationToken !== undefined);
          assert.deepEqual(found.toSorted(), [...expected].toSorted(), `v2 ${MaxKeys} ${Delimiter} ${Prefix}`);
          const foundV1: string[] = [];
          let Marker: string | undefined;
          do {
            const page = await client.send(
              new ListObjectsCommand({ Bucket: List, MaxKeys, Delimiter, Prefix, Marker }),
            );
            foundV1.push(...(page.Contents ?? []).map(({ Key }) => Key!));
            foundV1.push(...(page.CommonPrefixes ?? []).map((common) => `${common.Prefix} (prefix)`));
            Marker = page.IsTruncated ? page.NextMarker : undefined;
          } while (Marker !== undefined);
          assert.deepEqual(foundV1.toSorted(), [...expected].toSorted(), `v1 ${MaxKeys} ${Delimiter} ${Prefix}`);
        }
      }
    }
  });

  it('start after a key, encode keys when asked, name the owner when asked', async () => {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: List, StartAfter: 'b/1', EncodingType: 'url', FetchOwner: true }),
    );
    assert.deepEqual(
      page.Contents?.map(({ Key }) => Key),
      ['c%20d/%C3%A9', 'z%26%3C%3E'],
    );
    assert.ok(page.Contents?.every(({ Owner }) => Owner?.ID));
    const none = await client.send(new ListObjectsV2Command({ Bucket: List, MaxKeys: 0 }));
    assert.deepEqual([none.KeyCount, none.IsTruncated], [0, false]);
  });

  it('of versions show the null version of each object', async () => {
    const found: string[] = [];
    let KeyMarker: string | undefined;
    do {
      const page = await client.send(new ListObjectVersionsCommand({ Bucket: List, MaxKeys: 3, KeyMarker }));
      for (const { Key, VersionId, IsLatest } of page.Versions ?? []) {
        assert.deepEqual([VersionId, IsLatest], ['null', true]);
        found.push(Key!);
      }
      KeyMarker = page.NextKeyMarker;
    } while (KeyMarker !== undefined);
    assert.deepEqual(found, names);
  });
});

describe('presigned URLs', () => {
  it('put and get with any HTTP client, metadata in the URL included, and expire', async () => {
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
