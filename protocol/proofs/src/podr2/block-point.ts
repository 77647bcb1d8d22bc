// H(id ‖ i): the point of a block (docs/protocol/podr2.md §4). It is a hash to the curve, never a multiple of a known point.
// Multiples would be linear in their factors, and s + 1 tags would suffice to forge all others.
import type { Bls12, G1Point } from '@cess/crypto';
import { concatBytes } from '@cess/primitives';
import { curveDomain } from './parameters.js';
import { u32Bytes } from './preimage.js';

export function blockPoint(bls: Bls12, id: Uint8Array, index: number): G1Point {
  return bls.hashToG1(concatBytes(id, u32Bytes(index)), curveDomain);
}

/** 128-bit factors, 16 bytes each, as scalars of 32 bytes each. */
export function widenFactors(factors: Uint8Array): Uint8Array {
  const scalars = new Uint8Array(factors.length * 2);
  for (let i = 0; i < factors.length; i += 16) scalars.set(factors.subarray(i, i + 16), 2 * i);
  return scalars;
}

/** Factors in [1, 2^128) from 16 random bytes each, in place: 0 becomes 1. */
export function nonZeroFactors(bytes: Uint8Array): Uint8Array {
  for (let i = 0; i < bytes.length; i += 16) {
    let at = i;
    while (at < i + 16 && bytes[at] === 0) at++;
    if (at === i + 16) bytes[i] = 1;
  }
  return bytes;
}
