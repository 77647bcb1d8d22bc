// Words that several pallets share. Pallets meet only through their `Needs`, which are written in these.
import type { Context, StorageAccess } from './frame/context.js';
import type { HoldReason } from './hold-reasons.js';

export type { FragmentPlace, RoundRef } from '@cess/types';

/** Fragments that a provider holds. */
export interface Holding {
  readonly bytes: bigint;
  readonly fragments: bigint;
}

/** What an owner gets back for lost fragments. */
export interface Refund {
  readonly owner: Uint8Array;
  readonly amount: bigint;
}

/** Tokens that accounts have on hold for one reason. */
export interface Hold {
  readonly reason: HoldReason;
  amountOf(at: StorageAccess, who: Uint8Array): bigint;
  /** Whether the account has that much to put on hold. */
  canHold(ctx: Context, who: Uint8Array, amount: bigint): boolean;
  /** Puts free tokens on hold. Frozen tokens may be held; the account keeps the existential deposit. */
  hold(ctx: Context, who: Uint8Array, amount: bigint): void;
  /** Frees held tokens. */
  release(ctx: Context, who: Uint8Array, amount: bigint): void;
  /**
   * Moves up to `amount` of the held tokens into the free balance of another account; returns how much was moved. Nothing moves
   * to an account that would stay below the existential deposit. Never fails, because hooks call it.
   */
  transfer(ctx: Context, order: HeldTransfer): bigint;
  /** Holds tokens for another reason from now on. */
  moveTo(ctx: Context, other: Hold, who: Uint8Array, amount: bigint): void;
}

interface HeldTransfer {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly amount: bigint;
}

/** Tokens that a pallet reserved in a version before 4, which had no reasons. */
export interface FormerReserve {
  readonly reason: HoldReason;
  readonly who: Uint8Array;
  readonly amount: bigint;
}
