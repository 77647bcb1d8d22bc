// Numbers from a hash (docs/protocol/r2s.md §3). Number i is the first 8 bytes, little-endian, of
//   SHA-256(domain ‖ input ‖ u32 i),
// and a draw below a bound skips the numbers from the largest multiple of the bound on, so that no result is more likely.
import { sha256 } from '@cess/crypto';
import { concatBytes, invariant } from '@cess/primitives';

/** Draws integers from 0 to the bound, without the bound. The bound is at least 1. */
export type DrawBelow = (bound: number) => number;

/** The draws of one purpose, named by the domain; the same bytes give the same draws. */
export function createDraws(domain: Uint8Array, ...input: readonly Uint8Array[]): DrawBelow {
  const prefix = concatBytes(domain, ...input);
  let counter = 0;
  const next = (): bigint => {
    const suffix = new Uint8Array(4);
    new DataView(suffix.buffer).setUint32(0, counter++, true);
    const hash = sha256(concatBytes(prefix, suffix));
    return new DataView(hash.buffer, hash.byteOffset, 8).getBigUint64(0, true);
  };
  return (bound) => {
    invariant(Number.isSafeInteger(bound) && bound >= 1, 'a draw has at least one outcome');
    const divisor = BigInt(bound);
    const end = 2n ** 64n - (2n ** 64n % divisor);
    let number = next();
    while (number >= end) number = next();
    return Number(number % divisor);
  };
}

/** u64, little-endian. */
export function u64Bytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}
