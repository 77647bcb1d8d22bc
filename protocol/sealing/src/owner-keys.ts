// Keys of an owner (docs/protocol/data-path.md §7). All of them derive from the 32-byte seed of the owner's account:
//   master key    = HKDF-SHA256(seed, salt "CESS/owner/v1", info "master")
//   X25519 secret = HKDF-SHA256(master key, salt "CESS/owner/v1", info "x25519")
// Bucket keys are random and wrapped to X25519 keys (wraps.ts). Without the seed, a bucket can be opened only by another
// holder of a wrap.

import { hkdfSha256, type X25519Pair, x25519PairFromSecret } from '@cess/crypto';
import { utf8 } from '@cess/primitives';

const salt = utf8('CESS/owner/v1');

/** 32 bytes from which all further keys of the owner derive. */
export function deriveOwnerMasterKey(seed: Uint8Array): Uint8Array {
  return hkdfSha256({ secret: seed, salt, info: utf8('master'), length: 32 });
}

/** The key pair to which bucket keys are wrapped for their owner. */
export function deriveOwnerX25519(masterKey: Uint8Array): X25519Pair {
  return x25519PairFromSecret(hkdfSha256({ secret: masterKey, salt, info: utf8('x25519'), length: 32 }));
}
