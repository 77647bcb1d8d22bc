// Many versions over one store: forks do not disturb each other, pruning leaves what is kept and nothing else.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blake2_256 } from '@cess/crypto';
import { toHex, utf8 } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { emptyRoot, StateReader, StateStore, type TrieRoot } from './index.js';
import { createRandom, randomKey, randomValue, setEntry } from './test-support/random-entries.js';

function content(kv: Kv, root: TrieRoot): Map<string, string> {
  const reader = new StateReader(kv);
  return new Map([...reader.keys(root, new Uint8Array(0))].map((key) => [toHex(key), toHex(reader.get(root, key)!)]));
}

function recordCount(kv: Kv): number {
  return [...kv.entries({ gte: utf8('n'), lt: utf8('o') })].length;
}

function hashOf(name: string): Uint8Array {
  return blake2_256(utf8(name));
}

describe('states of many blocks', () => {
  it('pruning and discarding keep every other version whole, and leave no record behind', async () => {
    const random = createRandom(3);
    const kv = createMemoryKv();
    const store = new StateStore(kv);
    const models = new Map<string, Map<string, Uint8Array>>();
    const commit = async (parent: string | undefined, name: string) => {
      const model = new Map(parent === undefined ? [] : models.get(parent));
      const changes = new Map<string, [Uint8Array, Uint8Array | undefined]>();
      for (let i = 0; i < 12; i++) {
        const key = randomKey(random);
        const value = random() < 0.4 ? undefined : randomValue(random);
        changes.set(toHex(key), [key, value]);
        setEntry(model, key, value);
      }
      const base = parent === undefined ? emptyRoot : store.requireRoot(hashOf(parent));
      await kv.write(store.commit(store.prepare(base, changes.values()), hashOf(name)));
      models.set(name, model);
    };
    const check = (name: string) => {
      const expected = new Map([...models.get(name)!].map(([key, value]) => [key, toHex(value)]));
      const actual = content(kv, store.requireRoot(hashOf(name)));
      assert.deepEqual([...actual].sort(), [...expected].sort(), name);
    };

    await commit(undefined, '0');
    for (let n = 1; n <= 30; n++) {
      await commit(String(n - 1), String(n));
      if (n % 5 === 0) {
        await commit(String(n - 1), `${n}-fork`);
        await commit(`${n}-fork`, `${n + 1}-fork`);
        check(`${n + 1}-fork`);
        await kv.write([...store.discard(hashOf(`${n}-fork`)), ...store.discard(hashOf(`${n + 1}-fork`))]);
        assert.equal(store.rootOf(hashOf(`${n}-fork`)), undefined);
      }
      if (n > 4) {
        await kv.write(store.prune(hashOf(String(n - 5)), hashOf(String(n - 4))));
        assert.throws(() => store.requireRoot(hashOf(String(n - 5))), { code: 'STATE_PRUNED' });
      }
      for (let kept = Math.max(0, n - 4); kept <= n; kept++) check(String(kept));
    }
    for (let n = 26; n < 30; n++) await kv.write(store.prune(hashOf(String(n)), hashOf(String(n + 1))));
    check('30');

    const rebuilt = createMemoryKv();
    const fresh = new StateStore(rebuilt);
    const entries = [...models.get('30')!].map(([key, value]) => [Buffer.from(key, 'hex'), value] as const);
    await rebuilt.write(fresh.commit(fresh.prepare(emptyRoot, entries), hashOf('30')));
    assert.equal(recordCount(kv), recordCount(rebuilt), 'only the records of the last version are left');
    assert.equal(toHex(store.requireRoot(hashOf('30')).hash), toHex(fresh.requireRoot(hashOf('30')).hash));
  });

  it('ids continue after reopening', async () => {
    const kv = createMemoryKv();
    const first = new StateStore(kv);
    await kv.write(first.commit(first.prepare(emptyRoot, [[utf8('a'), new Uint8Array(40)]]), hashOf('a')));
    const second = new StateStore(kv);
    const base = second.requireRoot(hashOf('a'));
    const prepared = second.prepare(base, [[utf8('b'), new Uint8Array(40)]]);
    await kv.write(second.commit(prepared, hashOf('b')));
    assert.deepEqual(second.get(prepared.root, utf8('a')), new Uint8Array(40));
    assert.equal(second.get(base, utf8('b')), undefined);
  });
});
