// Rounds of honest providers with small fragments, so that many of them are cheap.
import { invariant } from '@cess/primitives';
import { type BatchItem, batchVerify, expandChallenge, proofGen } from '../index.js';
import { bls, contentOf, contextOf, honestKey, kernel, readerOf, seededRng, storeFragment } from './world.js';

/** Verdicts against honest providers in that many rounds; 0 is right. */
export function honestFailures(rounds: number, seed: string): number {
  const { key, srsPoints } = honestKey;
  const stored = Array.from({ length: 12 }, (_, i) =>
    storeFragment(contentOf(1 + 13 * i, `${seed}/${i}`), { fragment: i }),
  );
  const rng = seededRng(seed);
  let failures = 0;
  for (let done = 0; done < rounds; done += 250) {
    const items = Array.from({ length: Math.min(250, rounds - done) }, (_, i): BatchItem => {
      const held = stored.filter((_, k) => ((i >> (k % 5)) & 1) === 1 || k === i % stored.length).slice(0, 3);
      const challenge = expandChallenge(contextOf(`${seed}/${done + i}`, { provider: i }), held);
      const proof = proofGen({ bls, kernel, srs: srsPoints }, challenge, readerOf(held));
      invariant(proof.ok, 'an honest provider has its tags');
      return { key, challenge, proof: proof.value };
    });
    failures += batchVerify(bls, items, rng.bytes(32)).filter((verdict) => !verdict).length;
  }
  return failures;
}
