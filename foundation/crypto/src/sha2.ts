// @cess/crypto/sha2: SHA-2 and HMAC alone, for browsers that load no WebAssembly of the other hashes.
export { hmacSha256, sha256, sha512 } from '#sha2';
