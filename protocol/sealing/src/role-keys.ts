// Keys of a role (provider or gateway) from the one 32-byte secret of its key file:
//   seed of <use> = HKDF-SHA256(secret, salt "CESS/devnet/v1", info <use>), for "account", "node" and "wrapping".
// The salt is that of the first networks: another one would make every existing role a stranger on its chain.

import { hkdfSha256, type X25519Pair, x25519PairFromSecret } from '@cess/crypto';
import { utf8 } from '@cess/primitives';

export interface RoleKeys {
  /** Seed of the sr25519 account on chain. */
  readonly accountSeed: Uint8Array;
  /** Seed of the ed25519 key towards other nodes. */
  readonly nodeSeed: Uint8Array;
  /** Pair to which owners wrap bucket keys; gateways only, so it is derived when it is asked for. */
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
