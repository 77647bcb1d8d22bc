// The checks of a tagging key (docs/protocol/podr2.md §2). The chain checks possession. Every provider checks the SRS once,
// before it accepts a tag.
import { type Bls12, type G1Point, g1EncodedLength, type PointError } from '@cess/crypto';
import { equalBytes, err, ok, type Result, type Rng } from '@cess/primitives';
import { nonZeroFactors, widenFactors } from './block-point.js';
import { possessionPoint, srsHashOf, type TagPublicKey, tagKeyId, type VerifyingKey } from './keys.js';
import { sectorsPerBlock } from './parameters.js';

/** SRS_0 … SRS_(s-1), verified. */
export type Srs = readonly G1Point[];

export type KeyRefusal = PointError | 'SRS_HASH_LENGTH' | 'ALPHA_IS_ONE' | 'NO_POSSESSION';
export type SrsRefusal = PointError | 'SRS_HASH' | 'SRS_NOT_POWERS';

/** X and XA are distinct finite points of the subgroup, and their creator showed for this network that it knows x: e(PoP, g2) = e(H, X). */
export function checkPublicKey(bls: Bls12, key: TagPublicKey, genesis: Uint8Array): Result<VerifyingKey, KeyRefusal> {
  if (key.srsHash.length !== 32) return err('SRS_HASH_LENGTH');
  const x = bls.decodeG2(key.x);
  if (!x.ok) return x;
  const xAlpha = bls.decodeG2(key.xAlpha);
  if (!xAlpha.ok) return xAlpha;
  if (equalBytes(key.x, key.xAlpha)) return err('ALPHA_IS_ONE');
  const possession = bls.decodeG1(key.possession);
  if (!possession.ok) return possession;
  const known = bls.pairingProductIsOne([
    { g1: bls.negateG1(possession.value), g2: bls.generatorG2 },
    { g1: possessionPoint(bls, key, genesis), g2: x.value },
  ]);
  if (!known) return err('NO_POSSESSION');
  return ok({ id: tagKeyId(key), x: x.value, xAlpha: xAlpha.value, srsHash: key.srsHash });
}

/** SRS_0 = g1 and, with random rho: e(Σ rho_j SRS_(j+1), X) = e(Σ rho_j SRS_j, XA). A wrong SRS passes with probability 2^-128. */
export function checkSrs(bls: Bls12, key: VerifyingKey, srs: Uint8Array, rng: Rng): Result<Srs, SrsRefusal> {
  if (srs.length !== sectorsPerBlock * g1EncodedLength) return err('LENGTH');
  if (!equalBytes(srsHashOf(srs), key.srsHash)) return err('SRS_HASH');
  const points: G1Point[] = [];
  for (let at = 0; at < srs.length; at += g1EncodedLength) {
    const point = bls.decodeG1(srs.subarray(at, at + g1EncodedLength));
    if (!point.ok) return point;
    if (at === 0 && !bls.equalG1(point.value, bls.generatorG1)) return err('SRS_NOT_POWERS');
    points.push(point.value);
  }
  const factors = widenFactors(nonZeroFactors(rng.bytes((sectorsPerBlock - 1) * 16)));
  const isPowers = bls.pairingProductIsOne([
    { g1: bls.multiScalarMulG1(points.slice(1), factors), g2: key.x },
    { g1: bls.negateG1(bls.multiScalarMulG1(points.slice(0, -1), factors)), g2: key.xAlpha },
  ]);
  return isPowers ? ok(points) : err('SRS_NOT_POWERS');
}
