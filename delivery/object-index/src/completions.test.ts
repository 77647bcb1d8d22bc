// Repeated completions of uploads, and the deletion of buckets with unfinished uploads.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex, utf8 } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { createFaultyKv } from '@cess/store/testing';
import { completionLifetimeMs, maxCompletions } from './completions.js';
import { ObjectIndex } from './index.js';
import { completionOrderKey, rangeOf } from './keys.js';
import { bucketOf, digestOf, fileOf, objectOf, partOf, uploadOf } from './test-support/samples.js';

const uploadId = (n: number) => n.toString(16).padStart(32, '0');
const name = (n: number, bucket = 'b') => ({ bucket, key: `k${n}`, uploadId: uploadId(n) });
const completions = (kv: Kv) => ['c/', 'd/'].map((table) => [...kv.entries(rangeOf(utf8(table)))].length);

async function opened(kv: Kv = createMemoryKv()): Promise<ObjectIndex> {
  const index = new ObjectIndex(kv);
  await index.createBucket('b', bucketOf());
  return index;
}

async function begin(index: ObjectIndex, n: number): Promise<void> {
  const file = fileOf(n);
  await index.createUpload(name(n), uploadOf());
  await index.putPart(name(n), 1, partOf('p', [file]), [file]);
}

const complete = (index: ObjectIndex, n: number, digest = n, completedAtMs = 1) =>
  index.completeUpload(name(n), {
    requestDigest: digestOf(digest),
    make: (parts) => ({
      ...objectOf(`etag ${n}`),
      lastModifiedMs: completedAtMs,
      extents: parts.get(1)?.extents ?? [],
    }),
  });

describe('repeated completions', () => {
  it('the same request again resolves with the first completion, also after a restart', async () => {
    const kv = createMemoryKv();
    const index = await opened(kv);
    await begin(index, 1);
    const first = await complete(index, 1);
    assert.equal(first.etag, 'etag 1');
    assert.deepEqual(await complete(index, 1), first);
    assert.deepEqual(await complete(new ObjectIndex(kv), 1), first);
  });

  it('two equal concurrent requests create one object and get the same answer', async () => {
    const index = await opened();
    await begin(index, 1);
    const [first, second] = await Promise.all([complete(index, 1), complete(index, 1)]);
    assert.deepEqual(first, second);
    assert.equal((await index.getFile(fileOf(1).fileId))?.references, 1);
  });

  it('a repeated completion leaves an object that was put, or deleted, since', async () => {
    const index = await opened();
    await begin(index, 1);
    await complete(index, 1);
    await index.putObject(name(1), objectOf('newer'), []);
    await complete(index, 1);
    assert.equal((await index.getObject(name(1)))?.etag, 'newer');
    await index.deleteObject(name(1));
    await complete(index, 1);
    assert.equal(await index.getObject(name(1)), undefined);
  });

  it('another request for a completed upload, or for an aborted one, is refused', async () => {
    const index = await opened();
    await begin(index, 1);
    await complete(index, 1);
    await assert.rejects(complete(index, 1, 99), { code: 'UPLOAD_NOT_FOUND' });
    await begin(index, 2);
    await index.abortUpload(name(2));
    await assert.rejects(complete(index, 2), { code: 'UPLOAD_NOT_FOUND' });
  });

  it('completions older than a day are removed by later ones', async () => {
    const kv = createMemoryKv();
    const index = await opened(kv);
    for (const n of [1, 2, 3]) {
      await begin(index, n);
      await complete(index, n, n, n);
    }
    assert.deepEqual(completions(kv), [3, 3]);
    await begin(index, 4);
    await complete(index, 4, 4, completionLifetimeMs + 3);
    assert.deepEqual(completions(kv), [2, 2]);
    await assert.rejects(complete(index, 2), { code: 'UPLOAD_NOT_FOUND' });
    assert.equal((await complete(index, 3)).etag, 'etag 3');
  });

  it('no more completions are kept than the limit, across restarts', async () => {
    const kv = createMemoryKv();
    const index = await opened(kv);
    await begin(index, 1);
    await complete(index, 1);
    const [order] = [...kv.entries(rangeOf(utf8('d/')))];
    assert.ok(order);
    // As if the limit had been reached: the next completion has the sequence number behind this one.
    await kv.write([{ type: 'put', key: completionOrderKey(maxCompletions), value: order[1] }]);
    const reopened = new ObjectIndex(kv);
    await begin(reopened, 2);
    await complete(reopened, 2);
    await assert.rejects(complete(reopened, 1), { code: 'UPLOAD_NOT_FOUND' });
    assert.equal((await complete(reopened, 2)).etag, 'etag 2');
  });

  it('a completion that cannot be read does not keep later uploads from being completed', async () => {
    const kv = createMemoryKv();
    const index = await opened(kv);
    await begin(index, 1);
    await complete(index, 1);
    const [[key] = []] = [...kv.entries(rangeOf(utf8('c/')))];
    assert.ok(key);
    await kv.write([{ type: 'put', key, value: Uint8Array.of(1, 2, 3) }]);
    await begin(index, 2);
    assert.equal((await complete(index, 2)).etag, 'etag 2');
    assert.deepEqual(completions(kv), [1, 1]);
  });
});

