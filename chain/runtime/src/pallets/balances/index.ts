// Balances: the token and its transfers.
import type { Context } from '../../frame/context.js';
import { definePallet } from '../../frame/pallet.js';
import { createBalancesCalls } from './calls.js';
import { balances, EXISTENTIAL_DEPOSIT } from './declaration.js';
import { type BalancesGenesis, buildBalancesGenesis } from './genesis.js';
import {
  balanceOf,
  canReserve,
  deposit,
  repatriateReserved,
  reserve,
  type Transfer,
  transfer,
  unreserve,
  withdraw,
} from './ledger.js';
import type { BalancesNeeds } from './needs.js';

export type { BalancesNeeds } from './needs.js';

/** The pallet, and what others do with it. */
export function createBalances(needs: BalancesNeeds) {
  return {
    pallet: definePallet(balances, {
      calls: createBalancesCalls(needs),
      genesis: (ctx: Context, config: BalancesGenesis) => buildBalancesGenesis(ctx, needs, config),
    }),
    /** Whether the account can pay the amount and stay alive. */
    canPay: (ctx: Context, who: Uint8Array, amount: bigint) =>
      balanceOf(ctx, needs, who).free >= amount + EXISTENTIAL_DEPOSIT,
    deposit: (ctx: Context, who: Uint8Array, amount: bigint) => deposit(ctx, needs, who, amount),
    withdraw: (ctx: Context, who: Uint8Array, amount: bigint) => withdraw(ctx, needs, who, amount),
    transfer: (ctx: Context, order: Transfer) => transfer(ctx, needs, order),
    canReserve: (ctx: Context, who: Uint8Array, amount: bigint) => canReserve(ctx, needs, who, amount),
    reserve: (ctx: Context, who: Uint8Array, amount: bigint) => reserve(ctx, needs, who, amount),
    unreserve: (ctx: Context, who: Uint8Array, amount: bigint) => unreserve(ctx, needs, who, amount),
    /** Moves up to `amount` of the reserved tokens; returns how much was moved. */
    repatriate: (ctx: Context, from: Uint8Array, to: Uint8Array, amount: bigint) =>
      repatriateReserved(ctx, needs, from, to, amount),
  };
}
