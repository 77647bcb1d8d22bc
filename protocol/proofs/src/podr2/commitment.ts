// Σ c_j SRS_j: the commitment to a polynomial, which is its value at alpha in the exponent. Short fragments give polynomials of low
// degree, and the cost grows with the terms, so trailing zeros are dropped. This is the longest single step of a check of tags,
// so it runs in parts, between which the caller may pause.
import { type Bls12, type G1Point, scalarLength } from '@cess/crypto';
import { invariant } from '@cess/primitives';
import type { Srs } from './check-key.js';

/** Terms of one part, about 25 ms. Larger parts are not cheaper per term. */
const partTerms = 256;

/** `coefficients`: 32 bytes each, at most as many as the SRS has points. */
export function commitTo(bls: Bls12, srs: Srs, coefficients: Uint8Array, pause: () => void = () => {}): G1Point {
  let end = coefficients.length;
  while (end > 0 && coefficients[end - 1] === 0) end--;
  const count = Math.ceil(end / scalarLength);
  invariant(count <= srs.length, 'the SRS has a point for every coefficient');
  const partAt = (from: number): G1Point => {
    const to = Math.min(from + partTerms, count);
    return bls.multiScalarMulG1(srs.slice(from, to), coefficients.subarray(from * scalarLength, to * scalarLength));
  };
  let sum = partAt(0);
  for (let from = partTerms; from < count; from += partTerms) {
    pause();
    sum = bls.addG1(sum, partAt(from));
  }
  return sum;
}
