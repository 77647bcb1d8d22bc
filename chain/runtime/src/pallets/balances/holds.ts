// Holds: reserved tokens by reason, as Substrate's fungible holds. Invariant: `reserved` of an account is the sum of its holds.
// A pallet gets the `Hold` of each of its reasons and no other, so that it cannot release or slash what others hold.
import { equalBytes } from '@cess/primitives';
import type { Context, StorageAccess } from '../../frame/context.js';
import { checkedAdd, ensure } from '../../frame/failure.js';
import type { HoldReason } from '../../hold-reasons.js';
import type { Hold } from '../../shared-types.js';
import {
  balancesErrors,
  EXISTENTIAL_DEPOSIT,
  balancesEvents as events,
  type HeldAmount,
  balancesStorage as storage,
} from './declaration.js';
import { balanceOf, change } from './ledger.js';
import type { BalancesNeeds } from './needs.js';

const isSame = (a: HoldReason, b: HoldReason) => a.type === b.type && a.value === b.value;

function heldFor(at: StorageAccess, reason: HoldReason, who: Uint8Array): bigint {
  return storage.Holds.get(at, who).find(({ id }) => isSame(id, reason))?.amount ?? 0n;
}

function putHeld(ctx: Context, reason: HoldReason, who: Uint8Array, amount: bigint): void {
  const others = storage.Holds.get(ctx, who).filter(({ id }) => !isSame(id, reason));
  writeHolds(ctx, who, amount === 0n ? others : [...others, { id: reason, amount }]);
}

/** Writes all holds of an account. Their sum must be its reserved balance. */
export function writeHolds(at: StorageAccess, who: Uint8Array, holds: readonly HeldAmount[]): void {
  if (holds.length === 0) storage.Holds.remove(at, who);
  else storage.Holds.put(at, who, holds);
}

export function createHold(needs: BalancesNeeds, reason: HoldReason): Hold {
  const canHold = (ctx: Context, who: Uint8Array, amount: bigint) =>
    balanceOf(ctx, needs, who).free >= amount + EXISTENTIAL_DEPOSIT;
  const release = (ctx: Context, who: Uint8Array, amount: bigint) => {
    const held = heldFor(ctx, reason, who);
    ensure(held >= amount, balancesErrors.byName.InsufficientReserve);
    const { free, reserved } = balanceOf(ctx, needs, who);
    putHeld(ctx, reason, who, held - amount);
    change(ctx, needs, who, checkedAdd(free, amount), reserved - amount);
    events.deposit(ctx, { type: 'Released', value: { reason, who, amount } });
  };
  return {
    reason,
    amountOf: (at, who) => heldFor(at, reason, who),
    canHold,
    hold: (ctx, who, amount) => {
      ensure(canHold(ctx, who, amount), balancesErrors.byName.InsufficientBalance);
      const { free, reserved } = balanceOf(ctx, needs, who);
      putHeld(ctx, reason, who, checkedAdd(heldFor(ctx, reason, who), amount));
      change(ctx, needs, who, free - amount, checkedAdd(reserved, amount));
      events.deposit(ctx, { type: 'Held', value: { reason, who, amount } });
    },
    release,
    transfer: (ctx, { from, to, amount }) => {
      const held = heldFor(ctx, reason, from);
      const moved = amount < held ? amount : held;
      if (moved === 0n) return 0n;
      if (equalBytes(from, to)) {
        release(ctx, from, moved);
        return moved;
      }
      const source = balanceOf(ctx, needs, from);
      const target = balanceOf(ctx, needs, to);
      if (target.free + moved < EXISTENTIAL_DEPOSIT) return 0n;
      putHeld(ctx, reason, from, held - moved);
      change(ctx, needs, from, source.free, source.reserved - moved);
      change(ctx, needs, to, checkedAdd(target.free, moved), target.reserved);
      events.deposit(ctx, { type: 'TransferOnHold', value: { reason, source: from, dest: to, amount: moved } });
      return moved;
    },
    moveTo: (ctx, other, who, amount) => {
      const held = heldFor(ctx, reason, who);
      ensure(held >= amount, balancesErrors.byName.InsufficientReserve);
      putHeld(ctx, reason, who, held - amount);
      putHeld(ctx, other.reason, who, checkedAdd(heldFor(ctx, other.reason, who), amount));
      events.deposit(ctx, { type: 'Released', value: { reason, who, amount } });
      events.deposit(ctx, { type: 'Held', value: { reason: other.reason, who, amount } });
    },
  };
}
