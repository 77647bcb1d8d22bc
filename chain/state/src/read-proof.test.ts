// STORE-5: a record is proven against a state root by code that is not the node's. Oracle: smoldot's proof decoder.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { equalBytes, isCessError, toHex, toHex0x } from '@cess/primitives';
import { createMemoryKv } from '@cess/store';
import { emptyRoot, StateStore, verifyReadProof } from './index.js';
import { oracleCreateProof, oracleDecodeProof } from './test-support/oracle.js';
import { createRandom, randomKey, randomValue, setEntry, sortedEntries } from './test-support/random-entries.js';

async function randomState(seed: number) {
  const random = createRandom(seed);
  const model = new Map<string, Uint8Array>();
  for (let i = 0; i < 60; i++) setEntry(model, randomKey(random), randomValue(random));
  const entries = sortedEntries(model);
  const kv = createMemoryKv();
  const store = new StateStore(kv);
  const prepared = store.prepare(emptyRoot, entries);
  await kv.write(store.commit(prepared, new Uint8Array(32)));
  return { random, model, entries, store, root: prepared.root };
}

describe('read proofs', () => {
  it('prove presence and absence, and the oracle reads the same values from them', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { random, model, entries, store, root } = await randomState(seed);
      const keys = [entries[0]![0], entries[entries.length >> 1]![0], randomKey(random), randomKey(random)];
      const proof = store.createReadProof(root, keys);
      const decoded = await oracleDecodeProof(root.hash, proof);
      for (const key of keys) {
        const expected = model.get(toHex(key));
        assert.deepEqual(verifyReadProof(root.hash, proof, key), {
          ok: true,
          value: expected ? { type: 'present', value: expected } : { type: 'absent' },
        });
        if (expected) assert.equal(decoded.get(toHex0x(key)), toHex0x(expected));
      }
    }
  });

  it('a proof of the oracle is accepted', async () => {
    const { entries } = await randomState(99);
    const small = entries.filter(([key]) => key.length > 0);
    const { root, nodes } = await oracleCreateProof(small);
    for (const [key, value] of small) {
      assert.deepEqual(verifyReadProof(root, nodes, key), { ok: true, value: { type: 'present', value } });
    }
  });

  it('no part can be left out or changed, and a foreign root proves nothing', async () => {
    const { entries, store, root } = await randomState(7);
    for (const [key, value] of entries) {
      const proof = store.createReadProof(root, [key]);
      for (let i = 0; i < proof.length; i++) {
        const without = proof.filter((_, j) => j !== i);
        const missing = verifyReadProof(root.hash, without, key);
        assert.equal(missing.ok, false);
        assert.ok(!missing.ok && isCessError(missing.error, 'PROOF_INCOMPLETE'));
        const changed = proof.map((item, j) => (j === i ? flipBit(item, i * 7) : item));
        const forged = verifyReadProof(root.hash, changed, key);
        assert.ok(!forged.ok || (forged.value.type === 'present' && equalBytes(forged.value.value, value)));
        assert.equal(forged.ok, false);
      }
      const other = root.hash.slice();
      other[0]! ^= 1;
      assert.equal(verifyReadProof(other, proof, key).ok, false);
    }
  });

  it('oversized proofs are refused before hashing', () => {
    const many = new Array<Uint8Array>(5000).fill(new Uint8Array(1));
    const result = verifyReadProof(new Uint8Array(32), many, new Uint8Array([1]));
    assert.ok(!result.ok && isCessError(result.error, 'PROOF_TOO_LARGE'));
  });
});

function flipBit(bytes: Uint8Array, at: number): Uint8Array {
  const out = bytes.slice();
  out[at % out.length]! ^= 1 << (at % 8);
  return out;
}
