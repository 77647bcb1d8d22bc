// SHA-256, SHA-512 (FIPS 180-4) and HMAC in one call over node:crypto.
import { createHmac, hash } from 'node:crypto';

/** SHA-256 of the bytes: 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return toPlain(hash('sha256', bytes, 'buffer'));
}

/** SHA-512 of the bytes: 64 bytes. */
export function sha512(bytes: Uint8Array): Uint8Array {
  return toPlain(hash('sha512', bytes, 'buffer'));
}

/** HMAC-SHA256 (RFC 2104): 32 bytes. */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return toPlain(createHmac('sha256', key).update(bytes).digest());
}

// A Buffer prints, slices and compares differently from a Uint8Array, so the result is converted.
function toPlain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
