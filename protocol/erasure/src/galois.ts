// GF(2^8) with the polynomial x^8 + x^4 + x^3 + x^2 + 1 (0x11d) and the generator 2, by logarithm tables.
// For matrices only; shards go through the kernel.
import { byteAt, invariant } from '@cess/primitives';

const polynomial = 0x11d;
const exponentials = new Uint8Array(510);
const logarithms = new Uint8Array(256);
for (let power = 0, value = 1; power < 255; power++) {
  exponentials[power] = value;
  exponentials[power + 255] = value;
  logarithms[value] = power;
  value <<= 1;
  if (value & 0x100) value ^= polynomial;
}

/** a * b. */
export function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : byteAt(exponentials, byteAt(logarithms, a) + byteAt(logarithms, b));
}

/** 1 / a. */
export function inverse(a: number): number {
  invariant(a !== 0, 'zero has no inverse');
  return byteAt(exponentials, 255 - byteAt(logarithms, a));
}

/** a to the n-th power; a^0 = 1 for every a, also for 0. */
export function power(a: number, n: number): number {
  if (n === 0) return 1;
  return a === 0 ? 0 : byteAt(exponentials, (byteAt(logarithms, a) * n) % 255);
}
