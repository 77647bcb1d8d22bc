// KeyGen (PODR2-1, docs/protocol/podr2.md §2): the tagging key of a TEE worker.
//   sk = (x, alpha); X = x·g2, XA = x·alpha·g2, SRS_j = alpha^j·g1 for j < s, PoP = x·H("CESS/PoDR2/pop/v2" ‖ genesis ‖ X ‖ XA ‖ srsHash)
//   srsHash = SHA-256("CESS/PoDR2/srs/v1" ‖ SRS), key id = SHA-256("CESS/PoDR2/key/v1" ‖ X ‖ XA ‖ srsHash)
// X, XA, srsHash and PoP are on chain. The worker serves the SRS, which its hash identifies.
import {
  type Bls12,
  type G1Point,
  type G2Point,
  integerOfBytes,
  reduceScalar,
  scalarBytes,
  scalarOrder,
  sha256,
  sha512,
} from '@cess/crypto';
import { concatBytes, type Rng, utf8 } from '@cess/primitives';
import { curveDomain, sectorsPerBlock } from './parameters.js';
import { exactly, u32Bytes } from './preimage.js';

const possessionDomain = utf8('CESS/PoDR2/pop/v2');
const srsDomain = utf8('CESS/PoDR2/srs/v1');
const keyDomain = utf8('CESS/PoDR2/key/v1');

/** Never leaves the enclave. x and alpha are scalars. */
export interface TagSecret {
  readonly x: Uint8Array;
  readonly alpha: Uint8Array;
  /** Id of the key with this secret. */
  readonly keyId: Uint8Array;
}

/** The parts of a tagging key on chain. */
export interface TagPublicKey {
  /** X, 96 bytes. */
  readonly x: Uint8Array;
  /** XA, 96 bytes. */
  readonly xAlpha: Uint8Array;
  readonly srsHash: Uint8Array;
  /** PoP, 48 bytes. */
  readonly possession: Uint8Array;
}

/** A public key that passed its check. */
export interface VerifyingKey {
  readonly id: Uint8Array;
  readonly x: G2Point;
  readonly xAlpha: G2Point;
  readonly srsHash: Uint8Array;
}

export interface GeneratedKey {
  readonly secret: TagSecret;
  readonly publicKey: TagPublicKey;
  /** s points, 48 bytes each. */
  readonly srs: Uint8Array;
}

/** A scalar other than 0 and 1 from 64 uniform bytes; the bias is below 2^-256. */
export function scalarFromUniform(bytes: Uint8Array): Uint8Array {
  return scalarBytes((integerOfBytes(exactly(64, bytes, 'uniform input')) % (scalarOrder - 2n)) + 2n);
}

/** Generates a tagging key for one network. */
export function keyGen(bls: Bls12, rng: Rng, genesis: Uint8Array): GeneratedKey {
  const secretX = scalarFromUniform(rng.bytes(64));
  const secretAlpha = scalarFromUniform(rng.bytes(64));
  const alpha = integerOfBytes(secretAlpha);
  const points: G1Point[] = [];
  for (let power = 1n; points.length < sectorsPerBlock; power = reduceScalar(power * alpha)) {
    points.push(bls.mulG1(bls.generatorG1, scalarBytes(power)));
  }
  const srs = bls.encodeManyG1(points);
  const pointX = bls.mulG2(bls.generatorG2, secretX);
  const x = bls.encodeG2(pointX);
  const xAlpha = bls.encodeG2(bls.mulG2(pointX, secretAlpha));
  const key = { x, xAlpha, srsHash: srsHashOf(srs) };
  const publicKey: TagPublicKey = { ...key, possession: provePossession(bls, secretX, key, genesis) };
  return { secret: { x: secretX, alpha: secretAlpha, keyId: tagKeyId(publicKey) }, publicKey, srs };
}

type KeyParts = Pick<TagPublicKey, 'x' | 'xAlpha' | 'srsHash'>;

/** The proof of possession of x for one network. */
export function provePossession(bls: Bls12, secretX: Uint8Array, key: KeyParts, genesis: Uint8Array): Uint8Array {
  return bls.encodeG1(bls.mulG1(possessionPoint(bls, key, genesis), secretX));
}

/** H("CESS/PoDR2/pop/v2" ‖ genesis ‖ X ‖ XA ‖ srsHash): what the owner of x signs with it. */
export function possessionPoint(bls: Bls12, { x, xAlpha, srsHash }: KeyParts, genesis: Uint8Array): G1Point {
  return bls.hashToG1(concatBytes(possessionDomain, exactly(32, genesis, 'genesis'), x, xAlpha, srsHash), curveDomain);
}

export function srsHashOf(srs: Uint8Array): Uint8Array {
  return sha256(concatBytes(srsDomain, srs));
}

/** The id of the key in fragment ids, challenges and the registry. */
export function tagKeyId({ x, xAlpha, srsHash }: KeyParts): Uint8Array {
  return sha256(
    concatBytes(keyDomain, exactly(96, x, 'X'), exactly(96, xAlpha, 'XA'), exactly(32, srsHash, 'SRS hash')),
  );
}

/** The report data of the enclave's attestation: SHA-512(X ‖ XA ‖ srsHash ‖ u32 epoch ‖ genesis). */
export function attestationReportData(key: TagPublicKey, epoch: number, genesis: Uint8Array): Uint8Array {
  return sha512(
    concatBytes(
      key.x,
      key.xAlpha,
      exactly(32, key.srsHash, 'SRS hash'),
      u32Bytes(epoch),
      exactly(32, genesis, 'genesis'),
    ),
  );
}
