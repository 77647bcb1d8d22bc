// Genesis of Randomness: the start of the beacon.
import type { Context } from '../../frame/context.js';
import { refuseGenesis } from '../../frame/genesis.js';
import { BEACON_BYTES, randomnessStorage } from './declaration.js';

export interface RandomnessGenesis {
  /** 64-byte start of the beacon. */
  readonly beacon: Uint8Array;
}

export function buildRandomnessGenesis(ctx: Context, { beacon }: RandomnessGenesis): void {
  if (beacon.length !== BEACON_BYTES) refuseGenesis('a beacon of 64 bytes');
  randomnessStorage.Beacon.put(ctx, beacon);
}
