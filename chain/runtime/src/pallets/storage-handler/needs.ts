// What StorageHandler needs of other pallets.
import type { Context } from '../../frame/context.js';

export interface ClockNeeds {
  blockNumber(ctx: Context): number;
  blocksPerDay(ctx: Context): number;
}

export interface StorageHandlerNeeds extends ClockNeeds {
  /** Pays for space. */
  pay(ctx: Context, from: Uint8Array, amount: bigint): void;
  /** Declared bytes of providers that stay. */
  sellableSpace(ctx: Context): bigint;
  /** Whether `operator` is the owner or a gateway that it authorised. */
  mayAct(ctx: Context, owner: Uint8Array, operator: Uint8Array): boolean;
}
