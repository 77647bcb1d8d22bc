// Balances: the token and its transfers. See ledger.ts for the rules.
import { accountOf, type MultiAddress, multiAddress } from '@cess/chain-primitives';
import { bool, compact, u128 } from '@cess/codec';
import { ensureRoot, ensureSigned, fail, tokenFailure } from '../../frame/failure.js';
import { call, constant, definePallet } from '../../frame/pallet.js';
import { EXISTENTIAL_DEPOSIT } from './constants.js';
import { balancesErrors, balancesEvents, balancesId } from './events.js';
import { balanceOf, balancesStorage, setFree, transfer } from './ledger.js';

const transferWeight = () => ({ ref_time: 60_000_000n, proof_size: 0n });

function lookup(address: MultiAddress): Uint8Array {
  return accountOf(address) ?? fail({ type: 'CannotLookup' });
}

export const balancesCalls = {
  transfer_allow_death: call({
    index: 0,
    docs: 'Transfers tokens; the sender may cease to exist.',
    args: { dest: multiAddress, value: compact(u128) },
    weight: transferWeight,
    dispatch: (ctx, origin, { dest, value }) =>
      transfer(ctx, { from: ensureSigned(origin), to: lookup(dest), amount: value, keepAlive: false }),
  }),
  transfer_keep_alive: call({
    index: 3,
    docs: 'Transfers tokens; fails if the sender would cease to exist.',
    args: { dest: multiAddress, value: compact(u128) },
    weight: transferWeight,
    dispatch: (ctx, origin, { dest, value }) =>
      transfer(ctx, { from: ensureSigned(origin), to: lookup(dest), amount: value, keepAlive: true }),
  }),
  transfer_all: call({
    index: 4,
    docs: 'Transfers all free tokens, or all but the existential deposit.',
    args: { dest: multiAddress, keep_alive: bool },
    weight: transferWeight,
    dispatch: (ctx, origin, { dest, keep_alive }) => {
      const from = ensureSigned(origin);
      const { free, reserved } = balanceOf(ctx, from);
      const kept = keep_alive || reserved > 0n ? EXISTENTIAL_DEPOSIT : 0n;
      if (free <= kept) fail(tokenFailure('FundsUnavailable'));
      transfer(ctx, { from, to: lookup(dest), amount: free - kept, keepAlive: keep_alive });
    },
  }),
  force_set_balance: call({
    index: 8,
    docs: 'Sets the free balance of an account. Root only.',
    args: { who: multiAddress, new_free: compact(u128) },
    weight: transferWeight,
    dispatch: (ctx, origin, args) => {
      ensureRoot(origin);
      const who = lookup(args.who);
      const free = setFree(ctx, who, args.new_free);
      balancesEvents.deposit(ctx, { type: 'BalanceSet', value: { who, free } });
    },
  }),
};

export const balancesPallet = definePallet({
  id: balancesId,
  docs: 'The token and its transfers.',
  storage: balancesStorage,
  calls: balancesCalls,
  events: balancesEvents,
  errors: balancesErrors,
  constants: {
    ExistentialDeposit: constant(u128, EXISTENTIAL_DEPOSIT, 'An account below this ceases to be.'),
  },
});
