import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCessError } from '@cess/primitives';
import { createMemoryKv } from '@cess/store';
import { type TagRecord, TagStore } from './tag-store.js';

const genesis = new Uint8Array(32).fill(1);
const placeAt = (file: number, segment = 0, fragment = 0) => ({
  fileId: new Uint8Array(32).fill(file),
  segment,
  fragment,
});
const record = (fill: number, isReported = false): TagRecord => ({
  keyId: new Uint8Array(32).fill(fill),
  signature: new Uint8Array(64).fill(fill),
  tagsHash: new Uint8Array(32).fill(fill),
  isReported,
});

test('tags, SRS and claims are kept apart and found again', async () => {
  const kv = createMemoryKv();
  const store = await TagStore.open(kv, genesis);
  const [one, two] = [placeAt(0xff, 0xffff_ffff, 0xffff), placeAt(0xff, 1, 256)];
  await store.put(one, record(1), new Uint8Array(96).fill(1));
  await store.put(two, record(2), new Uint8Array(48).fill(2));
  await store.putSrs(record(1).keyId, new Uint8Array(10).fill(3));
  await store.addClaims([one, placeAt(4)]);
  assert.deepEqual(store.get(one), record(1));
  assert.deepEqual(store.tags(two), new Uint8Array(48).fill(2));
  assert.deepEqual(store.srs(record(1).keyId), new Uint8Array(10).fill(3));
  assert.equal(store.srs(record(2).keyId), undefined);
  assert.deepEqual(store.claims(), [placeAt(4), one]);
  await store.removeClaim(one);
  await store.removeSrs(record(1).keyId);
  await store.remove(one);
  await store.remove(one);
  assert.deepEqual([store.get(one), store.tags(one), store.srs(record(1).keyId)], [undefined, undefined, undefined]);
  assert.deepEqual([...store.all()], [[two, record(2)]]);
  assert.deepEqual(store.claims(), [placeAt(4)]);
});

test('what is tagged and reported is counted, also after the store is opened again', async () => {
  const kv = createMemoryKv();
  const store = await TagStore.open(kv, genesis);
  for (let i = 0; i < 5; i++) await store.put(placeAt(i), record(i), new Uint8Array(48));
  await store.setReported([placeAt(0), placeAt(1), placeAt(9)], true);
  await store.setReported([placeAt(1)], true);
  assert.deepEqual(store.counts, { tagged: 5, reported: 2 });
  await store.put(placeAt(0), record(7), new Uint8Array(48));
  await store.remove(placeAt(4));
  assert.deepEqual(store.counts, { tagged: 4, reported: 1 });
  assert.deepEqual((await TagStore.open(kv, genesis)).counts, { tagged: 4, reported: 1 });
});

test('pages go through all places once, also while some are removed', async () => {
  const store = await TagStore.open(createMemoryKv(), genesis);
  for (let i = 0; i < 7; i++) await store.put(placeAt(i), record(i), new Uint8Array(48));
  const seen: number[] = [];
  for (let page = store.page(undefined, 3); page.length > 0; page = store.page(page.at(-1), 3)) {
    for (const place of page) {
      seen.push(place.fileId[0]!);
      if (place.fileId[0]! % 2 === 0) await store.remove(place);
    }
  }
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6]);
});

test('tags of another network are refused', async () => {
  const kv = createMemoryKv();
  await TagStore.open(kv, genesis);
  await assert.rejects(TagStore.open(kv, new Uint8Array(32)), (error) => isCessError(error, 'KV_NETWORK_MISMATCH'));
});
