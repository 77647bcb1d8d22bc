// Versions of objects with the unmodified AWS SDK: states of a bucket, reads, copies, deletions, listings and errors.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { exchange } from '../test-support/raw-exchange.js';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const Key = 'folder/object';
/** Well-formed, and of no version. */
const absentId = 'AAAAAAAAAAAAAAAAAAAAAA';

let test: TestGateway;
let client: S3Client;
before(async () => {
  test = await startTestGateway();
  client = sdkClient(test);
});
after(async () => {
  client.destroy();
  await test.stop();
});

const setVersioning = (Bucket: string, Status: 'Enabled' | 'Suspended') =>
  client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));

let buckets = 0;
/** A fresh bucket whose versions are kept. */
async function enabledBucket(): Promise<string> {
  const Bucket = `versions-${++buckets}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  await setVersioning(Bucket, 'Enabled');
  return Bucket;
}

async function put(Bucket: string, Body: string, name = Key): Promise<string> {
  const { VersionId } = await client.send(new PutObjectCommand({ Bucket, Key: name, Body }));
  assert.ok(VersionId);
  return VersionId;
}

async function textOf(Bucket: string, VersionId?: string): Promise<string> {
  const answer = await client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  if (VersionId !== undefined) assert.equal(answer.VersionId, VersionId);
  return (await answer.Body?.transformToString()) ?? '';
}

async function remove(Bucket: string, VersionId?: string) {
  const { DeleteMarker, VersionId: id } = await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  return { DeleteMarker, id };
}

/** Every version and marker as `key id` with a star at the latest, in the order of the listing. */
async function listed(Bucket: string, MaxKeys = 1000): Promise<string[]> {
  const seen: string[] = [];
  let marker: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (;;) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket, MaxKeys, ...marker }));
    const all = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
    assert.ok(all.length <= MaxKeys);
    seen.push(...all.map(({ VersionId, IsLatest }) => `${VersionId}${IsLatest === true ? '*' : ''}`));
    if (page.IsTruncated !== true) return seen;
    marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}

describe('the versioning of a bucket', () => {
  it('is absent at first, then enabled and suspended', async () => {
    const Bucket = 'states';
    await client.send(new CreateBucketCommand({ Bucket }));
    const status = async () => (await client.send(new GetBucketVersioningCommand({ Bucket }))).Status;
    assert.equal(await status(), undefined);
    for (const state of ['Enabled', 'Suspended', 'Enabled'] as const) {
      await setVersioning(Bucket, state);
      assert.equal(await status(), state);
    }
  });

  it('refuses a configuration without a status, with an unknown one, or with an unknown state of MFA delete', async () => {
    const Bucket = await enabledBucket();
    const send = (VersioningConfiguration: object) =>
      client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    await refuses('IllegalVersioningConfigurationException', 400, send({}));
    await refuses('MalformedXML', 400, send({ Status: 'On' }));
    await refuses('MalformedXML', 400, send({ Status: 'Enabled', MFADelete: 'On' }));
    await send({ Status: 'Enabled', MFADelete: 'Disabled' });
    await refuses('NoSuchBucket', 404, setVersioning('nowhere', 'Enabled'));
  });

  it('without versions no answer names one', async () => {
    const Bucket = 'plain';
    await client.send(new CreateBucketCommand({ Bucket }));
    const { VersionId } = await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const { VersionId: read } = await client.send(new HeadObjectCommand({ Bucket, Key }));
    assert.deepEqual(
      [VersionId, read, await remove(Bucket)],
      [undefined, undefined, { DeleteMarker: undefined, id: undefined }],
    );
  });
});

describe('versions', () => {
  it('are kept by writes, read by id, and the newest is the object', async () => {
    const Bucket = await enabledBucket();
    const ids = [await put(Bucket, 'one'), await put(Bucket, 'two'), await put(Bucket, 'three')];
    assert.equal(new Set(ids).size, 3);
    assert.equal(await textOf(Bucket), 'three');
    assert.deepEqual(await Promise.all(ids.map((id) => textOf(Bucket, id))), ['one', 'two', 'three']);
    const head = await client.send(new HeadObjectCommand({ Bucket, Key, VersionId: ids[0] }));
    assert.deepEqual([head.ContentLength, head.VersionId], [3, ids[0]]);
    assert.equal((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 1);
  });

  it('an object from before versioning stays as the null version', async () => {
    const Bucket = 'earlier';
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'before' }));
    await setVersioning(Bucket, 'Enabled');
    assert.equal(await textOf(Bucket, 'null'), 'before');
    const id = await put(Bucket, 'after');
    assert.deepEqual([await textOf(Bucket), await textOf(Bucket, 'null')], ['after', 'before']);
    assert.deepEqual(await listed(Bucket), [`${id}*`, 'null']);
  });

  it('in a suspended bucket only the null version is replaced', async () => {
    const Bucket = await enabledBucket();
    const kept = await put(Bucket, 'kept');
    await setVersioning(Bucket, 'Suspended');
    assert.equal(await put(Bucket, 'first'), 'null');
    assert.equal(await put(Bucket, 'second'), 'null');
    assert.deepEqual(await listed(Bucket), ['null*', kept]);
    assert.equal(await textOf(Bucket, 'null'), 'second');
    assert.deepEqual(await remove(Bucket), { DeleteMarker: true, id: 'null' });
    assert.deepEqual(await listed(Bucket), [kept, 'null*']);
    assert.deepEqual(await remove(Bucket, 'null'), { DeleteMarker: true, id: 'null' });
    assert.equal(await textOf(Bucket), 'kept');
  });

  it('of multipart uploads and copies are named in their answers', async () => {
    const Bucket = await enabledBucket();
    const source = await put(Bucket, 'first');
    await put(Bucket, 'second');
    const CopySource = `${Bucket}/${Key}?versionId=${source}`;
    const copy = await client.send(new CopyObjectCommand({ Bucket, Key, CopySource }));
    assert.equal(copy.CopySourceVersionId, source);
    assert.ok(copy.VersionId);
    assert.deepEqual([await textOf(Bucket), await textOf(Bucket, copy.VersionId)], ['first', 'first']);
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const of = { Bucket, Key, UploadId };
    await client.send(new UploadPartCommand({ ...of, PartNumber: 1, Body: 'replaced' }));
    const part = await client.send(new UploadPartCopyCommand({ ...of, PartNumber: 1, CopySource }));
    assert.equal(part.CopySourceVersionId, source);
    const Parts = [{ PartNumber: 1, ETag: part.CopyPartResult?.ETag }];
    const completion = new CompleteMultipartUploadCommand({ ...of, MultipartUpload: { Parts } });
    const { VersionId } = await client.send(completion);
    assert.equal((await client.send(completion)).VersionId, VersionId, 'a repeated completion names the same version');
    assert.deepEqual([await textOf(Bucket, VersionId), (await listed(Bucket)).length], ['first', 4]);
  });
});

describe('deletion in a bucket with versions', () => {
  it('inserts a delete marker, whose removal brings the object back', async () => {
    const Bucket = await enabledBucket();
    const version = await put(Bucket, 'x');
    const { DeleteMarker, id } = await remove(Bucket);
    assert.ok(DeleteMarker === true && id !== undefined && id !== version);
    await refuses('NoSuchKey', 404, textOf(Bucket));
    assert.equal(await textOf(Bucket, version), 'x');
    assert.equal((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 0);
    assert.deepEqual(await remove(Bucket, id), { DeleteMarker: true, id });
    assert.equal(await textOf(Bucket), 'x');
  });

  it('of a version removes just that; the one before it becomes the object', async () => {
    const Bucket = await enabledBucket();
    const [first, second, third] = [await put(Bucket, '1'), await put(Bucket, '2'), await put(Bucket, '3')];
    assert.deepEqual(await remove(Bucket, third), { DeleteMarker: undefined, id: third });
    assert.equal(await textOf(Bucket), '2');
    await remove(Bucket, first);
    assert.deepEqual(await listed(Bucket), [`${second}*`]);
    assert.deepEqual(await remove(Bucket, absentId), { DeleteMarker: undefined, id: absentId });
    await remove(Bucket, second);
    await refuses('NoSuchKey', 404, textOf(Bucket));
    await client.send(new DeleteBucketCommand({ Bucket }));
  });

  it('DeleteObjects deletes objects and versions, and names the markers', async () => {
    const Bucket = await enabledBucket();
    const version = await put(Bucket, 'x');
    await put(Bucket, 'y', 'other');
    const Objects = [{ Key, VersionId: version }, { Key: 'other' }, { Key, VersionId: 'malformed' }];
    const { Deleted, Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    assert.deepEqual(Deleted?.[0], { Key, VersionId: version });
    assert.deepEqual([Deleted?.[1]?.Key, Deleted?.[1]?.DeleteMarker], ['other', true]);
    assert.deepEqual(
      Errors?.map(({ Code }) => Code),
      ['NoSuchVersion'],
    );
    const marker = Deleted?.[1]?.DeleteMarkerVersionId;
    const again = { Objects: [{ Key: 'other', VersionId: marker }] };
    const { Deleted: removed } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: again }));
    const answer = { Key: 'other', VersionId: marker, DeleteMarker: true, DeleteMarkerVersionId: marker };
    assert.deepEqual(removed, [answer]);
  });

  it('a bucket with a marker or a version left is not deleted', async () => {
    const Bucket = await enabledBucket();
    await put(Bucket, 'x');
    await remove(Bucket);
    await refuses('BucketNotEmpty', 409, client.send(new DeleteBucketCommand({ Bucket })));
    for (const id of await listed(Bucket)) await remove(Bucket, id.replace('*', ''));
    await client.send(new DeleteBucketCommand({ Bucket }));
  });
});

describe('ListObjectVersions', () => {
  it('pages of any size show each version once, with the markers of the page before', async () => {
    const Bucket = await enabledBucket();
    for (const name of ['a', 'b/1', 'b/2', 'c']) for (const body of ['1', '2', '3']) await put(Bucket, body, name);
    const all = await listed(Bucket);
    assert.equal(all.length, 12);
    for (const size of [1, 2, 5]) assert.deepEqual(await listed(Bucket, size), all);
    const grouped = await client.send(new ListObjectVersionsCommand({ Bucket, Delimiter: '/' }));
    assert.deepEqual(grouped.CommonPrefixes, [{ Prefix: 'b/' }]);
    assert.equal(grouped.Versions?.length, 6);
    const below = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'b/', MaxKeys: 4 }));
    assert.deepEqual([below.Versions?.length, below.NextKeyMarker], [4, 'b/2']);
  });

  it('refuses a version marker that is malformed or stands alone', async () => {
    const Bucket = await enabledBucket();
    const list = (KeyMarker: string | undefined, VersionIdMarker: string) =>
      client.send(new ListObjectVersionsCommand({ Bucket, KeyMarker, VersionIdMarker }));
    await refuses('InvalidArgument', 400, list(undefined, absentId));
    await refuses('InvalidArgument', 400, list('a', 'malformed'));
  });
});

describe('a version id', () => {
  it('that is malformed is refused, and one of no version is not found', async () => {
    const Bucket = await enabledBucket();
    await put(Bucket, 'x');
    await refuses('InvalidArgument', 400, textOf(Bucket, 'malformed'));
    await refuses('NoSuchVersion', 404, textOf(Bucket, absentId));
    await refuses('NoSuchVersion', 404, textOf(Bucket, 'null'));
    await refuses('InvalidArgument', 400, remove(Bucket, 'malformed'));
    const copy = (id: string) =>
      client.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${Key}?versionId=${id}` }));
    await refuses('InvalidArgument', 400, copy('malformed'));
    await refuses('NoSuchVersion', 404, copy(absentId));
  });

  it('of a delete marker is answered 405, and a copy of it is refused', async () => {
    const Bucket = await enabledBucket();
    await put(Bucket, 'x');
    const { id = '' } = await remove(Bucket);
    await refuses('MethodNotAllowed', 405, textOf(Bucket, id));
    const marked = await exchange(test, { method: 'GET', path: `/${Bucket}/${Key}`, query: { versionId: id } });
    assert.match(marked?.head ?? '', /x-amz-delete-marker: true/i);
    assert.match(marked?.head ?? '', /allow: DELETE/i);
    const CopySource = `${Bucket}/${Key}?versionId=${id}`;
    await refuses('InvalidRequest', 400, client.send(new CopyObjectCommand({ Bucket, Key, CopySource })));
    const current = await exchange(test, { method: 'GET', path: `/${Bucket}/${Key}` });
    assert.equal(current?.status, 404);
    assert.match(current?.head ?? '', /x-amz-delete-marker: true/i);
    assert.match(current?.head ?? '', new RegExp(`x-amz-version-id: ${id}`, 'i'));
  });
});
