// Balances: the token, its transfers, and what pallets put on hold.
import type { Context } from '../../frame/context.js';
import { definePallet } from '../../frame/pallet.js';
import type { HoldReason } from '../../hold-reasons.js';
import { createBalancesCalls } from './calls.js';
import { balances } from './declaration.js';
import { type BalancesGenesis, buildBalancesGenesis } from './genesis.js';
import { createHold } from './holds.js';
import { createBalancesHooks } from './hooks.js';
import { canPay, deposit, type Transfer, transfer, withdraw } from './ledger.js';
import type { BalancesNeeds } from './needs.js';

/** The pallet, and what others do with it. */
export function createBalances(needs: BalancesNeeds) {
  return {
    pallet: definePallet(balances, {
      calls: createBalancesCalls(needs),
      hooks: createBalancesHooks(needs),
      genesis: (ctx: Context, config: BalancesGenesis) => buildBalancesGenesis(ctx, needs, config),
    }),
    /** Whether the account can pay the amount and stay alive. */
    canPay: (ctx: Context, who: Uint8Array, amount: bigint) => canPay(ctx, needs, who, amount),
    deposit: (ctx: Context, who: Uint8Array, amount: bigint) => deposit(ctx, needs, who, amount),
    withdraw: (ctx: Context, who: Uint8Array, amount: bigint) => withdraw(ctx, needs, who, amount),
    transfer: (ctx: Context, order: Transfer) => transfer(ctx, needs, order),
    /** What is held for this reason. Only the pallet of the reason gets it. */
    holdFor: (reason: HoldReason) => createHold(needs, reason),
  };
}
