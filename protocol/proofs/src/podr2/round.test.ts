// A round from tags to verdicts: what is honest passes, whatever is changed fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { integerOfBytes, reduceScalar, scalarBytes, scalarOrder } from '@cess/crypto';
import { concatBytes } from '@cess/primitives';
import fc from 'fast-check';
import { blockOf, blockSizeBytes, expandChallenge, proofGen, verify } from '../index.js';
import {
  bls,
  contentOf,
  contextOf,
  honestKey,
  kernel,
  readerOf,
  type StoredFragment,
  storeFragment,
} from '../test-support/world.js';

const seed = 20260103;
const { key, srsPoints } = honestKey;
const prover = { bls, kernel, srs: srsPoints };

function proofOf(fragments: readonly StoredFragment[], beacon: string) {
  const challenge = expandChallenge(contextOf(beacon), fragments);
  const proof = proofGen(prover, challenge, readerOf(fragments));
  assert.ok(proof.ok);
  return { challenge, proof: proof.value };
}

const stored = [1, 30, 31, 32, blockSizeBytes - 1, blockSizeBytes, blockSizeBytes + 1, 5 * blockSizeBytes - 700].map(
  (length, i) => storeFragment(contentOf(length, `${i}`), { fragment: i }),
);
const zeros = storeFragment(new Uint8Array(2 * blockSizeBytes), { fragment: 20 });

test('PODR2-3: a provider that has everything passes, with 128 bytes for any number of fragments', () => {
  fc.assert(
    fc.property(fc.subarray([...stored, zeros], { minLength: 1 }), fc.nat(), (fragments, beacon) => {
      const { challenge, proof } = proofOf(fragments, `${beacon}`);
      assert.equal(proof.length, 128);
      assert.deepEqual(verify(bls, key, challenge, proof), { ok: true, value: undefined });
    }),
    { seed, numRuns: 20 },
  );
});

test('a fragment of zeros, whose psi is infinity, passes too', () => {
  const { challenge, proof } = proofOf([zeros], 'zeros');
  assert.equal(proof[32], 0xc0);
  assert.equal(verify(bls, key, challenge, proof).ok, true);
});

test('PODR2-4: one changed byte in any challenged block fails', () => {
  fc.assert(
    fc.property(fc.constantFrom(...stored), fc.nat(), fc.integer({ min: 1, max: 255 }), (fragment, at, change) => {
      const bytes = fragment.bytes.slice();
      bytes[at % bytes.length]! ^= change;
      const { challenge, proof } = proofOf([{ ...fragment, bytes }], `byte ${at}`);
      assert.deepEqual(verify(bls, key, challenge, proof), { ok: false, error: 'PROOF_WRONG' });
    }),
    { seed, numRuns: 15 },
  );
});

test('PODR2-4: blocks and tags that changed places, in one fragment or between two, fail', () => {
  const large = stored.at(-1)!;
  const swapped = large.bytes.slice();
  swapped.set(blockOf(large.bytes, 1), 0);
  swapped.set(blockOf(large.bytes, 0), blockSizeBytes);
  const tags = concatBytes(large.tags.subarray(48, 96), large.tags.subarray(0, 48), large.tags.subarray(96));
  const swaps: StoredFragment[] = [
    { ...large, bytes: swapped },
    { ...large, tags },
    { ...large, bytes: swapped, tags },
    { ...large, bytes: zeros.bytes, tags: concatBytes(zeros.tags, large.tags.subarray(96)) },
  ];
  for (const fragment of swaps) {
    const { challenge, proof } = proofOf([fragment], 'swap');
    assert.equal(verify(bls, key, challenge, proof).ok, false);
  }
});

test('a proof of another round, provider or set of fragments fails', () => {
  const fragments = stored.slice(5);
  const { proof } = proofOf(fragments, 'now');
  const others = [
    expandChallenge(contextOf('later'), fragments),
    expandChallenge(contextOf('now', { provider: 7 }), fragments),
    expandChallenge(contextOf('now'), fragments.slice(1)),
    expandChallenge(contextOf('now'), [...fragments, zeros]),
  ];
  for (const challenge of others) assert.equal(verify(bls, key, challenge, proof).ok, false);
});

test('no part of a proof can be changed', () => {
  const { challenge, proof } = proofOf(stored, 'parts');
  const y = integerOfBytes(proof.subarray(0, 32));
  const part = (value: Uint8Array, at: number): Uint8Array => {
    const changed = proof.slice();
    changed.set(value, at);
    return changed;
  };
  const shifted = (at: number): Uint8Array => {
    const point = bls.decodeG1(proof.subarray(at, at + 48));
    assert.ok(point.ok);
    return bls.encodeG1(bls.addG1(point.value, bls.generatorG1));
  };
  const errorOf = (changed: Uint8Array): string => {
    const result = verify(bls, key, challenge, changed);
    return result.ok ? 'accepted' : result.error;
  };
  assert.equal(errorOf(proof), 'accepted');
  assert.equal(errorOf(part(scalarBytes(reduceScalar(y + 1n)), 0)), 'PROOF_WRONG');
  assert.equal(errorOf(part(shifted(32), 32)), 'PROOF_WRONG');
  assert.equal(errorOf(part(shifted(80), 80)), 'PROOF_WRONG');
  assert.equal(errorOf(proof.subarray(1)), 'PROOF_MALFORMED');
  assert.equal(errorOf(concatBytes(proof, Uint8Array.of(0))), 'PROOF_MALFORMED');
  const infinity = new Uint8Array(48);
  infinity[0] = 0xc0;
  assert.equal(errorOf(part(infinity, 80)), 'PROOF_MALFORMED');
  assert.equal(errorOf(part(infinity, 32)), 'PROOF_WRONG');
});

test('y has one encoding: y + r is refused', () => {
  // The y of zeros is 0, so r itself is its second encoding.
  const { challenge, proof } = proofOf([zeros], 'canonical');
  const order = scalarBytes(scalarOrder - 1n);
  order[0]! += 1;
  const again = concatBytes(order, proof.subarray(32));
  assert.equal(integerOfBytes(proof.subarray(0, 32)), 0n);
  assert.deepEqual(verify(bls, key, challenge, again), { ok: false, error: 'PROOF_MALFORMED' });
});

test('bytes in place of a stored tag end the proof with a reason', () => {
  const fragment = { ...stored[7]!, tags: new Uint8Array(stored[7]!.tags.length) };
  const challenge = expandChallenge(contextOf('damaged'), [fragment]);
  assert.deepEqual(proofGen(prover, challenge, readerOf([fragment])), { ok: false, error: 'TAG_DAMAGED' });
});

test('a challenge is not verified with another key than its own', () => {
  const { challenge, proof } = proofOf([zeros], 'key');
  assert.throws(() => verify(bls, { ...key, id: new Uint8Array(32) }, challenge, proof), /its key/);
});
