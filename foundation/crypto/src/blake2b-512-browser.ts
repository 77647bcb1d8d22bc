// BLAKE2b (RFC 7693) with a 64-byte digest for browsers.
import { blake2b } from '@noble/hashes/blake2.js';

export function blake2b512(bytes: Uint8Array): Uint8Array {
  return blake2b(bytes, { dkLen: 64 });
}
