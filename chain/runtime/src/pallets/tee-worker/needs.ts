// What TeeWorker needs of other pallets.
import type { Context } from '../../frame/context.js';

export interface PunishmentNeeds {
  /** Moves up to `amount` of the reserved tokens into the free balance of an account. */
  repatriate(ctx: Context, from: Uint8Array, to: Uint8Array, amount: bigint): void;
  treasury: Uint8Array;
  blockNumber(ctx: Context): number;
}

export interface TeeWorkerNeeds extends PunishmentNeeds {
  reserve(ctx: Context, who: Uint8Array, amount: bigint): void;
  unreserve(ctx: Context, who: Uint8Array, amount: bigint): void;
  genesisHash(ctx: Context): Uint8Array;
}
