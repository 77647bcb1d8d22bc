// The overlay behaves like a plain ordered map with nested transactions.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareBytes, toHex } from '@cess/primitives';
import { createMemoryKv } from '@cess/store';
import { emptyRoot, OverlayState, StateStore, trieRootOf } from './index.js';
import { createRandom, randomKey, randomValue, setEntry, sortedEntries } from './test-support/random-entries.js';

type Model = Map<string, Uint8Array>;

describe('overlay', () => {
  it('random changes in nested transactions read, iterate and hash like a model', async () => {
    for (let seed = 0; seed < 12; seed++) {
      const random = createRandom(seed);
      const kv = createMemoryKv();
      const store = new StateStore(kv);
      let model: Model = new Map();
      for (let i = 0; i < 40; i++) setEntry(model, randomKey(random), randomValue(random));
      const prepared = store.prepare(emptyRoot, sortedEntries(model));
      await kv.write(store.commit(prepared, new Uint8Array(32)));

      const overlay = new OverlayState(store, prepared.root);
      const stack: Model[] = [];
      for (let step = 0; step < 300; step++) {
        const action = random();
        if (action < 0.1) {
          overlay.beginTransaction();
          stack.push(new Map(model));
        } else if (action < 0.16 && stack.length > 0) {
          overlay.commitTransaction();
          stack.pop();
        } else if (action < 0.22 && stack.length > 0) {
          overlay.rollbackTransaction();
          model = stack.pop()!;
        } else {
          const key = randomKey(random);
          const value = random() < 0.4 ? undefined : randomValue(random);
          if (value) overlay.put(key, value);
          else overlay.delete(key);
          setEntry(model, key, value);
        }
        const probe = randomKey(random);
        assert.deepEqual(overlay.get(probe), model.get(toHex(probe)));
        const prefix = randomKey(random).slice(0, 1);
        const startAfter = random() < 0.5 ? randomKey(random) : undefined;
        const limit = random() < 0.5 ? Math.floor(random() * 5) : undefined;
        const expected = sortedEntries(model)
          .map(([key]) => key)
          .filter((key) => compareBytes(key.slice(0, prefix.length), prefix) === 0)
          .filter((key) => !startAfter || compareBytes(key, startAfter) > 0)
          .slice(0, limit);
        assert.deepEqual([...overlay.keys(prefix, startAfter, limit)].map(toHex), expected.map(toHex));
        if (step % 20 === 0) assert.equal(toHex(overlay.storageRoot()), toHex(trieRootOf(sortedEntries(model), 1)));
      }
    }
  });

  it('iteration may delete what it passes', () => {
    const overlay = new OverlayState(new StateStore(createMemoryKv()), emptyRoot);
    for (let i = 0; i < 10; i++) overlay.put(new Uint8Array([1, i]), new Uint8Array([i]));
    const seen: number[] = [];
    for (const key of overlay.keys(new Uint8Array([1]))) {
      seen.push(key[1]!);
      overlay.delete(key);
    }
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual([...overlay.keys(new Uint8Array([1]))], []);
  });

  it('values handed in and out are copies', () => {
    const overlay = new OverlayState(new StateStore(createMemoryKv()), emptyRoot);
    const value = new Uint8Array([1]);
    overlay.put(new Uint8Array([1]), value);
    value[0] = 2;
    overlay.get(new Uint8Array([1]))![0] = 3;
    assert.deepEqual(overlay.get(new Uint8Array([1])), new Uint8Array([1]));
  });
});
