// Honest providers never fail: the slice of a long run, with small fragments so that a round is cheap.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BatchItem, batchVerify, expandChallenge, proofGen, proofSizeBytes, verify } from '../index.js';
import {
  bls,
  contentOf,
  contextOf,
  honestKey,
  kernel,
  readerOf,
  seededRng,
  storeFragment,
} from '../test-support/world.js';

const { key, srsPoints } = honestKey;
const prover = { bls, kernel, srs: srsPoints };
const stored = Array.from({ length: 12 }, (_, i) =>
  storeFragment(contentOf(1 + 37 * i, `honest ${i}`), { fragment: i }),
);

test('PODR2-4: no honest provider fails in 1,000 rounds', () => {
  const rng = seededRng('honest rounds');
  for (let batch = 0; batch < 4; batch++) {
    const items = Array.from({ length: 250 }, (_, i): BatchItem => {
      const held = stored.filter((_, k) => ((i >> (k % 5)) & 1) === 1 || k === i % stored.length);
      const challenge = expandChallenge(contextOf(`honest ${batch}/${i}`, { provider: i }), held.slice(0, 3));
      const proof = proofGen(prover, challenge, readerOf(held));
      assert.ok(proof.ok);
      return { key, challenge, proof: proof.value };
    });
    assert.ok(batchVerify(bls, items, rng.bytes(32)).every((verdict) => verdict));
  }
});

test('arbitrary bytes are refused as a proof, never thrown at', () => {
  const challenge = expandChallenge(contextOf('bytes'), stored.slice(0, 1));
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.uint8Array({ minLength: proofSizeBytes, maxLength: proofSizeBytes }).map((all) => {
      // Flags of compressed points, so that more than the form is looked at.
      all[31]! &= 0x3f;
      all[32] = (all[32]! & 0x1f) | 0x80;
      all[80] = (all[80]! & 0x1f) | 0x80;
      return all;
    }),
  );
  fc.assert(
    fc.property(bytes, (proof) =>
      assert.deepEqual(verify(bls, key, challenge, proof), { ok: false, error: 'PROOF_MALFORMED' }),
    ),
    { seed: 20260106, numRuns: 300 },
  );
});
