// Genesis of Randomness: the first authorities and the start of the beacon.
import type { Context } from '../../frame/context.js';
import { refuseGenesis } from '../../frame/genesis.js';
import { BEACON_BYTES, randomnessStorage } from './declaration.js';

export interface RandomnessGenesis {
  /** Block authors: ed25519 key and the account that receives tips. */
  readonly authorities: readonly { readonly key: Uint8Array; readonly account: Uint8Array }[];
  /** 64-byte start of the beacon. */
  readonly beacon: Uint8Array;
}

export function buildRandomnessGenesis(ctx: Context, { authorities, beacon }: RandomnessGenesis): void {
  if (authorities.length === 0) refuseGenesis('at least one authority');
  if (beacon.length !== BEACON_BYTES) refuseGenesis('a beacon of 64 bytes');
  randomnessStorage.Beacon.put(ctx, beacon);
  randomnessStorage.Authorities.put(ctx, authorities);
}
