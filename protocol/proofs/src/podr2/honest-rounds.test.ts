// Honest providers never fail: the slice of a long run, with small fragments so that a round is cheap.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { expandChallenge, proofSizeBytes, verify } from '../index.js';
import { honestFailures } from '../test-support/honest-rounds.js';
import { bls, contentOf, contextOf, honestKey, storeFragment } from '../test-support/world.js';

const { key } = honestKey;

test('PODR2-4: no honest provider fails in 1,000 rounds', () => {
  assert.equal(honestFailures(1000, 'honest rounds'), 0);
});

test('arbitrary bytes are refused as a proof, never thrown at', () => {
  const challenge = expandChallenge(contextOf('bytes'), [storeFragment(contentOf(100, 'bytes'))]);
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
