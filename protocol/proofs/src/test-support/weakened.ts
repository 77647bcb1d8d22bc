// Variants of the scheme with one rule left out each. Attacks must work against them: that shows that the tests of the
// rules could fail.
import { type Bls12, type G1Point, integerOfBytes, reduceScalar, scalarBytes, sha256 } from '@cess/crypto';
import { concatBytes } from '@cess/primitives';
import {
  type BatchItem,
  type Challenge,
  type FragmentIdentity,
  fragmentTagId,
  type VerifyingKey,
  verify,
} from '../index.js';
import { blockPoint } from '../podr2/block-point.js';
import { challengedPoint } from '../podr2/verify.js';
import { withChanges } from './with-changes.js';

/** The scalar that stands for H in `withScalarHash`. */
export function scalarHash(message: Uint8Array): bigint {
  return reduceScalar(integerOfBytes(sha256(message)));
}

/** Blocks are h(id ‖ i) · U for a point U of unknown logarithm, instead of hashes to the curve. */
export function withScalarHash(bls: Bls12): Bls12 {
  const u = blockPoint(bls, new Uint8Array(32), 0);
  return withChanges(bls, {
    hashToG1: (message: Uint8Array): G1Point => bls.mulG1(u, scalarBytes(scalarHash(message))),
  });
}

/** Points outside the subgroup are taken. */
export function withoutSubgroupCheck(bls: Bls12): Bls12 {
  return withChanges(bls, {
    decodeG1: (bytes, options = {}) => bls.decodeG1(bytes, { ...options, trusted: true }),
  });
}

/** The same point r in every round. */
export function withFixedPoint(challenge: Challenge): Challenge {
  return { ...challenge, point: scalarBytes(12345n) };
}

/** The id without the root: two contents share it. */
export function idWithoutRoot(identity: FragmentIdentity): Uint8Array {
  return fragmentTagId({ ...identity, root: new Uint8Array(32) });
}

/** The id without the key: tags of two keys share it. */
export function idWithoutKey(identity: FragmentIdentity): Uint8Array {
  return fragmentTagId({ ...identity, keyId: new Uint8Array(32) });
}

/** The provider says which blocks it was asked for. */
export function verifyWithSuppliedList(
  bls: Bls12,
  key: VerifyingKey,
  { challenge, proof }: { readonly challenge: Challenge; readonly proof: Uint8Array },
): boolean {
  return verify(bls, key, challenge, proof).ok;
}

/** One equation with weights that were known before the proofs. */
export function batchWithKnownWeights(bls: Bls12, items: readonly BatchItem[], weights: readonly bigint[]): boolean {
  const point = (bytes: Uint8Array): G1Point => {
    const decoded = bls.decodeG1(bytes, { allowInfinity: true });
    if (!decoded.ok) throw new Error(decoded.error);
    return decoded.value;
  };
  const terms = items.flatMap(({ key, challenge, proof }, i) => {
    const scaled = (value: bigint): Uint8Array => scalarBytes(reduceScalar(value * weights[i]!));
    const psi = point(proof.subarray(32, 80));
    const r = integerOfBytes(challenge.point);
    const content = bls.multiScalarMulG1(
      [challengedPoint(bls, challenge), bls.generatorG1, psi],
      concatBytes(scaled(1n), scaled(integerOfBytes(proof.subarray(0, 32))), scaled(-r)),
    );
    return [
      { g1: bls.mulG1(point(proof.subarray(80)), scaled(-1n)), g2: bls.generatorG2 },
      { g1: content, g2: key.x },
      { g1: bls.mulG1(psi, scaled(1n)), g2: key.xAlpha },
    ];
  });
  return bls.pairingProductIsOne(terms);
}
