// Conditional writes and deletions under concurrency: of many writers that state one condition, one wins.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { RawConnection, signedHead } from '../test-support/raw-s3.js';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const writers = 64;
let test: TestGateway;
let client: S3Client;
before(async () => {
  test = await startTestGateway();
  client = sdkClient(test);
  for (const Bucket of ['plain', 'versioned']) await client.send(new CreateBucketCommand({ Bucket }));
  const enabled = { Bucket: 'versioned', VersioningConfiguration: { Status: 'Enabled' } } as const;
  await client.send(new PutBucketVersioningCommand(enabled));
});
after(async () => {
  client.destroy();
  await test.stop();
});

/** The bodies of those that won, and the codes of the others. */
async function race(write: (body: string) => Promise<unknown>): Promise<{ won: string[]; lost: string[] }> {
  const won: string[] = [];
  const lost: string[] = [];
  const attempt = async (body: string): Promise<void> => {
    try {
      await write(body);
      won.push(body);
    } catch (error) {
      // Providers of a busy machine time out. Clients try again, and so does a writer here.
      if ((error as Error).name === 'ServiceUnavailable') return attempt(body);
      lost.push((error as Error).name);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, n) => attempt(`writer ${n}`)));
  return { won, lost };
}

const bodyOf = async (Bucket: string, Key: string) =>
  (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

for (const Bucket of ['plain', 'versioned']) {
  describe(`${writers} writers of one key in a ${Bucket} bucket`, () => {
    const put = (Key: string, Body: string, more: object) =>
      client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));

    it('that require its absence: one wins, and its content is there', async () => {
      const { won, lost } = await race((body) => put('absent', body, { IfNoneMatch: '*' }));
      assert.deepEqual([won.length, new Set(lost)], [1, new Set(['PreconditionFailed'])]);
      assert.equal(await bodyOf(Bucket, 'absent'), won[0]);
    });

    it('that require one entity tag: one wins, and its content is there', async () => {
      const { ETag } = await put('matched', 'first', {});
      const { won, lost } = await race((body) => put('matched', body, { IfMatch: ETag }));
      assert.deepEqual([won.length, new Set(lost)], [1, new Set(['PreconditionFailed'])]);
      assert.equal(await bodyOf(Bucket, 'matched'), won[0]);
    });

    it('that copy onto it and require its absence: one wins', async () => {
      const CopySource = `${Bucket}/matched`;
      const copy = () => client.send(new CopyObjectCommand({ Bucket, Key: 'copied', CopySource, IfNoneMatch: '*' }));
      const { won, lost } = await race(copy);
      assert.deepEqual([won.length, new Set(lost)], [1, new Set(['PreconditionFailed'])]);
    });

    it('that delete it under one entity tag: one wins, and the others find it changed or gone', async () => {
      const { ETag } = await put('deleted', 'first', {});
      const deletion = () => client.send(new DeleteObjectCommand({ Bucket, Key: 'deleted', IfMatch: ETag }));
      const { won, lost } = await race(deletion);
      assert.deepEqual([won.length, new Set(lost)], [1, new Set(['NoSuchKey'])]);
    });
  });
}

describe('an upload', () => {
  it('is completed only if its key is absent, or has the entity tag', async () => {
    const at = { Bucket: 'plain', Key: 'completed' };
    const completion = async (more: object) => {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(at));
      const { ETag } = await client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'x' }));
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      return client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload, ...more }));
    };
    await refuses('NoSuchKey', 404, completion({ IfMatch: '"other"' }));
    const { ETag } = await completion({ IfNoneMatch: '*' });
    await refuses('PreconditionFailed', 412, completion({ IfNoneMatch: '*' }));
    await refuses('PreconditionFailed', 412, completion({ IfMatch: '"other"' }));
    await completion({ IfMatch: ETag });
  });
});

describe('a write under an entity tag', () => {
  it('conflicts when the object is deleted while the body is on its way', async () => {
    const at = { Bucket: 'plain', Key: 'conflict' };
    const { ETag = '' } = await client.send(new PutObjectCommand({ ...at, Body: 'first' }));
    const connection = new RawConnection(test.gateway.s3Endpoint);
    const headers = { 'if-match': ETag, 'content-length': '6', expect: '100-continue' };
    connection.write(await signedHead({ method: 'PUT', path: '/plain/conflict', headers }));
    assert.equal(
      (await connection.answer())?.status,
      100,
      'the gateway has checked the condition and asks for the body',
    );
    await client.send(new DeleteObjectCommand(at));
    connection.write('second');
    const answer = await connection.answer();
    connection.close();
    assert.deepEqual([answer?.status, answer?.code], [409, 'ConditionalRequestConflict']);
  });
});

describe('deletions of several keys', () => {
  it('each obey their own conditions', async () => {
    const Bucket = 'plain';
    const put = (Key: string) => client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    const [a] = [await put('a'), await put('b'), await put('c')];
    const { LastModified } = await client.send(new HeadObjectCommand({ Bucket, Key: 'c' }));
    const Objects = [
      { Key: 'a', ETag: a.ETag },
      { Key: 'b', Size: 77 },
      { Key: 'c', LastModifiedTime: LastModified, Size: 1 },
      { Key: 'gone', ETag: a.ETag },
    ];
    const { Deleted, Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    assert.deepEqual(
      Deleted?.map(({ Key }) => Key),
      ['a', 'c'],
    );
    assert.deepEqual(
      Errors?.map(({ Key, Code }) => `${Key} ${Code}`),
      ['b PreconditionFailed', 'gone NoSuchKey'],
    );
  });
});
