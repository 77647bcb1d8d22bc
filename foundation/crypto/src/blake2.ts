// BLAKE2b (RFC 7693) with 32- and 16-byte digests, the hashes of a Substrate chain. The digest length is part of
// the hash's parameters: a truncated BLAKE2b-512 is a different function. One instance of the hasher per thread;
// each call is synchronous and complete, so the instance is never entered twice.
import { createRequire } from 'node:module';

// Its own file: the whole library takes several times as long to load.
const { createBLAKE2b } = createRequire(import.meta.url)('hash-wasm/dist/blake2b.umd.min.js') as Pick<
  typeof import('hash-wasm'),
  'createBLAKE2b'
>;
const hasher256 = await createBLAKE2b(256);
const hasher128 = await createBLAKE2b(128);

/** BLAKE2b-256: 32 bytes. */
export function blake2_256(bytes: Uint8Array): Uint8Array {
  return hasher256.init().update(bytes).digest('binary');
}

/** BLAKE2b-128: 16 bytes. */
export function blake2_128(bytes: Uint8Array): Uint8Array {
  return hasher128.init().update(bytes).digest('binary');
}
