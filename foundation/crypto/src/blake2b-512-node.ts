// BLAKE2b (RFC 7693) with a 64-byte digest over node:crypto.
import { hash } from 'node:crypto';

export function blake2b512(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash('blake2b512', bytes, 'buffer'));
}
