// The packer over an index in memory and a network that is a table: what it moves, and what a kill at every write leaves.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import type { ArenaRegion, PackContent } from '@cess/data-path';
import { checkIndex, isIndexSound, type NewPack, ObjectIndex, type SegmentRecord } from '@cess/object-index';
import { isCessError, present, toHex } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { killedAt } from '../test-support/killed-store.js';
import { testPorts } from '../test-support/test-gateway.js';
import { Packer } from './packer.js';

const { signal } = new AbortController();
const owner = new Uint8Array(32).fill(1);
const objects = 6;
const sizeOf = (n: number) => 20 + n;

/** Content of packs by the root of their only fragment, which is the id of the pack. */
class TableNetwork {
  readonly #content = new Map<string, Uint8Array>();

  add(content: Uint8Array): NewPack {
    const packId = new Uint8Array(randomBytes(32));
    this.#content.set(toHex(packId), Uint8Array.from(content));
    const sizes = { plaintextLength: content.length, ciphertextLength: content.length, storedBytes: content.length };
    const ids = { owner, territory: 't', orderId: packId, streamId: new Uint8Array(0) };
    const fragment = { root: packId, shardHashes: new Uint8Array(32), holder: 0, attested: false };
    return {
      packId,
      file: { ...ids, ...sizes, segmentCount: 1, createdAtMs: 1 },
      segments: [{ k: 1, ciphertextLength: content.length, fragments: [fragment] }],
    };
  }

