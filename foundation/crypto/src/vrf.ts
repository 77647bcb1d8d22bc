// Verifiable random function: ECVRF-EDWARDS25519-SHA512 of RFC 9381, suites ELL2 (4, the protocol's) and TAI (3).
// The key pair is the Ed25519 one of the node. Names follow the RFC: alpha is the input, pi the proof of 80 bytes
// Gamma ‖ c ‖ s, beta the 64-byte output. Verification validates the key (§5.4.5) and refuses s >= L.
import { byteAt, CessError, concatBytes } from '@cess/primitives';
import { sha512 } from '#sha2';
import { nobleCurve, nobleEd25519 } from './noble-curves.js';

export type VrfSuite = 'ELL2' | 'TAI';

const vrfProofLength = 80;

type EdwardsPoint = ReturnType<typeof points>['BASE'];
const suiteStrings = { TAI: 3, ELL2: 4 } as const;
const challengeLength = 16;

interface DecodedProof {
  readonly gamma: EdwardsPoint;
  readonly c: bigint;
  readonly s: bigint;
}

/** ECVRF_prove (§5.1): proof that `vrfProofToHash(pi)` is the output of the key with this 32-byte seed for alpha. */
export function vrfProve(seed: Uint8Array, alpha: Uint8Array, suite: VrfSuite = 'ELL2'): Uint8Array {
  if (seed.length !== 32) throw new CessError('KEY_LENGTH', `A VRF seed is 32 bytes long, this one is ${seed.length}.`);
  const Point = points();
  const order = Point.Fn.ORDER;
  const expanded = sha512(seed);
  const scalarBytes = expanded.slice(0, 32);
  scalarBytes[0] = byteAt(scalarBytes, 0) & 0xf8;
  scalarBytes[31] = (byteAt(scalarBytes, 31) & 0x7f) | 0x40;
  const x = readLe(scalarBytes) % order;
  const y = Point.BASE.multiply(x);
  const publicKey = y.toBytes();
  const h = encodeToCurve(suite, publicKey, alpha);
  const gamma = h.multiply(x);
  // Nonce of RFC 8032 (§5.4.2.2): no randomness is needed.
  const k = readLe(sha512(concatBytes(expanded.subarray(32, 64), h.toBytes()))) % order;
  const c = challenge(suite, [y, h, gamma, Point.BASE.multiply(k), h.multiply(k)]);
  const s = (k + c * x) % order;
  return concatBytes(gamma.toBytes(), writeLe(c, challengeLength), writeLe(s, 32));
}

/** ECVRF_verify (§5.3) with key validation: beta, or undefined if the key, the proof or the relation is not valid. */
export function vrfVerify(
  publicKey: Uint8Array,
  alpha: Uint8Array,
  pi: Uint8Array,
  suite: VrfSuite = 'ELL2',
): Uint8Array | undefined {
  const y = stringToPoint(publicKey);
  if (y === undefined || y.isSmallOrder()) return undefined;
  const proof = decodeProof(pi);
  if (proof === undefined) return undefined;
  const { gamma, c, s } = proof;
  const h = encodeToCurve(suite, publicKey, alpha);
  const u = points().BASE.multiplyUnsafe(s).subtract(y.multiplyUnsafe(c));
  const v = nobleCurve().mulAddUnsafe(points(), [h, gamma.negate()], [s, c]);
  return c === challenge(suite, [y, h, gamma, u, v]) ? gammaToHash(suite, gamma) : undefined;
}

/** ECVRF_proof_to_hash (§5.2): beta of a proof that this process made or verified; undefined if it is malformed. */
export function vrfProofToHash(pi: Uint8Array, suite: VrfSuite = 'ELL2'): Uint8Array | undefined {
  const proof = decodeProof(pi);
  return proof === undefined ? undefined : gammaToHash(suite, proof.gamma);
}

/** The group of Ed25519. */
function points() {
  return nobleEd25519().ed25519.Point;
}

function gammaToHash(suite: VrfSuite, gamma: EdwardsPoint): Uint8Array {
  return sha512(concatBytes(Uint8Array.of(suiteStrings[suite], 3), gamma.clearCofactor().toBytes(), Uint8Array.of(0)));
}

function decodeProof(pi: Uint8Array): DecodedProof | undefined {
  if (pi.length !== vrfProofLength) return undefined;
  const gamma = stringToPoint(pi.subarray(0, 32));
  const s = readLe(pi.subarray(48, 80));
  if (gamma === undefined || s >= points().Fn.ORDER) return undefined;
  return { gamma, c: readLe(pi.subarray(32, 48)), s };
}

function encodeToCurve(suite: VrfSuite, publicKey: Uint8Array, alpha: Uint8Array): EdwardsPoint {
  if (suite === 'TAI') return encodeToCurveTryAndIncrement(publicKey, alpha);
  // §5.4.1.2: the DST is "ECVRF_" ‖ the RFC 9380 suite id ‖ suite_string.
  return nobleEd25519().ed25519_hasher.encodeToCurve(concatBytes(publicKey, alpha), {
    DST: 'ECVRF_edwards25519_XMD:SHA-512_ELL2_NU_\x04',
  });
}

// §5.4.1.1. Half of all counters give a point, so 256 failures in a row do not happen.
function encodeToCurveTryAndIncrement(publicKey: Uint8Array, alpha: Uint8Array): EdwardsPoint {
  for (let counter = 0; counter < 256; counter++) {
    const digest = sha512(concatBytes(Uint8Array.of(suiteStrings.TAI, 1), publicKey, alpha, Uint8Array.of(counter, 0)));
    const point = stringToPoint(digest.subarray(0, 32))?.clearCofactor();
    if (point !== undefined && !point.is0()) return point;
  }
  throw new CessError('VRF_NO_POINT', 'No counter gives a curve point for this input; change the input.');
}

// §5.4.3: the first 16 bytes of the hash, little-endian.
function challenge(suite: VrfSuite, points: readonly EdwardsPoint[]): bigint {
  const encoded = points.map((point) => point.toBytes());
  const digest = sha512(concatBytes(Uint8Array.of(suiteStrings[suite], 2), ...encoded, Uint8Array.of(0)));
  return readLe(digest.subarray(0, challengeLength));
}

// Strict decoding of RFC 8032 §5.1.3: y < p, and no negative zero.
function stringToPoint(bytes: Uint8Array): EdwardsPoint | undefined {
  if (bytes.length !== 32) return undefined;
  const Point = points();
  try {
    return Point.fromBytes(bytes, false);
  } catch {
    return undefined;
  }
}

function readLe(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(byteAt(bytes, i));
  return value;
}

function writeLe(value: bigint, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let rest = value;
  for (let i = 0; i < length; i++, rest >>= 8n) out[i] = Number(rest & 0xffn);
  return out;
}
