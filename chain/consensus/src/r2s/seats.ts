// The seats of an era (docs/protocol/r2s.md §3): the order in which members author, and what becomes of a member that misbehaves.
// order = Fisher–Yates over the members in the order of their account ids, drawn from (seed, era); author(slot) = order[slot mod n].
import { compareBytes, elementAt, equalBytes, utf8 } from '@cess/primitives';
import { createDraws, u64Bytes } from './hash-stream.js';
import { authorityIndexOf } from './slots.js';

const orderDomain = utf8('CESS/r2s-order/v1');
const replacementDomain = utf8('CESS/r2s-replacement/v1');

/** Accounts by seat. A seat is vacant when its member was removed and nobody could replace it; its slots stay empty. */
export type Seats = readonly (Uint8Array | undefined)[];

/** The members in the order in which they author. Neither the order nor repetitions of `members` matter, only who they are. */
export function orderMembers(members: readonly Uint8Array[], seed: Uint8Array, era: bigint): Uint8Array[] {
  const order = sortAccounts(members);
  const draw = createDraws(orderDomain, seed, u64Bytes(era));
  for (let last = order.length - 1; last > 0; last--) {
    const chosen = draw(last + 1);
    const moved = elementAt(order, last);
    order[last] = elementAt(order, chosen);
    order[chosen] = moved;
  }
  return order;
}

/** The author of a slot; undefined if its seat is vacant or there is no seat. */
export function authorOf(seats: Seats, slot: bigint): Uint8Array | undefined {
  return seats.length === 0 ? undefined : seats[authorityIndexOf(slot, seats.length)];
}

export interface Removal {
  readonly offender: Uint8Array;
  /** Candidates that could have been elected. Those who hold a seat or were removed in this era are passed over. */
  readonly pool: readonly Uint8Array[];
  /** Accounts that were removed earlier in this era. */
  readonly removed: readonly Uint8Array[];
  /** Beacon after the parent of the block that removes the member. */
  readonly beacon: Uint8Array;
  readonly era: bigint;
}

export interface RemovalOutcome {
  readonly seats: Seats;
  /** The seat of the offender; undefined if it holds none, or the last one that is occupied. Then nothing changed. */
  readonly seat: number | undefined;
  readonly replacement: Uint8Array | undefined;
}

/** Takes the seat of a member that misbehaved, and gives it to a candidate drawn from the pool (R2S-7). */
export function removeMember(seats: Seats, { offender, pool, removed, beacon, era }: Removal): RemovalOutcome {
  const seat = seats.findIndex((holder) => holder !== undefined && equalBytes(holder, offender));
  if (seat < 0) return { seats, seat: undefined, replacement: undefined };
  const barred = [...removed, ...seats.filter((holder) => holder !== undefined)];
  const free = sortAccounts(pool).filter((account) => !barred.some((other) => equalBytes(other, account)));
  const draw = createDraws(replacementDomain, beacon, u64Bytes(era), u64Bytes(BigInt(seat)));
  const replacement = free.length === 0 ? undefined : elementAt(free, draw(free.length));
  // A chain without any author could not even record who replaces it.
  if (replacement === undefined && seats.every((holder, other) => holder === undefined || other === seat)) {
    return { seats, seat: undefined, replacement: undefined };
  }
  return { seats: seats.with(seat, replacement), seat, replacement };
}

/** The accounts in the order of their ids, each once. */
function sortAccounts(accounts: readonly Uint8Array[]): Uint8Array[] {
  const sorted = accounts.toSorted(compareBytes);
  return sorted.filter((account, i) => i === 0 || compareBytes(elementAt(sorted, i - 1), account) !== 0);
}
