// Keccak-256 with the original padding, as Ethereum uses it (not SHA3-256). Loaded on first use.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export function keccak256(bytes: Uint8Array): Uint8Array {
  const { keccak_256 } = require('@noble/hashes/sha3.js') as typeof import('@noble/hashes/sha3.js');
  return keccak_256(bytes);
}
