// SHA-256 and SHA-512 (FIPS 180-4) in one call over node:crypto.
import { hash } from 'node:crypto';

/** SHA-256 of the bytes: 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return toPlain(hash('sha256', bytes, 'buffer'));
}

/** SHA-512 of the bytes: 64 bytes. */
export function sha512(bytes: Uint8Array): Uint8Array {
  return toPlain(hash('sha512', bytes, 'buffer'));
}

// A Buffer prints, slices and compares differently from a Uint8Array, so the result is converted.
function toPlain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
