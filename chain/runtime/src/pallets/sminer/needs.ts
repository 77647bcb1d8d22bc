// What Sminer needs of other pallets.
import type { Context } from '../../frame/context.js';
import type { Hold } from '../../shared-types.js';

export interface PenaltyNeeds {
  /** Stake of registered providers. */
  stake: Hold;
  /** Stake of exits, expulsions and smaller declarations, which can still be slashed. */
  unbonding: Hold;
  treasury: Uint8Array;
  blockNumber(ctx: Context): number;
  /** Blocks for which stake unbonds: longer than a round that has just been opened can last. */
  unbondingPeriod(ctx: Context): number;
  /** Block in which the oldest unanswered or undecided question of the provider was asked, and how many there are. */
  oldestQuestion(ctx: Context, provider: number): { readonly block?: number; readonly count: number };
  /** Whether there is such a question. */
  hasQuestion(ctx: Context, provider: number): boolean;
  /** Opens restoral orders for all fragments of a provider that leaves. */
  beginDeparture(ctx: Context, provider: number): void;
}

export interface SminerNeeds extends PenaltyNeeds {
  genesisHash(ctx: Context): Uint8Array;
  /** Bytes of all territories. */
  purchasedSpace(ctx: Context): bigint;
}
