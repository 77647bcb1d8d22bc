// The ledger: every change of a balance goes through `change`, which keeps TotalIssuance = sum of free + reserved,
// and creates and removes accounts. Invariant: an account with providers = 1 has free >= the existential deposit; what would
// fall below is burnt as dust (DustLost), unless something is on hold, in which case the change fails. An account that ceases
// to exist keeps its nonce, so that nobody can repeat its transactions when it is endowed again.
import { equalBytes } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { checkedAdd, checkedSub, ensure, tokenFailure } from '../../frame/failure.js';
import { EXISTENTIAL_DEPOSIT, balancesEvents as events, balancesStorage as storage } from './declaration.js';
import type { AccountRecord, BalancesNeeds } from './needs.js';

/** Balances of an account. */
export function balanceOf(ctx: Context, needs: BalancesNeeds, who: Uint8Array): AccountRecord['data'] {
  return needs.accountOf(ctx, who).data;
}

/**
 * Writes both balances of an account. The caller writes its holds. An account whose free balance falls below the existential
 * deposit ceases to exist; with held tokens the change fails. One that was below already, because an earlier version of the
 * runtime allowed less, stays until its free balance falls.
 */
export function change(ctx: Context, needs: BalancesNeeds, who: Uint8Array, free: bigint, reserved: bigint): void {
  const account = needs.accountOf(ctx, who);
  const before = account.data.free + account.data.reserved;
  const wasAlive = account.providers > 0;
  const falls = !wasAlive || free < account.data.free;
  const isReaped = free < EXISTENTIAL_DEPOSIT && falls;
  ensure(!isReaped || reserved === 0n, { type: 'ConsumerRemaining' });
  const kept = isReaped ? 0n : free;
  const after = kept + reserved;
  if (after !== before) {
    storage.TotalIssuance.mutate(ctx, (total) => checkedAdd(checkedSub(total, before), after));
  }
  if (!isReaped) {
    needs.putAccount(ctx, who, {
      ...account,
      providers: 1,
      consumers: reserved > 0n ? 1 : 0,
      data: { ...account.data, free: kept, reserved },
    });
  } else if (wasAlive) {
    needs.removeAccount(ctx, who);
    needs.announceAccount(ctx, who, false);
  }
  if (!isReaped && !wasAlive) {
    needs.announceAccount(ctx, who, true);
    events.deposit(ctx, { type: 'Endowed', value: { account: who, free_balance: kept } });
  }
  if (isReaped && free > 0n) events.deposit(ctx, { type: 'DustLost', value: { account: who, amount: free } });
}

/** Free tokens that the account may spend: frozen ones beyond those on hold stay. */
export function spendable({ free, reserved, frozen }: AccountRecord['data']): bigint {
  const untouchable = frozen > reserved ? frozen - reserved : 0n;
  return free > untouchable ? free - untouchable : 0n;
}

/** Whether the account can pay the amount and stay alive. */
export function canPay(ctx: Context, needs: BalancesNeeds, who: Uint8Array, amount: bigint): boolean {
  const balance = balanceOf(ctx, needs, who);
  return spendable(balance) >= amount && balance.free >= amount + EXISTENTIAL_DEPOSIT;
}

/** Sets an account's balances outright (genesis and root). */
export function setFree(ctx: Context, needs: BalancesNeeds, who: Uint8Array, free: bigint): bigint {
  const { reserved } = balanceOf(ctx, needs, who);
  const kept = free < EXISTENTIAL_DEPOSIT ? 0n : free;
  change(ctx, needs, who, kept, reserved);
  return kept;
}

/** Gives the accounts of the runtime the existential deposit where they have less. */
export function ensurePots(ctx: Context, needs: BalancesNeeds): void {
  for (const pot of needs.pots)
    if (balanceOf(ctx, needs, pot).free < EXISTENTIAL_DEPOSIT) setFree(ctx, needs, pot, EXISTENTIAL_DEPOSIT);
}

/** Issues tokens, unless the account would stay below the existential deposit. Returns whether it did. */
export function deposit(ctx: Context, needs: BalancesNeeds, who: Uint8Array, amount: bigint): boolean {
  const { free, reserved } = balanceOf(ctx, needs, who);
  if (free + amount < EXISTENTIAL_DEPOSIT) return false;
  if (amount === 0n) return true;
  change(ctx, needs, who, checkedAdd(free, amount), reserved);
  events.deposit(ctx, { type: 'Deposit', value: { who, amount } });
  return true;
}

/** Burns tokens; the account must keep the existential deposit. */
export function withdraw(ctx: Context, needs: BalancesNeeds, who: Uint8Array, amount: bigint): void {
  ensure(canPay(ctx, needs, who, amount), tokenFailure('FundsUnavailable'));
  const { free, reserved } = balanceOf(ctx, needs, who);
  change(ctx, needs, who, free - amount, reserved);
  events.deposit(ctx, { type: 'Withdraw', value: { who, amount } });
}

export interface Transfer {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly amount: bigint;
  /** Refuse rather than let the sender fall below the existential deposit. */
  readonly keepAlive: boolean;
}

/** Moves free tokens from one account to another. */
export function transfer(ctx: Context, needs: BalancesNeeds, { from, to, amount, keepAlive }: Transfer): void {
  const source = balanceOf(ctx, needs, from);
  ensure(source.free >= amount, tokenFailure('FundsUnavailable'));
  ensure(spendable(source) >= amount, tokenFailure('Frozen'));
  const rest = source.free - amount;
  ensure(!keepAlive || rest >= EXISTENTIAL_DEPOSIT, tokenFailure('NotExpendable'));
  if (!equalBytes(from, to)) {
    const target = balanceOf(ctx, needs, to);
    const received = checkedAdd(target.free, amount);
    ensure(received >= EXISTENTIAL_DEPOSIT, tokenFailure('BelowMinimum'));
    change(ctx, needs, from, rest, source.reserved);
    change(ctx, needs, to, received, target.reserved);
  }
  events.deposit(ctx, { type: 'Transfer', value: { from, to, amount } });
}
