// The scalar field Fr of BLS12-381 as numbers and as 32 bytes little-endian. BigInt arithmetic: not constant in time,
// for public values and for the few operations of key generation.
import { byteAt, invariant } from '@cess/primitives';
import { scalarLength } from './bls12.js';

/** r, the order of G1 and G2. */
export const scalarOrder = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;

/** The number of little-endian bytes, of any length and size. */
export function integerOfBytes(bytes: Uint8Array): bigint {
  let hex = '';
  for (let i = bytes.length - 1; i >= 0; i--) hex += byteAt(bytes, i).toString(16).padStart(2, '0');
  return hex === '' ? 0n : BigInt(`0x${hex}`);
}

/** The representative in [0, r) of any integer. */
export function reduceScalar(value: bigint): bigint {
  const rest = value % scalarOrder;
  return rest < 0n ? rest + scalarOrder : rest;
}

/** 32 bytes of a number in [0, r). */
export function scalarBytes(value: bigint): Uint8Array {
  invariant(value >= 0n && value < scalarOrder, 'a scalar is in [0, r)');
  const bytes = new Uint8Array(scalarLength);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 4; i++) view.setBigUint64(8 * i, (value >> BigInt(64 * i)) & 0xffff_ffff_ffff_ffffn, true);
  return bytes;
}

/** True for exactly 32 bytes whose number is below r. */
export function isCanonicalScalar(bytes: Uint8Array): boolean {
  return bytes.length === scalarLength && areCanonicalScalars(bytes);
}

const orderBytes = scalarBytesOfOrder();

/** True if every 32 bytes of `bytes` are a canonical scalar. */
export function areCanonicalScalars(bytes: Uint8Array): boolean {
  if (bytes.length % scalarLength !== 0) return false;
  for (let offset = 0; offset < bytes.length; offset += scalarLength) {
    let i = scalarLength - 1;
    while (i >= 0 && bytes[offset + i] === orderBytes[i]) i--;
    if (i < 0 || byteAt(bytes, offset + i) > byteAt(orderBytes, i)) return false;
  }
  return true;
}

/** 1 / value; the value must not be a multiple of r. */
export function invertScalar(value: bigint): bigint {
  let [a, b, x, y] = [reduceScalar(value), scalarOrder, 1n, 0n];
  invariant(a !== 0n, 'zero has no inverse');
  while (a > 1n) {
    const quotient = b / a;
    [a, b, x, y] = [b - quotient * a, a, y - quotient * x, x];
  }
  return reduceScalar(x);
}

function scalarBytesOfOrder(): Uint8Array {
  const bytes = scalarBytes(scalarOrder - 1n);
  bytes[0] = byteAt(bytes, 0) + 1;
  return bytes;
}
