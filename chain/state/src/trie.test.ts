// CHAIN-3: the state root is Substrate's. Oracle: smoldot's trie (Chopsticks executor).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blake2_256 } from '@cess/crypto';
import { compareBytes, toHex } from '@cess/primitives';
import { createMemoryKv } from '@cess/store';
import { emptyRoot, emptyTrieRoot, orderedTrieRoot, StateReader, StateStore, trieRootOf } from './index.js';
import { decodeNode, encodeNode } from './node-codec.js';
import { oracleRoot } from './test-support/oracle.js';
import { createRandom, randomKey, randomValue, setEntry, sortedEntries } from './test-support/random-entries.js';

describe('state trie', () => {
  it('the empty trie has the root of the specification', () => {
    assert.deepEqual(emptyTrieRoot, blake2_256(new Uint8Array([0])));
    assert.deepEqual(trieRootOf([], 1), emptyTrieRoot);
    assert.deepEqual(orderedTrieRoot([], 0), emptyTrieRoot);
  });

  it('roots of random sets equal the oracle in versions 0 and 1', async () => {
    const random = createRandom(1);
    for (let run = 0; run < 200; run++) {
      const model = new Map<string, Uint8Array>();
      for (let i = Math.floor(random() * 40); i >= 0; i--) setEntry(model, randomKey(random), randomValue(random));
      const entries = sortedEntries(model);
      for (const version of [0, 1] as const) {
        assert.equal(toHex(trieRootOf(entries, version)), toHex(await oracleRoot(entries, version)), `run ${run}`);
        assert.equal(toHex(trieRootOf(entries.toReversed(), version)), toHex(trieRootOf(entries, version)));
      }
    }
  });

  it('incremental changes over the store give the same root as a rebuild, and reads equal the model', async () => {
    for (let seed = 10; seed < 18; seed++) {
      const random = createRandom(seed);
      const kv = createMemoryKv();
      const store = new StateStore(kv, seed % 2 === 0 ? 20_000 : undefined);
      const model = new Map<string, Uint8Array>();
      let root = emptyRoot;
      for (let block = 0; block < 40; block++) {
        const changes = new Map<string, [Uint8Array, Uint8Array | undefined]>();
        for (let i = Math.floor(random() * 25); i >= 0; i--) {
          const key = randomKey(random);
          const value = random() < (block > 25 ? 0.8 : 0.3) ? undefined : randomValue(random);
          changes.set(toHex(key), [key, value]);
          setEntry(model, key, value);
        }
        const prepared = store.prepare(root, changes.values());
        await kv.write(store.commit(prepared, blockHash(block)));
        root = prepared.root;
        const entries = sortedEntries(model);
        assert.equal(toHex(root.hash), toHex(await oracleRoot(entries, 1)), `seed ${seed} block ${block}`);
        const reader = new StateReader(kv);
        assert.deepEqual(
          [...reader.keys(root, new Uint8Array(0))].map(toHex),
          entries.map(([key]) => toHex(key)),
        );
        for (const [key, value] of entries) assert.deepEqual(store.get(root, key), value);
        const missing = randomKey(random);
        assert.deepEqual(reader.get(root, missing), model.get(toHex(missing)));
      }
    }
  });

  it('keys of a prefix come in order, after a start key, up to a limit', async () => {
    const random = createRandom(5);
    const kv = createMemoryKv();
    const store = new StateStore(kv);
    const model = new Map<string, Uint8Array>();
    for (let i = 0; i < 300; i++) setEntry(model, randomKey(random), randomValue(random));
    const entries = sortedEntries(model);
    const prepared = store.prepare(emptyRoot, entries);
    await kv.write(store.commit(prepared, blockHash(0)));
    for (let i = 0; i < 500; i++) {
      const prefix = randomKey(random).slice(0, 2);
      const startAfter = random() < 0.6 ? randomKey(random) : undefined;
      const limit = Math.floor(random() * 8);
      const expected = entries
        .map(([key]) => key)
        .filter((key) => compareBytes(key.slice(0, prefix.length), prefix) === 0)
        .filter((key) => !startAfter || compareBytes(key, startAfter) > 0)
        .slice(0, limit);
      assert.deepEqual([...store.keys(prepared.root, prefix, startAfter, limit)].map(toHex), expected.map(toHex));
    }
  });

  it('an unchanged state prepares nothing', async () => {
    const kv = createMemoryKv();
    const store = new StateStore(kv);
    const value = new Uint8Array(50);
    const key = new Uint8Array([1, 2]);
    const builder = store.prepare(emptyRoot, [[key, value]]);
    assert.equal(builder.records.length, 2);
    await kv.write(store.commit(builder, blockHash(0)));
    for (const change of [[key, value] as const, [new Uint8Array([9]), undefined] as const]) {
      const again = store.prepare(builder.root, [change]);
      assert.deepEqual([again.root, again.records, again.obsolete], [builder.root, [], []]);
    }
  });

  it('malformed node encodings are refused', () => {
    const valid = encodeNode({
      partial: new Uint8Array([1, 2, 3]),
      value: { type: 'inline', bytes: new Uint8Array([7, 7]) },
      children: undefined,
    });
    assert.deepEqual(encodeNode(decodeNode(valid)), valid);
    const bad: [string, number[]][] = [
      ['empty', []],
      ['empty trie marker', [0]],
      ['reserved', [1]],
      ['truncated', [...valid.subarray(0, valid.length - 1)]],
      ['trailing', [...valid, 0]],
      ['padding', [0x41, 0x10, 0]],
      ['branch without children', [0x80, 0, 0]],
      ['non-canonical length', [0x40, 0x05, 0x00, 7]],
      ['endless partial key', [0x7f, ...new Array<number>(30).fill(255)]],
    ];
    for (const [name, bytes] of bad) {
      assert.throws(() => decodeNode(Uint8Array.from(bytes)), { code: 'TRIE_NODE_MALFORMED' }, name);
    }
  });
});

function blockHash(number: number): Uint8Array {
  return blake2_256(new Uint8Array([number & 0xff, number >>> 8]));
}
