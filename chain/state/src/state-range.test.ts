// SY-5.3: a state is fetched by ranges: every range is complete up to its last key, or it proves nothing.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCessError, toHex, utf8 } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { emptyRoot, readRange, StateStore, type TrieRoot } from './index.js';
import { createRandom, randomKey, randomValue, setEntry, sortedEntries } from './test-support/random-entries.js';

type Entries = readonly (readonly [Uint8Array, Uint8Array])[];

async function stateOf(entries: Entries): Promise<{ store: StateStore; root: TrieRoot; kv: Kv }> {
  const kv = createMemoryKv();
  const store = new StateStore(kv);
  const prepared = store.prepare(emptyRoot, entries);
  await kv.write(store.commit(prepared, new Uint8Array(32)));
  return { store, root: prepared.root, kv };
}

function randomEntries(seed: number, count: number) {
  const random = createRandom(seed);
  const model = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) setEntry(model, randomKey(random), randomValue(random));
  return { random, entries: sortedEntries(model) };
}

const recordCount = (kv: Kv): number => [...kv.entries({ gte: utf8('n'), lt: utf8('o') })].length;
const plain = (entries: Entries) => entries.map(([key, value]) => [toHex(key), toHex(value)]);

describe('ranges of a state', () => {
  it('put together they are the whole state, in a store without anything else', async () => {
    for (let seed = 0; seed < 12; seed++) {
      const { entries } = randomEntries(seed, 20 * seed);
      const { store, root, kv } = await stateOf(entries);
      const copied = createMemoryKv();
      let copy = new StateStore(copied);
      let reached = emptyRoot;
      let after: Uint8Array | undefined;
      let ranges = 0;
      const fetched: (readonly [Uint8Array, Uint8Array])[] = [];
      for (let isLast = false; !isLast; ranges++) {
        const items = store.createRangeProof(root, after, 300);
        const range = readRange(root.hash, items, after);
        assert.ok(range.ok);
        const extended = copy.extend(reached, range.value.entries);
        await copied.write(extended.operations);
        reached = extended.root;
        // As after a restart.
        copy = new StateStore(copied);
        fetched.push(...range.value.entries);
        after = range.value.entries.at(-1)?.[0];
        isLast = range.value.isLast;
      }
      assert.deepEqual(plain(fetched), plain(entries));
      assert.deepEqual(reached.hash, root.hash);
      await copied.write(copy.adopt(reached, new Uint8Array(32).fill(1)));
      assert.deepEqual(copy.rootOf(new Uint8Array(32).fill(1)), reached);
      assert.equal(recordCount(copied), recordCount(kv));
      if (seed > 3) assert.ok(ranges > 5, `${ranges} ranges`);
    }
  });

  it('without any of its items a range is shorter, or nothing, and never has a gap', async () => {
    const { entries, random } = randomEntries(77, 80);
    const { store, root } = await stateOf(entries);
    for (const at of [undefined, 10, 40]) {
      const after = at === undefined ? undefined : entries[at]?.[0];
      const rest = plain(entries.slice(at === undefined ? 0 : at + 1));
      const items = store.createRangeProof(root, after, 1_000);
      for (let i = 0; i < items.length; i++) {
        const range = readRange(
          root.hash,
          items.filter((_, other) => other !== i),
          after,
        );
        if (range.ok) assert.deepEqual(plain(range.value.entries), rest.slice(0, range.value.entries.length));
        else assert.ok(isCessError(range.error, 'PROOF_INCOMPLETE'));
      }
      const changed = items.map((item, i) => (i === 0 ? flip(item, random) : item));
      assert.ok(!readRange(root.hash, changed, after).ok, 'not the root');
    }
  });

  it('behind the last key nothing follows', async () => {
    const { entries } = randomEntries(5, 40);
    const { store, root } = await stateOf(entries);
    const last = entries.at(-1)?.[0];
    const range = readRange(root.hash, store.createRangeProof(root, last, 1_000), last);
    assert.deepEqual(range, { ok: true, value: { entries: [], isLast: true } });
  });
});

function flip(item: Uint8Array, random: () => number): Uint8Array {
  const changed = item.slice();
  const at = Math.floor(random() * changed.length);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
