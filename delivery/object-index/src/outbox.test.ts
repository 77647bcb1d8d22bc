// The outbox and the files held back from declaration, and the upgrade of an index that an earlier version wrote.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { elementAt, toHex, utf8 } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { ObjectIndex, openIndexFormat } from './index.js';
import * as keys from './keys.js';
import { fileRecord } from './records.js';
import { bucketOf, collected, fileOf, objectOf } from './test-support/samples.js';

const genesis = new Uint8Array(32).fill(1);
const nobody = () => false;

async function indexWith(count: number): Promise<{ kv: Kv; index: ObjectIndex; ids: Uint8Array[] }> {
  const kv = createMemoryKv();
  const index = new ObjectIndex(await openIndexFormat(kv, genesis));
  await index.createBucket('b', bucketOf());
  const ids: Uint8Array[] = [];
  for (let n = 1; n <= count; n++) {
    const stored = fileOf(n);
    await index.putObject({ bucket: 'b', key: `o${n}` }, objectOf('e', [stored]), [stored]);
    ids.push(stored.fileId);
  }
  return { kv, index, ids };
}

const hold = async (index: ObjectIndex) =>
  index.holdDeclarations(
    (await index.listOutbox(100)).map((item) => ({ item, reason: 'quota-exceeded' as const })),
    7,
  );

describe('files held back from declaration', () => {
  it('leave the outbox, keep their reason over a restart, and come back to it', async () => {
    const { kv, index, ids } = await indexWith(3);
    await hold(index);
    assert.deepEqual(await index.listOutbox(10), []);
    const reopened = new ObjectIndex(kv);
    const held = await collected(reopened.heldFiles());
    assert.deepEqual(held.map(({ fileId }) => toHex(fileId)).sort(), ids.map(toHex).sort());
    assert.equal((await collected(reopened.heldTerritories())).length, 1);
    assert.equal(await reopened.holdReason(elementAt(ids, 0)), 'quota-exceeded');
    await reopened.releaseHeld(held);
    assert.equal((await reopened.listOutbox(10)).length, 3);
    assert.deepEqual(
      [...(await collected(reopened.heldFiles())), ...(await collected(reopened.heldTerritories()))],
      [],
    );
  });

  it('a deleted file is not queued again, and its hold ends with its deletion', async () => {
    const { index, ids } = await indexWith(1);
    await hold(index);
    const held = await collected(index.heldFiles());
    await index.deleteObject({ bucket: 'b', key: 'o1' });
    await index.releaseHeld(held);
    const outbox = await index.listOutbox(10);
    assert.deepEqual(
      outbox.map(({ entry }) => entry.type),
      ['Delete'],
    );
    await index.settleDeletions(outbox);
    assert.deepEqual([await index.getFile(elementAt(ids, 0)), ...(await collected(index.heldFiles()))], [undefined]);
  });

  it('an unreadable hold still names its file', async () => {
    const { kv, index } = await indexWith(1);
    await hold(index);
    const [entry] = kv.entries(keys.rangeOf(keys.heldPrefix()));
    assert.ok(entry);
    await kv.write([{ type: 'put', key: entry[0], value: Uint8Array.of(1) }]);
    await index.releaseHeld(await collected(index.heldFiles()));
    assert.equal((await index.listOutbox(10)).length, 1);
  });
});

describe('a file that becomes unreadable while its declaration is under way', () => {
  it('keeps its outbox entry, and the other files of the batch are settled', async () => {
    const { kv, index, ids } = await indexWith(2);
    const items = await index.listOutbox(10);
    await kv.write([{ type: 'put', key: keys.fileKey(elementAt(ids, 0)), value: Uint8Array.of(1) }]);
    await index.settleDeclarations(items, nobody);
    assert.deepEqual(await index.listOutbox(10), [elementAt(items, 0)]);
    assert.equal((await index.getFile(elementAt(ids, 1)))?.state, 'declared');
  });

  it('keeps its outbox entry also when its deletion is settled', async () => {
    const { kv, index, ids } = await indexWith(1);
    await index.deleteObject({ bucket: 'b', key: 'o1' });
    await kv.write([{ type: 'put', key: keys.fileKey(elementAt(ids, 0)), value: Uint8Array.of(1) }]);
    await index.settleDeletions(await index.listOutbox(10));
    assert.equal((await index.listOutbox(10)).length, 2);
  });
});

describe('index format 3', () => {
  it('queues files again that format 2 gave up after the chain refused them', async () => {
    const { kv, index, ids } = await indexWith(2);
    await index.settleDeclarations(await index.listOutbox(10), nobody);
    const file = await index.getFile(elementAt(ids, 0));
    assert.ok(file);
    const stamp = JSON.stringify({ format: 'cess-object-index', version: 2, networkId: toHex(genesis) });
    await kv.write([
      { type: 'put', key: keys.fileKey(elementAt(ids, 0)), value: fileRecord.encode({ ...file, state: 'refused' }) },
      { type: 'put', key: utf8('\0cess-format'), value: utf8(stamp) },
    ]);
    const upgraded = new ObjectIndex(await openIndexFormat(kv, genesis));
    assert.deepEqual(
      (await upgraded.listOutbox(10)).map(({ entry }) => toHex(entry.value)),
      [toHex(elementAt(ids, 0))],
    );
    assert.equal((await upgraded.getFile(elementAt(ids, 0)))?.state, 'stored');
  });
});
