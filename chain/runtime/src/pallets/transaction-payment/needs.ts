// What TransactionPayment needs of other pallets.
import type { Context } from '../../frame/context.js';

export interface TransactionPaymentNeeds {
  /** Issues tokens to an account, unless it would stay below the existential deposit; returns whether it did. */
  deposit(ctx: Context, who: Uint8Array, amount: bigint): boolean;
  /** Account of the author of the current block. */
  author(ctx: Context): Uint8Array | undefined;
  treasury: Uint8Array;
  /** How much of their share of the block the normal calls used, in parts of `whole`. */
  normalFullness(ctx: Context, whole: bigint): bigint;
}
