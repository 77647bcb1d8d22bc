// SHA-256 and SHA-512 (FIPS 180-4) for browsers, whose own hashing is asynchronous.
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

export { sha256, sha512 } from '@noble/hashes/sha2.js';

/**
 * HMAC-SHA256 (RFC 2104): 32 bytes.
 * @public The half of `#sha2` for browsers.
 */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return hmac(sha256, key, bytes);
}