  contentOf(packId: Uint8Array): Uint8Array {
    return present(this.#content.get(toHex(packId)), 'the content of the pack');
  }
}

function packerOver(kv: Kv, network: TableNetwork): { readonly index: ObjectIndex; readonly packer: Packer } {
  const index = new ObjectIndex(kv);
  const packer = new Packer({
    ...testPorts,
    index,
    maxAgeMs: 0,
    arena: {
      acquire: async () =>
        ({ offset: 0, length: 1 << 20, bytes: new Uint8Array(1 << 20), release() {} }) satisfies ArenaRegion,
    },
    cache: { get: () => undefined },
    packed: {
      contentOf: ({ fragments }: SegmentRecord) => ({
        async read(start, target) {
          const { root } = present(fragments[0], 'a fragment');
          target.set(network.contentOf(root).subarray(start, start + target.length));
        },
        close() {},
      }),
    },
    packs: {
      store: async ({ region, length }: PackContent) => network.add(region.bytes.subarray(0, length)),
      discard() {},
    },
  });
  return { index, packer };
}

/** Six objects in two batches; the third object is deleted again. */
async function fill(kv: Kv, network: TableNetwork): Promise<ReadonlyMap<string, Buffer>> {
  const index = new ObjectIndex(kv);
  const own = { owner, territory: 't', region: 'r', createdAtMs: 1, keyWraps: [], configurations: [] };
  await index.createBucket('b', { ...own, versioning: 'never' });
  const bodies = Array.from({ length: objects }, (_, n) => [`object-${n}`, randomBytes(sizeOf(n))] as const);
  for (const batch of [bodies.slice(0, 3), bodies.slice(3)]) await addBatch(index, network, batch);
  await index.deleteObject({ bucket: 'b', key: 'object-2' });
  return new Map(bodies.filter(([key]) => key !== 'object-2'));
}

/** Enters objects into bucket `b` whose bodies are stored as one batch. */
async function addBatch(
  index: ObjectIndex,
  network: TableNetwork,
  bodies: readonly (readonly [key: string, body: Buffer])[],
): Promise<void> {
  const pack = network.add(Buffer.concat(bodies.map(([, body]) => body)));
  let offset = 0;
  for (const [key, body] of bodies) {
    const fileId = createHash('sha256').update(key).digest();
    const ids = { owner, territory: 't', orderId: new Uint8Array(32), streamId: fileId };
    const sizes = {
      plaintextLength: body.length - 16,
      ciphertextLength: body.length,
      storedBytes: 0,
      segmentCount: 0,
    };
    const file = { fileId, file: { ...ids, ...sizes, createdAtMs: 1 }, wrapKey: () => fileId, segments: [] };
    const content = {
      size: 1,
      etag: key,
      lastModifiedMs: 1,
      contentType: '',
      headers: [],
      metadata: [],
      checksums: [],
    };
    const object = { ...content, checksumType: 'FULL_OBJECT' as const, extents: [{ fileId, offset: 0, length: 1 }] };
    await index.putObject({ bucket: 'b', key }, object, [{ ...file, within: { pack, offset } }]);
    offset += body.length;
  }
  await index.packs.close(pack.packId);
}

/** As the declarer does when the chain has recorded everything. */
async function settleOutbox(index: ObjectIndex): Promise<void> {
  const items = await index.listOutbox(1_000);
  await index.settleDeclarations(
    items.filter(({ entry }) => entry.type === 'Declare'),
    () => true,
  );
  await index.settleDeletions(items.filter(({ entry }) => entry.type === 'Delete'));
}

/** Every object has its bytes where its record says, whatever happened. */
async function assertReadable(
  kv: Kv,
  network: TableNetwork,
  bodies: ReadonlyMap<string, Buffer>,
): Promise<ReadonlySet<string>> {
  const index = new ObjectIndex(kv);
  const packs = new Set<string>();
  for (const [key, body] of bodies) {
    const [extent] = present(await index.getObject({ bucket: 'b', key }), key).extents;
    const { within } = present(await index.getFile(present(extent, 'an extent').fileId), 'the file');
    const { packId, offset } = present(within, 'the pack');
    assert.ok(body.equals(network.contentOf(packId).subarray(offset, offset + body.length)), key);
    packs.add(toHex(packId));
  }
  assert.ok(isIndexSound(checkIndex(kv)), JSON.stringify(checkIndex(kv)));
  return packs;
}

describe('packer', () => {
  it('moves all files of the batches to one pack, which is declared, and has the batches deleted', async () => {
    const [kv, network] = [createMemoryKv(), new TableNetwork()];
    const bodies = await fill(kv, network);
    const { index, packer } = packerOver(kv, network);
    assert.equal(await packer.runRound(signal), true);
    assert.equal((await assertReadable(kv, network, bodies)).size, 1);
    const outbox = (await index.listOutbox(10)).map(({ entry }) => entry.type);
    assert.deepEqual(outbox.sort(), ['Declare', 'Delete', 'Delete']);
    assert.equal(await packer.runRound(signal), false);
    assert.deepEqual([packer.counts.packs, packer.counts.files], [1, 5]);
  });

  it('killed at any write, loses no file: the next process goes on', async () => {
    for (let writes = 0, isKilled = true; isKilled; writes++) {
      const [kv, network] = [createMemoryKv(), new TableNetwork()];
      const bodies = await fill(kv, network);
      const first = packerOver(killedAt(kv, writes), network);
      isKilled = await first.packer.runRound(signal).then(
        () => false,
        (error: unknown) => {
          if (isCessError(error, 'KV_IO', 'KV_OUTCOME_UNKNOWN')) return true;
          throw error;
        },
      );
      await assertReadable(kv, network, bodies);
      const { packer } = packerOver(kv, network);
      await packer.start();
      await packer.stop();
      while (await packer.runRound(signal));
      const packs = await assertReadable(kv, network, bodies);
      for (const id of packs) {
        const record = await new ObjectIndex(kv).packs.get(Buffer.from(id, 'hex'));
        assert.deepEqual([record?.pack.kind, record?.pack.isOpen], ['sealed', false]);
      }
      assert.ok(writes < 50, 'a round ends');
    }
  });

  it('merges the small packs of a trickle: 32 objects, one at a time, leave at most six packs, each moved at most six times', async () => {
    const [kv, network] = [createMemoryKv(), new TableNetwork()];
    const { index, packer } = packerOver(kv, network);
    const own = { owner, territory: 't', region: 'r', createdAtMs: 1, keyWraps: [], configurations: [] };
    await index.createBucket('b', { ...own, versioning: 'never' });
    const bodies = new Map<string, Buffer>();
    for (let number = 0; number < 32; number++) {
      const object = [`object-${number}`, randomBytes(50)] as const;
      await addBatch(index, network, [object]);
      bodies.set(...object);
      while (await packer.runRound(signal));
      await settleOutbox(index);
    }
    const packs = await assertReadable(kv, network, bodies);
    assert.ok(packs.size <= 6, `${packs.size} packs`);
    assert.ok(packer.counts.files <= 32 * 6, `${packer.counts.files} moves`);
    assert.equal((await index.packs.listSmall({ owner, territory: 't' }, 100)).length, packs.size);
  });

  it('leaves a pack that cannot be read where it is, and packs the others', async () => {
    const [kv, network] = [createMemoryKv(), new TableNetwork()];
    const bodies = await fill(kv, network);
    const { index, packer } = packerOver(kv, network);
    const [damaged] = await index.packs.listPacking(1);
    const entries = [...kv.entries({})].filter(([key]) => key[0] === 'f'.charCodeAt(0));
    const [key] =
      entries.filter(([name]) => Buffer.from(name).includes(Buffer.from(present(damaged, 'a batch'))))[0] ?? [];
    const before = present(kv.get(present(key, 'its record')), 'its record');
    await kv.write([{ type: 'put', key: present(key, 'its record'), value: Uint8Array.of(0xff) }]);
    await packer.start();
    await packer.stop();
    await packer.runRound(signal);
    assert.equal(packer.setAside.size, 1);
    await kv.write([{ type: 'put', key: present(key, 'its record'), value: before }]);
    packer.setAside.retryAll();
    while (await packer.runRound(signal));
    await assertReadable(kv, network, bodies);
    assert.equal((await index.packs.listPacking(10)).length, 0);
  });
});
