import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { concatBytes } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { checkIndex, dropStrays, isIndexSound, ObjectIndex } from './index.js';
import * as keys from './keys.js';
import { bucketOf, fileOf, objectOf } from './test-support/samples.js';

describe('check of an index', () => {
  let kv: Kv;
  const [first, second] = [fileOf(1), fileOf(2, 3)];
  const put = (key: Uint8Array, value: Uint8Array) => kv.write([{ type: 'put', key, value }]);
  const remove = (key: Uint8Array) => kv.write([{ type: 'delete', key }]);

  beforeEach(async () => {
    kv = createMemoryKv();
    const index = new ObjectIndex(kv);
    await index.createBucket('b', bucketOf());
    await index.putObject({ bucket: 'b', key: 'one' }, objectOf('e', [first]), [first]);
    await index.putObject({ bucket: 'b', key: 'two' }, objectOf('e', [second]), [second]);
  });

  it('finds nothing in a sound one, and counts its records', () => {
    const check = checkIndex(kv);
    assert.equal(isIndexSound(check), true);
    const { buckets, objects, files, segments } = check.tables;
    assert.deepEqual(
      [buckets, objects, files, segments].map((table) => table?.records),
      [1, 2, 2, 4],
    );
    assert.deepEqual([check.files, check.outbox], [{ stored: 2 }, { declarations: 2, deletions: 0 }]);
  });

  it('counts records that cannot be read, in every table', async () => {
    for (const table of [keys.objectKey('b', 'one'), keys.fileKey(first.fileId), keys.outboxKey(1)]) {
      await put(table, Uint8Array.of(1, 2));
    }
    const { tables } = checkIndex(kv);
    assert.deepEqual(
      [tables['objects']?.unreadable, tables['files']?.unreadable, tables['outbox']?.unreadable],
      [1, 1, 1],
    );
  });

  it('counts objects whose files, and files whose segments have no record', async () => {
    await remove(keys.fileKey(first.fileId));
    await remove(keys.segmentKey(second.fileId, 1));
    const check = checkIndex(kv);
    assert.deepEqual([check.withoutFile, check.segmentsMissing, isIndexSound(check)], [1, 1, false]);
  });

  it('counts what names nothing, and a repair drops just that', async () => {
    await put(keys.holeKey(second.fileId, 7), new Uint8Array());
    await put(keys.heldKey(first.file, new Uint8Array(32).fill(9)), Uint8Array.of(1));
    await put(keys.segmentKey(new Uint8Array(32).fill(9), 0), Uint8Array.of(1));
    const strays = 3;
    assert.equal(checkIndex(kv).strays, strays);
    const before = [...kv.entries()].length;
    assert.equal(await dropStrays(kv), strays);
    assert.equal([...kv.entries()].length, before - strays);
    assert.equal(isIndexSound(checkIndex(kv)), true);
    assert.equal(await dropStrays(kv), 0);
  });

  it('keeps the segments of a file whose record cannot be read, and keys that are damaged', async () => {
    await put(keys.fileKey(second.fileId), Uint8Array.of(1, 2));
    await put(concatBytes(keys.segmentKey(second.fileId, 0), Uint8Array.of(1)), Uint8Array.of(1));
    assert.equal(await dropStrays(kv), 0);
  });
});
