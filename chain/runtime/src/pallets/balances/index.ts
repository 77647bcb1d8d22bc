// Balances: the token, its transfers, and what pallets put on hold.
import type { Context } from '../../frame/context.js';
import { definePallet } from '../../frame/pallet.js';
import type { HoldReason } from '../../hold-reasons.js';
import { createBalancesCalls } from './calls.js';
import { balances, EXISTENTIAL_DEPOSIT } from './declaration.js';
import { type BalancesGenesis, buildBalancesGenesis } from './genesis.js';
import { createHold } from './holds.js';
import { createBalancesHooks } from './hooks.js';
import { balanceOf, canPay, deposit, spendable, type Transfer, transfer, withdraw } from './ledger.js';
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
    /** What the account can pay and stay alive. */
    spendableOf: (ctx: Context, who: Uint8Array) => {
      const balance = balanceOf(ctx, needs, who);
      const least = balance.free > EXISTENTIAL_DEPOSIT ? balance.free - EXISTENTIAL_DEPOSIT : 0n;
      const free = spendable(balance);
      return least < free ? least : free;
    },
    /** Pays from an account of the runtime; returns what was paid: nothing to an account that would stay below the existential deposit. */
    pay: (ctx: Context, from: Uint8Array, to: Uint8Array, amount: bigint): bigint => {
      const isReceived = amount > 0n && balanceOf(ctx, needs, to).free + amount >= EXISTENTIAL_DEPOSIT;
      if (isReceived) transfer(ctx, needs, { from, to, amount, keepAlive: true });
      return isReceived ? amount : 0n;
    },
    /** Issues tokens of the genesis to an account, and the existential deposit if it has less. */
    endow: (ctx: Context, who: Uint8Array, amount: bigint): void => {
      const { free } = balanceOf(ctx, needs, who);
      deposit(ctx, needs, who, free < EXISTENTIAL_DEPOSIT ? amount + EXISTENTIAL_DEPOSIT : amount);
    },
    /** What is held for this reason. Only the pallet of the reason gets it. */
    holdFor: (reason: HoldReason) => createHold(needs, reason),
  };
}
