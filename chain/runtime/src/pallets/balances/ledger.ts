// The ledger: every change of a balance goes through `change`, which keeps TotalIssuance = sum of free + reserved,
// and creates and removes accounts. Invariant: an account in storage with providers = 1 has free >= the existential
// deposit; what would fall below is burnt as dust, unless something is reserved, in which case the change fails.
import { equalBytes } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { checkedAdd, checkedSub, ensure, tokenFailure } from '../../frame/failure.js';
import {
  balancesErrors,
  EXISTENTIAL_DEPOSIT,
  balancesEvents as events,
  balancesStorage as storage,
} from './declaration.js';
import type { AccountRecord, BalancesNeeds } from './needs.js';

/** Balances of an account. */
export function balanceOf(ctx: Context, needs: BalancesNeeds, who: Uint8Array): AccountRecord['data'] {
  return needs.accountOf(ctx, who).data;
}

function change(ctx: Context, needs: BalancesNeeds, who: Uint8Array, free: bigint, reserved: bigint): void {
  const account = needs.accountOf(ctx, who);
  const before = account.data.free + account.data.reserved;
  const wasAlive = account.providers > 0;
  let kept = free;
  if (free < EXISTENTIAL_DEPOSIT) {
    ensure(reserved === 0n, { type: 'ConsumerRemaining' });
    kept = 0n;
  }
  const alive = kept > 0n;
  const after = kept + reserved;
  if (after !== before) {
    storage.TotalIssuance.mutate(ctx, (total) => checkedAdd(checkedSub(total, before), after));
  }
  if (alive) {
    needs.putAccount(ctx, who, {
      ...account,
      providers: 1,
      consumers: reserved > 0n ? 1 : 0,
      data: { ...account.data, free: kept, reserved },
    });
  } else if (wasAlive) {
    needs.removeAccount(ctx, who);
  }
  if (alive && !wasAlive) {
    needs.announceAccount(ctx, who, true);
    events.deposit(ctx, { type: 'Endowed', value: { account: who, free_balance: kept } });
  }
  if (!alive && wasAlive) needs.announceAccount(ctx, who, false);
  if (kept !== free && (wasAlive || free > 0n)) {
    if (free > 0n) events.deposit(ctx, { type: 'DustLost', value: { account: who, amount: free } });
  }
}

/** Sets an account's balances outright (genesis and root). */
export function setFree(ctx: Context, needs: BalancesNeeds, who: Uint8Array, free: bigint): bigint {
  const { reserved } = balanceOf(ctx, needs, who);
  const kept = free < EXISTENTIAL_DEPOSIT ? 0n : free;
  change(ctx, needs, who, kept, reserved);
  return kept;
}

/** Issues tokens. Does nothing for a new account below the existential deposit. */
export function deposit(ctx: Context, needs: BalancesNeeds, who: Uint8Array, amount: bigint): void {
  const { free, reserved } = balanceOf(ctx, needs, who);
  if (amount === 0n || free + amount < EXISTENTIAL_DEPOSIT) return;
  change(ctx, needs, who, checkedAdd(free, amount), reserved);
  events.deposit(ctx, { type: 'Deposit', value: { who, amount } });
}

/** Burns tokens; the account must keep the existential deposit. */
export function withdraw(ctx: Context, needs: BalancesNeeds, who: Uint8Array, amount: bigint): void {
  const { free, reserved } = balanceOf(ctx, needs, who);
  ensure(free >= amount + EXISTENTIAL_DEPOSIT, tokenFailure('FundsUnavailable'));
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

/** Whether the account has that much to reserve. */
export function canReserve(ctx: Context, needs: BalancesNeeds, who: Uint8Array, amount: bigint): boolean {
  return balanceOf(ctx, needs, who).free >= amount + EXISTENTIAL_DEPOSIT;
}

/** Reserves tokens of the account. */
export function reserve(ctx: Context, needs: BalancesNeeds, who: Uint8Array, amount: bigint): void {
  ensure(canReserve(ctx, needs, who, amount), balancesErrors.byName.InsufficientBalance);
  const { free, reserved } = balanceOf(ctx, needs, who);
  change(ctx, needs, who, free - amount, checkedAdd(reserved, amount));
  events.deposit(ctx, { type: 'Reserved', value: { who, amount } });
}

/** Frees reserved tokens. */
export function unreserve(ctx: Context, needs: BalancesNeeds, who: Uint8Array, amount: bigint): void {
  const { free, reserved } = balanceOf(ctx, needs, who);
  ensure(reserved >= amount, balancesErrors.byName.InsufficientReserve);
  change(ctx, needs, who, checkedAdd(free, amount), reserved - amount);
  events.deposit(ctx, { type: 'Unreserved', value: { who, amount } });
}

/**
 * Moves up to `amount` reserved tokens of one account into the free balance of another; returns how much was moved.
 * Nothing moves to an account that would stay below the existential deposit. Never fails, because hooks call it.
 */
export function repatriateReserved(
  ctx: Context,
  needs: BalancesNeeds,
  from: Uint8Array,
  to: Uint8Array,
  amount: bigint,
): bigint {
  const source = balanceOf(ctx, needs, from);
  const moved = amount < source.reserved ? amount : source.reserved;
  if (moved === 0n) return 0n;
  if (equalBytes(from, to)) {
    unreserve(ctx, needs, from, moved);
    return moved;
  }
  const target = balanceOf(ctx, needs, to);
  if (target.free + moved < EXISTENTIAL_DEPOSIT) return 0n;
  change(ctx, needs, from, source.free, source.reserved - moved);
  change(ctx, needs, to, checkedAdd(target.free, moved), target.reserved);
  events.deposit(ctx, {
    type: 'ReserveRepatriated',
    value: { from, to, amount: moved, destination_status: 'Free' },
  });
  return moved;
}
