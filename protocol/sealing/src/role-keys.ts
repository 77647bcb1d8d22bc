// Keys of a role (provider or gateway) from the one 32-byte secret of its key file:
//   seed of <use> = HKDF-SHA256(secret, salt "CESS/devnet/v1", info <use>), for "account", "node" and "wrapping".
// The salt is kept for compatibility. Another salt would change every derived key, and existing nodes would no longer match
// their registration on chain.

import { hkdfSha256, type X25519Pair, x25519PairFromSecret } from '@cess/crypto';
import { utf8 } from '@cess/primitives';

export interface RoleKeys {
  /** Seed of the sr25519 account on chain. */
  readonly accountSeed: Uint8Array;
  /** Seed of the ed25519 node key. */
  readonly nodeSeed: Uint8Array;
  /** Key pair to which owners wrap bucket keys. Only gateways need it, so it is derived on demand. */
  readonly wrappingKey: X25519Pair;
}

export function deriveRoleKeys(secret: Uint8Array): RoleKeys {
  const seedOf = (use: string): Uint8Array =>
    hkdfSha256({ secret, salt: utf8('CESS/devnet/v1'), info: utf8(use), length: 32 });
  return {
    accountSeed: seedOf('account'),
    nodeSeed: seedOf('node'),
    get wrappingKey() {
      return x25519PairFromSecret(seedOf('wrapping'));
    },
  };
}
