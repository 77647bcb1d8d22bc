// What Sminer needs of other pallets.
import type { Context } from '../../frame/context.js';

export interface PenaltyNeeds {
  /** Moves up to `amount` of the reserved tokens; returns how much was moved. */
  repatriate(ctx: Context, from: Uint8Array, to: Uint8Array, amount: bigint): bigint;
  unreserve(ctx: Context, who: Uint8Array, amount: bigint): void;
  treasury: Uint8Array;
  blockNumber(ctx: Context): number;
  /** Blocks for which stake unbonds: longer than a round that has just been opened can last. */
  unbondingPeriod(ctx: Context): number;
  /** Block in which the oldest unanswered or undecided question of the provider was asked; undefined if there is none. */
  oldestQuestion(ctx: Context, provider: number): number | undefined;
  /** Opens restoral orders for all fragments of a provider that leaves. */
  beginDeparture(ctx: Context, provider: number): void;
}

export interface SminerNeeds extends PenaltyNeeds {
  reserve(ctx: Context, who: Uint8Array, amount: bigint): void;
  genesisHash(ctx: Context): Uint8Array;
  /** Bytes of all territories. */
  purchasedSpace(ctx: Context): bigint;
}
