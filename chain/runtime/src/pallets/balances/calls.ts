// Calls of Balances. See ledger.ts for the rules.
import { accountOf, type MultiAddress } from '@cess/chain-primitives';
import { ensureRoot, ensureSigned, fail, tokenFailure } from '../../frame/failure.js';
import type { CallsOf } from '../../frame/pallet.js';
import { type balances, balancesEvents, EXISTENTIAL_DEPOSIT } from './declaration.js';
import { balanceOf, setFree, spendable, transfer } from './ledger.js';
import type { BalancesNeeds } from './needs.js';
import { weightOf } from './weights.js';

function lookup(address: MultiAddress): Uint8Array {
  return accountOf(address) ?? fail({ type: 'CannotLookup' });
}

export function createBalancesCalls(needs: BalancesNeeds): CallsOf<typeof balances> {
  return {
    transfer_allow_death: {
      weight: () => weightOf('transfer_allow_death'),
      dispatch: (ctx, origin, { dest, value }) =>
        transfer(ctx, needs, { from: ensureSigned(origin), to: lookup(dest), amount: value, keepAlive: false }),
    },
    transfer_keep_alive: {
      weight: () => weightOf('transfer_keep_alive'),
      dispatch: (ctx, origin, { dest, value }) =>
        transfer(ctx, needs, { from: ensureSigned(origin), to: lookup(dest), amount: value, keepAlive: true }),
    },
    transfer_all: {
      weight: () => weightOf('transfer_all'),
      dispatch: (ctx, origin, { dest, keep_alive }) => {
        const from = ensureSigned(origin);
        const balance = balanceOf(ctx, needs, from);
        const mustStay = keep_alive || balance.reserved > 0n ? EXISTENTIAL_DEPOSIT : 0n;
        const left = balance.free - mustStay;
        const amount = left < spendable(balance) ? left : spendable(balance);
        if (amount <= 0n) fail(tokenFailure('FundsUnavailable'));
        transfer(ctx, needs, { from, to: lookup(dest), amount, keepAlive: keep_alive });
      },
    },
    force_set_balance: {
      weight: () => weightOf('force_set_balance'),
      dispatch: (ctx, origin, args) => {
        ensureRoot(origin);
        const who = lookup(args.who);
        const free = setFree(ctx, needs, who, args.new_free);
        balancesEvents.deposit(ctx, { type: 'BalanceSet', value: { who, free } });
      },
    },
  };
}
