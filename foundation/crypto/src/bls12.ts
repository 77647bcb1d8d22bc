// The BLS12-381 port: groups of prime order, hashing to G1 and the pairing product, as storage proofs need them.
// Scalars cross it as 32 bytes little-endian, always canonical (below the order r); points in G1 and G2 are handles of
// the backend and cross its boundary as the compressed encodings of the IETF draft (48 and 96 bytes, big-endian).
// Sources: RFC 9380 (hash to curve), draft-irtf-cfrg-pairing-friendly-curves appendix C (encodings).
import type { Result } from '@cess/primitives';

declare const g1: unique symbol;
declare const g2: unique symbol;

/** A point of G1, owned by the backend that made it. */
export interface G1Point {
  readonly [g1]: true;
}

/** A point of G2, owned by the backend that made it. */
export interface G2Point {
  readonly [g2]: true;
}

export const g1EncodedLength = 48;
export const g2EncodedLength = 96;
export const scalarLength = 32;

/** Why bytes are not a valid point: length, non-canonical encoding, not on the curve, not in the subgroup, infinity. */
export type PointError = 'LENGTH' | 'ENCODING' | 'NOT_ON_CURVE' | 'NOT_IN_SUBGROUP' | 'INFINITY';

export interface DecodeOptions {
  /** Accepts the point at infinity, which is rejected by default. */
  readonly allowInfinity?: boolean;
  /** Skips the subgroup check; only for points that this process has already checked. */
  readonly trusted?: boolean;
}

export interface PairingTerm {
  readonly g1: G1Point;
  readonly g2: G2Point;
}

export interface Bls12 {
  readonly generatorG1: G1Point;
  readonly generatorG2: G2Point;
  /** hash_to_curve of suite BLS12381G1_XMD:SHA-256_SSWU_RO_ with that domain separation tag (at most 255 bytes). */
  hashToG1(message: Uint8Array, domainSeparationTag: Uint8Array): G1Point;
  decodeG1(bytes: Uint8Array, options?: DecodeOptions): Result<G1Point, PointError>;
  decodeG2(bytes: Uint8Array, options?: DecodeOptions): Result<G2Point, PointError>;
  encodeG1(point: G1Point): Uint8Array;
  encodeG2(point: G2Point): Uint8Array;
  /** Encodings one after another; one inversion for all. */
  encodeManyG1(points: readonly G1Point[]): Uint8Array;
  isInfinityG1(point: G1Point): boolean;
  equalG1(a: G1Point, b: G1Point): boolean;
  addG1(a: G1Point, b: G1Point): G1Point;
  negateG1(point: G1Point): G1Point;
  /** Constant-time as far as the backend allows, and leaves no copy of the scalar: suitable for secret scalars. */
  mulG1(point: G1Point, scalar: Uint8Array): G1Point;
  mulG2(point: G2Point, scalar: Uint8Array): G2Point;
  /** scalar · generator by a table; memory accesses depend on the scalar. */
  mulGeneratorG1(scalar: Uint8Array): G1Point;
  /** Σ scalars[i] · points[i]; `scalars` holds 32 bytes for each point. Not constant in time. No points give infinity. */
  multiScalarMulG1(points: readonly G1Point[], scalars: Uint8Array): G1Point;
  /** True if the product of e(g1, g2) over all terms is 1. */
  pairingProductIsOne(terms: readonly PairingTerm[]): boolean;
}
