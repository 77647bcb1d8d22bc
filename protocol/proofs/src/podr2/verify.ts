// Verify (PODR2-1, PODR2-3, docs/protocol/podr2.md §5): the verification of one proof. It is deterministic, so a chain can
// execute it.
//   W = Σ v_(k,i) H(id_k ‖ i);  accept iff e(sigma, g2) = e(W + y·g1 - r·psi, X) · e(psi, XA)
import { type Bls12, type G1Point, integerOfBytes, reduceScalar, scalarBytes } from '@cess/crypto';
import { concatBytes, equalBytes, err, invariant, ok, type Result } from '@cess/primitives';
import { blockPoint, widenFactors } from './block-point.js';
import type { Challenge } from './challenge.js';
import type { VerifyingKey } from './keys.js';
import { parseProof } from './proof.js';

export type ProofRefusal = 'PROOF_MALFORMED' | 'PROOF_WRONG';

/** W: the sum of the points of all challenged blocks. This is most of the work of a verification. */
export function challengedPoint(bls: Bls12, challenge: Challenge): G1Point {
  const points = challenge.fragments.flatMap(({ id, indices }) => indices.map((index) => blockPoint(bls, id, index)));
  return bls.multiScalarMulG1(points, widenFactors(concatBytes(...challenge.fragments.map(({ factors }) => factors))));
}

/** Ok if the proof answers the challenge. The verifier expands the challenge itself, from the beacon and the registry. */
export function verify(
  bls: Bls12,
  key: VerifyingKey,
  challenge: Challenge,
  proof: Uint8Array,
): Result<undefined, ProofRefusal> {
  invariant(equalBytes(key.id, challenge.keyId), 'a challenge is verified with its key');
  const parsed = parseProof(bls, proof);
  if (!parsed.ok) return parsed;
  const { y, psi, sigma } = parsed.value;
  const minusR = scalarBytes(reduceScalar(-integerOfBytes(challenge.point)));
  const content = bls.multiScalarMulG1([bls.generatorG1, psi], concatBytes(y, minusR));
  const right = bls.pairingProductIsOne([
    { g1: bls.negateG1(sigma), g2: bls.generatorG2 },
    { g1: bls.addG1(challengedPoint(bls, challenge), content), g2: key.x },
    { g1: psi, g2: key.xAlpha },
  ]);
  return right ? ok(undefined) : err('PROOF_WRONG');
}
