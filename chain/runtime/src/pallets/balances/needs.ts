// What Balances needs of other pallets: System keeps the accounts that it books tokens to.
import type { Context } from '../../frame/context.js';
import type { FormerReserve } from '../../shared-types.js';

export interface AccountRecord {
  readonly nonce: number;
  readonly consumers: number;
  readonly providers: number;
  readonly sufficients: number;
  readonly data: { readonly free: bigint; readonly reserved: bigint; readonly frozen: bigint; readonly flags: bigint };
}

export interface BalancesNeeds {
  /** The account; empty for one that does not exist. */
  accountOf(ctx: Context, who: Uint8Array): AccountRecord;
  putAccount(ctx: Context, who: Uint8Array, account: AccountRecord): void;
  removeAccount(ctx: Context, who: Uint8Array): void;
  /** Announces an account that came into being or ceased to exist. */
  announceAccount(ctx: Context, who: Uint8Array, isAlive: boolean): void;
  /** Accounts of the runtime itself: they exist from the beginning, so that they can receive any amount. */
  pots: readonly Uint8Array[];
  /** All accounts, for migrations. */
  accounts(ctx: Context): Iterable<readonly [who: Uint8Array, account: AccountRecord]>;
  /** What all pallets reserved in versions before 4. */
  formerReserves(ctx: Context): Iterable<FormerReserve>;
}
