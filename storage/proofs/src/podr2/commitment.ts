// Σ c_j SRS_j: a polynomial at alpha, in the exponent. Short fragments make polynomials of low degree, and sums of
// products cost by the term, so zeros at the end are left out.
import { type Bls12, type G1Point, scalarLength } from '@cess/crypto';
import { invariant } from '@cess/primitives';
import type { Srs } from './check-key.js';

/** `coefficients`: 32 bytes each, not more than the SRS has points. */
export function commitTo(bls: Bls12, srs: Srs, coefficients: Uint8Array): G1Point {
  let end = coefficients.length;
  while (end > 0 && coefficients[end - 1] === 0) end--;
  const count = Math.ceil(end / scalarLength);
  invariant(count <= srs.length, 'the SRS has a point for every coefficient');
  return bls.multiScalarMulG1(srs.slice(0, count), coefficients.subarray(0, count * scalarLength));
}
