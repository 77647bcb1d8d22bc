// Packs in the index: which records small files, their batches and their packs have as they come, move and go.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createMemoryKv, type Kv } from '@cess/store';
import { checkIndex, isIndexSound, type NewFile, type NewPack, ObjectIndex } from './index.js';
import { bucketOf, collected, fileOf, digestOf as idOf, objectOf } from './test-support/samples.js';

const bucket = 'b';
let kv: Kv;
let index: ObjectIndex;
beforeEach(async () => {
  kv = createMemoryKv();
  index = new ObjectIndex(kv);
  await index.createBucket(bucket, bucketOf());
});

const packOf = (seed: number): NewPack => {
  const { fileId: packId, file, segments } = fileOf(seed);
  return { packId, file: { ...file, ciphertextLength: 100 }, segments };
};
const memberOf = (seed: number, pack: NewPack, offset: number): NewFile => {
  const file = fileOf(seed, 0);
  return { ...file, within: { pack, offset } };
};
const put = (key: string, ...files: readonly NewFile[]) =>
  index.putObject({ bucket, key }, objectOf(key, files), files);
const outbox = async () =>
  (await index.listOutbox(100)).map(({ entry }) => `${entry.type} ${Buffer.from(entry.value).readUInt32BE()}`);
const packing = async () => (await index.packs.listPacking(100)).map((id) => Buffer.from(id).readUInt32BE());
const isSound = () => assert.ok(isIndexSound(checkIndex(kv)), JSON.stringify(checkIndex(kv)));

describe('packs in the index', () => {
  it('a batch enters with its first file, is not declared, and waits to be packed', async () => {
    const batch = packOf(1);
    await put('a', memberOf(10, batch, 0));
    await put('b', memberOf(11, batch, 26));
    const { references = 0, pack } = (await index.packs.get(batch.packId)) ?? {};
    assert.deepEqual([references, pack], [2, { kind: 'batch', isOpen: true, liveBytes: 52 }]);
    assert.deepEqual([await outbox(), await packing()], [[], [1]]);
    const members = await index.packs.listMembers(batch.packId, 1, 10);
    assert.deepEqual(members, [{ fileId: idOf(11), offset: 26, ciphertextLength: 26 }]);
    assert.deepEqual((await index.packs.carrierOf(idOf(10)))?.fileId, batch.packId);
    isSound();
  });

  it('a file goes with its last object, and its key with it; a closed batch goes with its last file', async () => {
    const batch = packOf(1);
    await put('a', memberOf(10, batch, 0));
    await index.copyObject(
      { bucket, key: 'copy' },
      { bucket, key: 'a' },
      (source) => source,
      () => undefined,
    );
    await index.deleteObject({ bucket, key: 'a' });
    assert.ok(await index.getFile(idOf(10)));
    await index.deleteObject({ bucket, key: 'copy' });
    assert.equal(await index.getFile(idOf(10)), undefined);
    assert.deepEqual(await outbox(), []);
    await put('b', memberOf(11, batch, 26));
    await index.packs.close(batch.packId);
    assert.deepEqual(await outbox(), []);
    await index.deleteObject({ bucket, key: 'b' });
    assert.deepEqual([await outbox(), await packing()], [['Delete 1'], []]);
    isSound();
    await index.settleDeletions(await index.listOutbox(10));
    assert.equal(await index.packs.get(batch.packId), undefined);
    assert.equal(await index.getSegment(batch.packId, 0), undefined);
    isSound();
  });

  it('files move to a pack, which is declared when it is closed; their batches are deleted', async () => {
    const [one, two, sealed] = [packOf(1), packOf(2), packOf(3)];
    await put('a', memberOf(10, one, 0));
    await put('b', memberOf(11, one, 26));
    await put('c', memberOf(12, two, 0));
    for (const { packId } of [one, two]) await index.packs.close(packId);
    await index.deleteObject({ bucket, key: 'b' });
    const moves = [
      { fileId: idOf(10), offset: 0, from: one.packId },
      { fileId: idOf(11), offset: 26, from: one.packId },
      { fileId: idOf(12), offset: 52, from: two.packId },
    ];
    assert.equal(await index.packs.move(sealed, moves.slice(0, 2)), 1);
    assert.deepEqual([await outbox(), await packing()], [['Delete 1'], [2, 3]]);
    isSound();
    assert.equal(await index.packs.move(sealed, moves.slice(2)), 1);
    assert.equal(await index.packs.move(sealed, moves), 0);
    await index.packs.close(sealed.packId);
    await index.packs.close(sealed.packId);
    assert.deepEqual(await outbox(), ['Delete 1', 'Delete 2', 'Declare 3']);
    assert.deepEqual((await index.packs.get(sealed.packId))?.pack, { kind: 'sealed', isOpen: false, liveBytes: 52 });
    assert.deepEqual((await index.getFile(idOf(12)))?.within, { packId: sealed.packId, offset: 52 });
    // 52 of 100 bytes are of files: it is packed again.
    await index.deleteObject({ bucket, key: 'a' });
    assert.deepEqual(await packing(), [3]);
    isSound();
  });

  it('a pack to which nothing moves does not enter the index', async () => {
    const sealed = packOf(3);
    assert.equal(await index.packs.move(sealed, [{ fileId: idOf(9), offset: 0, from: idOf(1) }]), 0);
    await index.packs.close(sealed.packId);
    assert.deepEqual([await index.packs.get(sealed.packId), await outbox(), await packing()], [undefined, [], []]);
  });

  it('files of packs have no orders, and packs do', async () => {
    const batch = packOf(1);
    await put('a', memberOf(10, batch, 0));
    const orders = (await index.listOrders(10)).map(({ orderId }) => Buffer.from(orderId ?? []).readUInt32BE());
    assert.deepEqual(orders, [1, 10]);
    assert.deepEqual(await collected(index.outbox()), []);
  });

  it('a check finds packs and files that contradict each other', async () => {
    const batch = packOf(1);
    await put('a', memberOf(10, batch, 0));
    const [row] = [...kv.entries({})].filter(([key]) => key[0] === 'x'.charCodeAt(0)).map(([key]) => key);
    assert.ok(row !== undefined);
    await kv.write([{ type: 'delete', key: row }]);
    assert.equal(checkIndex(kv).packFaults, 2);
    assert.equal(isIndexSound(checkIndex(kv)), false);
  });
});
