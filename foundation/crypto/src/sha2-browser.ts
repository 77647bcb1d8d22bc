// SHA-256 and SHA-512 (FIPS 180-4) for browsers, whose own hashing is asynchronous.
export { sha256, sha512 } from '@noble/hashes/sha2.js';
