// Vectors of what an enclave signs of a round (docs/protocol/audit.md §4).
import { createEd25519Signer } from '@cess/crypto';
import { toHex } from '@cess/primitives';
import { verdictDigest } from '@cess/types';
import { pattern, type VectorFile } from './vector.js';

export function verdictVectors(): VectorFile {
  const enclaveSeed = pattern(32, 120);
  const [genesis, keyId, seed, proof] = [pattern(32, 121), pattern(32, 122), pattern(64, 123), pattern(128, 124)];
  const ref = { provider: 7, round: 5, openedAt: 4_321 };
  return [true, false].map((passed) => {
    const digest = verdictDigest(genesis, 3, { ...ref, keyId, seed, proof, passed });
    const bytes = { genesis: toHex(genesis), keyId: toHex(keyId), seed: toHex(seed), proof: toHex(proof) };
    return {
      name: `verdict: ${passed ? 'passed' : 'failed'}`,
      input: { worker: 3, ...ref, ...bytes, passed, enclaveSeed: toHex(enclaveSeed) },
      output: { digest: toHex(digest), signature: toHex(createEd25519Signer(enclaveSeed).sign(digest)) },
    };
  });
}
