// Which members let slots pass without a block (docs/protocol/r2s.md §9). The figures are published; a missed slot costs its points
// and nothing else.
import { elementAt, toHex } from '@cess/primitives';
import type { EraClock } from './era-clock.js';
import { firstSlotOf, type Schedule } from './schedule.js';
import type { Seats } from './seats.js';

/** Slot and clock of a block. */
export interface ClockedBlock {
  readonly slot: bigint;
  readonly clock: EraClock;
}

export interface MissedSlots {
  readonly account: Uint8Array;
  readonly slots: number;
}

/**
 * The slots between a block and its parent by the member whose turn they were, by seat. Slots of the parent's era count by its
 * seats, those of the block's era by the new seats. Nobody was seated in eras in between.
 */
export function missedSlots(schedule: Schedule, parent: ClockedBlock, block: ClockedBlock): MissedSlots[] {
  const start = firstSlotOf(schedule, block.clock.era);
  const turns =
    parent.clock.era === block.clock.era
      ? turnsOf(parent.clock.seats, parent.slot + 1n, block.slot)
      : [
          ...turnsOf(parent.clock.seats, parent.slot + 1n, firstSlotOf(schedule, parent.clock.era + 1n)),
          ...turnsOf(block.clock.seats, start, block.slot),
        ];
  const byAccount = new Map<string, MissedSlots>();
  for (const { account, slots } of turns) {
    const before = byAccount.get(toHex(account))?.slots ?? 0;
    byAccount.set(toHex(account), { account, slots: before + slots });
  }
  return [...byAccount.values()];
}

/** How often it was whose turn in the slots from `from` up to `to`, without `to`; by seat, without those who had no turn. */
function turnsOf(seats: Seats, from: bigint, to: bigint): MissedSlots[] {
  const count = BigInt(seats.length);
  const turnsBefore = (seat: bigint, slot: bigint): bigint => (slot - seat + count - 1n) / count;
  return seats.flatMap((_, index) => {
    const account = elementAt(seats, index);
    const slots = Number(turnsBefore(BigInt(index), to) - turnsBefore(BigInt(index), from));
    return account === undefined || slots === 0 ? [] : [{ account, slots }];
  });
}
