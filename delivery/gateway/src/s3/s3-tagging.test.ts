// Tags of objects, versions, uploads, copies and buckets with the unmodified AWS SDK: what is kept, the limits and the errors.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  type Tag,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const Bucket = 'tags';
const tag = (Key: string, Value = 'v'): Tag => ({ Key, Value });
const numbered = (count: number) => Array.from({ length: count }, (_, n) => tag(`k${n}`));

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

const put = (Key: string, Tagging?: string) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...(Tagging === undefined ? {} : { Tagging }) }));
const tagsOf = async (Key: string, VersionId?: string) =>
  (await client.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }))).TagSet;
const setTags = (Key: string, TagSet: Tag[], VersionId?: string) =>
  client.send(new PutObjectTaggingCommand({ Bucket, Key, VersionId, Tagging: { TagSet } }));

describe('tags of an object', () => {
  it('come with the object, are replaced and removed, and are counted by reads', async () => {
    await put('object', 'project=x&name=a%20b%2Bc&empty=');
    assert.deepEqual(await tagsOf('object'), [tag('project', 'x'), tag('name', 'a b+c'), tag('empty', '')]);
    assert.equal((await client.send(new HeadObjectCommand({ Bucket, Key: 'object' }))).$metadata.httpStatusCode, 200);
    assert.equal((await client.send(new GetObjectCommand({ Bucket, Key: 'object' }))).TagCount, 3);
    await setTags('object', [tag('one')]);
    assert.deepEqual(await tagsOf('object'), [tag('one')]);
    await client.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'object' }));
    assert.deepEqual(await tagsOf('object'), []);
    assert.equal((await client.send(new GetObjectCommand({ Bucket, Key: 'object' }))).TagCount, undefined);
  });

  it('change neither entity tag nor time of the object', async () => {
    await put('stable');
    const before = await client.send(new HeadObjectCommand({ Bucket, Key: 'stable' }));
    await setTags('stable', [tag('a')]);
    const now = await client.send(new HeadObjectCommand({ Bucket, Key: 'stable' }));
    assert.deepEqual([now.ETag, now.LastModified], [before.ETag, before.LastModified]);
  });

  it('are gone when another object takes its place', async () => {
    await put('replaced', 'a=b');
    await put('replaced');
    assert.deepEqual(await tagsOf('replaced'), []);
  });

  it('survive a multipart upload', async () => {
    const at = { Bucket, Key: 'parts' };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...at, Tagging: 'a=b&c=d' }));
    const { ETag } = await client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'x' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
    assert.deepEqual(await tagsOf('parts'), [tag('a', 'b'), tag('c', 'd')]);
  });

  it('are copied, or replaced by those of the copy, as the directive says', async () => {
    await put('source', 'a=b');
    const copy = (Key: string, more: object = {}) =>
      client.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/source`, ...more }));
    await copy('kept');
    assert.deepEqual(await tagsOf('kept'), [tag('a', 'b')]);
    await copy('other', { TaggingDirective: 'REPLACE', Tagging: 'c=d' });
    assert.deepEqual(await tagsOf('other'), [tag('c', 'd')]);
    await copy('none', { TaggingDirective: 'REPLACE' });
    assert.deepEqual(await tagsOf('none'), []);
    await refuses('InvalidArgument', 400, copy('bad', { TaggingDirective: 'MERGE' }));
  });

  it('belong to one version', async () => {
    const Versioned = 'tagged-versions';
    await client.send(new CreateBucketCommand({ Bucket: Versioned }));
    const enabled = { Bucket: Versioned, VersioningConfiguration: { Status: 'Enabled' } } as const;
    await client.send(new PutBucketVersioningCommand(enabled));
    const at = { Bucket: Versioned, Key: 'k' };
    const first = await client.send(new PutObjectCommand({ ...at, Body: '1', Tagging: 'n=1' }));
    await client.send(new PutObjectCommand({ ...at, Body: '2', Tagging: 'n=2' }));
    const { VersionId } = await client.send(
      new PutObjectTaggingCommand({ ...at, VersionId: first.VersionId, Tagging: { TagSet: [tag('n', 'one')] } }),
    );
    assert.equal(VersionId, first.VersionId);
    const read = (id?: string) => client.send(new GetObjectTaggingCommand({ ...at, VersionId: id }));
    assert.deepEqual((await read(first.VersionId)).TagSet, [tag('n', 'one')]);
    assert.deepEqual((await read()).TagSet, [tag('n', '2')]);
    const { VersionId: marker } = await client.send(new DeleteObjectCommand(at));
    await refuses('NoSuchKey', 404, read());
    await refuses('MethodNotAllowed', 405, read(marker));
  });

  it('of a missing object are an error', async () => {
    await refuses('NoSuchKey', 404, tagsOf('absent'));
    await refuses('NoSuchKey', 404, setTags('absent', [tag('a')]));
    await refuses('NoSuchKey', 404, client.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'absent' })));
  });
});

describe('tags beyond the limits', () => {
  it('are refused in documents', async () => {
    await put('limits');
    await setTags('limits', [tag('n'.repeat(128), 'v'.repeat(256)), ...numbered(9)]);
    await refuses('BadRequest', 400, setTags('limits', numbered(11)));
    for (const bad of [
      tag(''),
      tag('n'.repeat(129)),
      tag('a', 'v'.repeat(257)),
      tag('a?'),
      tag('a', '#'),
      tag('aws:a'),
    ])
      await refuses('InvalidTag', 400, setTags('limits', [bad]));
    await refuses('InvalidTag', 400, setTags('limits', [tag('a', '1'), tag('a', '2')]));
    assert.equal((await tagsOf('limits'))?.length, 10);
  });

  it('are refused in headers, and nothing is written', async () => {
    const many = Array.from({ length: 11 }, (_, n) => `k${n}=v`).join('&');
    await refuses('BadRequest', 400, put('header', many));
    await refuses('InvalidArgument', 400, put('header', 'a=1&a=2'));
    await refuses('InvalidArgument', 400, put('header', 'a=%zz'));
    await refuses('InvalidTag', 400, put('header', 'aws:a=1'));
    await refuses('NoSuchKey', 404, tagsOf('header'));
  });
});

describe('tags of a bucket', () => {
  const read = async () => (await client.send(new GetBucketTaggingCommand({ Bucket }))).TagSet;
  const write = (TagSet: Tag[]) => client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));

  it('are absent at first, then kept, replaced and removed', async () => {
    await refuses('NoSuchTagSet', 404, read());
    await write(numbered(50));
    assert.deepEqual(await read(), numbered(50));
    await write([tag('only', 'one & <two>'.replace(/[&<>]/g, '+'))]);
    assert.equal((await read())?.length, 1);
    await client.send(new DeleteBucketTaggingCommand({ Bucket }));
    await refuses('NoSuchTagSet', 404, read());
  });

  it('are at most 50', async () => {
    await refuses('BadRequest', 400, write(numbered(51)));
  });
});
