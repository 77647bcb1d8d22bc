// TwoX of Substrate: xxHash64 with the seeds 0, 1, 2, 3, each result little-endian, concatenated.
// Not cryptographic: only for storage keys whose input nobody chooses.
import { byteAt, elementAt } from '@cess/primitives';

import xxhash64 from 'hash-wasm/dist/xxhash64.umd.min.js';

const hashers = [
  await xxhash64.createXXHash64(0, 0),
  await xxhash64.createXXHash64(1, 0),
  await xxhash64.createXXHash64(2, 0),
  await xxhash64.createXXHash64(3, 0),
] as const;

/** xxHash64 with seed 0, little-endian: 8 bytes. */
export function twox64(bytes: Uint8Array): Uint8Array {
  return twox(bytes, 1);
}

/** Two seeds: 16 bytes. */
export function twox128(bytes: Uint8Array): Uint8Array {
  return twox(bytes, 2);
}

/** Four seeds: 32 bytes. */
export function twox256(bytes: Uint8Array): Uint8Array {
  return twox(bytes, 4);
}

function twox(bytes: Uint8Array, rounds: 1 | 2 | 4): Uint8Array {
  const out = new Uint8Array(8 * rounds);
  for (let seed = 0; seed < rounds; seed++) {
    // The library gives the canonical, big-endian form.
    const bigEndian = elementAt(hashers, seed).init().update(bytes).digest('binary');
    for (let i = 0; i < 8; i++) out[8 * seed + i] = byteAt(bigEndian, 7 - i);
  }
  return out;
}
