// The step of the clock in every block, before all hooks. It is a rule of validity and not a hook: whose turn a slot is must not
// depend on whether something else failed.
import { authorityIndexOf, missedSlots } from '@cess/consensus';
import { CessError, compareBytes } from '@cess/primitives';
import type { Context, StorageAccess } from '../../frame/context.js';
import { advance, type SeatHolders, scheduleOf, toEraClock } from './clock.js';
import { type ClockValue, sessionEvents as events, type Member, sessionStorage as storage } from './declaration.js';
import type { SessionNeeds } from './needs.js';

/** What the header of a block claims, and what its parent left. */
export interface OpenedSlot {
  readonly slot: bigint;
  readonly seat: number;
  readonly parentSlot: bigint;
  readonly parentBeacon: Uint8Array;
}

/** Who authors in the slots of a block in `slot`, by seat, from the state after its parent. */
export function holdersOfSlot(
  at: StorageAccess,
  needs: SessionNeeds,
  slot: bigint,
  parentBeacon: Uint8Array,
): SeatHolders {
  const before = storage.Clock.get(at);
  return before === undefined ? needs.formerAuthorities(at) : advance(at, before, slot, parentBeacon).value.seats;
}

/**
 * Moves the clock to the slot of the current block. Returns whether an era begins with it. Throws `BLOCK_INVALID` if it is not the
 * turn of the claimed seat.
 */
export function openSession(ctx: Context, needs: SessionNeeds, opened: OpenedSlot): boolean {
  const { slot, seat, parentBeacon } = opened;
  const before = storage.Clock.get(ctx);
  if (before === undefined) {
    storage.Author.put(ctx, holderOf(needs.formerAuthorities(ctx), opened));
    return false;
  }
  const schedule = scheduleOf(ctx, slot);
  storage.FirstSlot.put(ctx, schedule.firstSlot);
  const { value, events: happened } = advance(ctx, before, slot, parentBeacon);
  storage.Author.put(ctx, holderOf(value.seats, { slot, seat }));
  storage.Clock.put(ctx, value);
  for (const event of happened) {
    if (event.type === 'EpochStarted') {
      events.deposit(ctx, { type: 'EpochStarted', value: { epoch: event.epoch, skipped: event.skipped } });
    } else if (event.type === 'EraStarted') {
      const members = membersOf(value);
      storage.Members.put(ctx, members);
      const { era, skipped, isElected } = event;
      events.deposit(ctx, {
        type: 'EraStarted',
        value: { era, skipped, is_elected: isElected, members: members.length },
      });
    }
  }
  noteMissed(ctx, opened, before, value);
  return value.era > before.era;
}

function noteMissed(ctx: Context, { slot, parentSlot }: OpenedSlot, before: ClockValue, value: ClockValue): void {
  const hasParent = parentSlot > 0n;
  const missed = hasParent
    ? missedSlots(
        scheduleOf(ctx, slot),
        { slot: parentSlot, clock: toEraClock(before) },
        { slot, clock: toEraClock(value) },
      )
    : [];
  if (missed.length > 0) storage.Missed.put(ctx, missed);
  else storage.Missed.kill(ctx);
}

function holderOf(seats: SeatHolders, { slot, seat }: Pick<OpenedSlot, 'slot' | 'seat'>): Member {
  const holder = seats[seat];
  if (holder === undefined || seat !== authorityIndexOf(slot, seats.length)) {
    const reason = 'it is not the turn of its author';
    throw new CessError('BLOCK_INVALID', `The block is not valid: ${reason}.`, { reason });
  }
  return holder;
}

/** Who has a seat, by account id. */
function membersOf({ seats }: ClockValue): Member[] {
  return seats.filter((holder) => holder !== undefined).toSorted((a, b) => compareBytes(a.account, b.account));
}
