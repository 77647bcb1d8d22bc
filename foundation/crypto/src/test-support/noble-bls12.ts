// The BLS12-381 port over @noble/curves: slow, independent, the oracle of differential tests.

import { err, ok, type Result } from '@cess/primitives';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import type { Bls12, DecodeOptions, G1Point, G2Point, PointError } from '../bls12.js';
import { integerOfBytes } from '../bls12-scalar.js';

const G1 = bls12_381.G1.Point;
const G2 = bls12_381.G2.Point;
type NobleG1 = typeof G1.BASE;
type NobleG2 = typeof G2.BASE;
const of1 = (point: NobleG1): G1Point => point as unknown as G1Point;
const of2 = (point: NobleG2): G2Point => point as unknown as G2Point;
const to1 = (point: G1Point): NobleG1 => point as unknown as NobleG1;
const to2 = (point: G2Point): NobleG2 => point as unknown as NobleG2;

interface AnyPoint {
  is0(): boolean;
  isTorsionFree(): boolean;
  toBytes(isCompressed: boolean): Uint8Array;
}

function decode<P extends AnyPoint>(make: () => P, { allowInfinity, trusted }: DecodeOptions): Result<P, PointError> {
  try {
    const point = make();
    if (point.is0()) return allowInfinity === true ? ok(point) : err('INFINITY');
    if (trusted !== true && !point.isTorsionFree()) return err('NOT_IN_SUBGROUP');
    return ok(point);
  } catch {
    return err('ENCODING');
  }
}

/** The library refuses to encode infinity. */
function encode(point: AnyPoint, length: number): Uint8Array {
  return point.is0() ? Uint8Array.from({ length }, (_, i) => (i === 0 ? 0xc0 : 0)) : point.toBytes(true);
}

function multiply(point: NobleG1, scalar: bigint): NobleG1 {
  return scalar === 0n || point.is0() ? G1.ZERO : point.multiplyUnsafe(scalar);
}

export const nobleBls12: Bls12 = {
  generatorG1: of1(G1.BASE),
  generatorG2: of2(G2.BASE),
  hashToG1: (message, domain) => of1(bls12_381.G1.hashToCurve(message, { DST: domain }) as NobleG1),
  decodeG1: (bytes, options = {}) =>
    decode(() => G1.fromBytes(bytes), options) as unknown as Result<G1Point, PointError>,
  decodeG2: (bytes, options = {}) =>
    decode(() => G2.fromBytes(bytes), options) as unknown as Result<G2Point, PointError>,
  encodeG1: (point) => encode(to1(point), 48),
  encodeG2: (point) => encode(to2(point), 96),
  encodeManyG1: (points) => new Uint8Array(Buffer.concat(points.map((point) => encode(to1(point), 48)))),
  isInfinityG1: (point) => to1(point).is0(),
  equalG1: (a, b) => to1(a).equals(to1(b)),
  addG1: (a, b) => of1(to1(a).add(to1(b))),
  negateG1: (point) => of1(to1(point).negate()),
  mulG1: (point, scalar) => of1(multiply(to1(point), integerOfBytes(scalar))),
  mulG2: (point, scalar) => of2(to2(point).multiplyUnsafe(integerOfBytes(scalar))),
  mulGeneratorG1: (scalar) => of1(multiply(G1.BASE, integerOfBytes(scalar))),
  multiScalarMulG1: (points, scalars) =>
    of1(
      points.reduce(
        (sum, point, i) => sum.add(multiply(to1(point), integerOfBytes(scalars.subarray(32 * i, 32 * i + 32)))),
        G1.ZERO,
      ),
    ),
  pairingProductIsOne: (terms) => {
    const finite = terms
      .map(({ g1, g2 }) => ({ g1: to1(g1), g2: to2(g2) }))
      .filter(({ g1, g2 }) => !g1.is0() && !g2.is0());
    const { Fp12 } = bls12_381.fields;
    return Fp12.eql(bls12_381.pairingBatch(finite), Fp12.ONE);
  },
};