describe('deletion of a bucket', () => {
  it('aborts its unfinished uploads and releases the files of their parts', async () => {
    const kv = createMemoryKv();
    const index = await opened(kv);
    await index.createBucket('b-neighbour', bucketOf());
    await index.createUpload(name(9, 'b-neighbour'), uploadOf());
    for (const n of [1, 2]) await begin(index, n);
    await index.deleteBucket('b');
    assert.equal(await index.getBucket('b'), undefined);
    const doomed = (await index.listOutbox(10)).filter(({ entry }) => entry.type === 'Delete');
    assert.deepEqual(
      doomed.map(({ entry }) => toHex(entry.value)),
      [1, 2].map((n) => toHex(fileOf(n).fileId)),
    );
    assert.deepEqual(await index.listParts(uploadId(1)), []);
    assert.ok(await index.getUpload(name(9, 'b-neighbour')));
    await assert.rejects(index.putPart(name(1), 2, partOf('p', []), []), { code: 'UPLOAD_NOT_FOUND' });
  });

  it('aborts no upload of a bucket that holds an object', async () => {
    const index = await opened();
    await begin(index, 1);
    await index.putObject({ bucket: 'b', key: 'object' }, objectOf('x'), []);
    await assert.rejects(index.deleteBucket('b'), { code: 'BUCKET_NOT_EMPTY' });
    assert.equal((await index.listParts(uploadId(1))).length, 1);
  });

  it('forgets completions: a new bucket of the same name does not answer for the old one', async () => {
    const kv = createMemoryKv();
    const index = await opened(kv);
    await begin(index, 1);
    await complete(index, 1);
    await index.deleteObject(name(1));
    await index.deleteBucket('b');
    assert.equal(completions(kv)[0], 0);
    await index.createBucket('b', bucketOf());
    await assert.rejects(complete(index, 1), { code: 'UPLOAD_NOT_FOUND' });
  });

  it('of thousands of uploads takes several transactions, and a crash between them can be repeated', async () => {
    const count = 2500;
    // Write 1 creates the bucket, 2 to 4 the uploads; the deletion takes 5 to 7.
    for (const crashAtWrite of [5, 6, 7]) {
      const kv = createFaultyKv({ seed: 1, crashAtWrite });
      const index = await opened(kv);
      await Promise.all(Array.from({ length: count }, (_, n) => index.createUpload(name(n), uploadOf())));
      await assert.rejects(index.deleteBucket('b'));
      const reopened = new ObjectIndex(kv.reopen());
      // The write that crashed may have reached the disk.
      if ((await reopened.getBucket('b')) !== undefined) await reopened.deleteBucket('b');
      assert.equal(await reopened.getBucket('b'), undefined);
      assert.deepEqual((await reopened.listUploads('b', { prefix: '', delimiter: '', limit: 1 })).items, []);
    }
  });
});
