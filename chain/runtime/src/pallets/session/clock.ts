// The clock of the chain's state as the reducers of R²S take it, and back. The reducers know members by account; the keys
// are joined here. A member keeps the key of its election: a new one takes effect with the next election that it wins.
import { beginSlot, type EraClock, type EraEvent, positionOf, type Schedule } from '@cess/consensus';
import { equalBytes, invariant } from '@cess/primitives';
import type { StorageAccess } from '../../frame/context.js';
import { type ClockValue, type Member, sessionStorage as storage } from './declaration.js';

export type SeatHolders = readonly (Member | undefined)[];

export function toEraClock({ epoch, era, seed, next_seed, seats, elected }: ClockValue): EraClock {
  return {
    epoch,
    era,
    seed,
    nextSeed: next_seed,
    seats: seats.map((holder) => holder?.account),
    elected: elected?.map(({ account }) => account),
  };
}

/** The value of a clock whose accounts are all among `members`. */
export function toClockValue(clock: EraClock, members: readonly Member[]): ClockValue {
  const memberOf = (account: Uint8Array): Member => {
    const found = members.find((member) => equalBytes(member.account, account));
    invariant(found, 'whoever has a seat has a key');
    return found;
  };
  return {
    epoch: clock.epoch,
    era: clock.era,
    seed: clock.seed,
    next_seed: clock.nextSeed,
    seats: clock.seats.map((account) => account && memberOf(account)),
    elected: clock.elected?.map(memberOf),
  };
}

/** The schedule of a chain whose block 1 is in `firstSlot` if it has none yet. */
export function scheduleOf(at: StorageAccess, firstSlot: bigint): Schedule {
  const { slots_per_epoch, epochs_per_era } = storage.Periods.get(at);
  return {
    firstSlot: storage.FirstSlot.get(at) ?? firstSlot,
    slotsPerEpoch: slots_per_epoch,
    epochsPerEra: epochs_per_era,
  };
}

export interface Advanced {
  readonly value: ClockValue;
  readonly events: readonly EraEvent[];
}

/** The clock of a block in `slot`, from that in the state of its parent and the beacon after the parent. */
export function advance(at: StorageAccess, before: ClockValue, slot: bigint, parentBeacon: Uint8Array): Advanced {
  const { clock, events } = beginSlot(scheduleOf(at, slot), toEraClock(before), slot, parentBeacon);
  if (clock.era === before.era) {
    const { epoch, seed, nextSeed } = clock;
    return { value: { ...before, epoch, seed, next_seed: nextSeed }, events };
  }
  return {
    value: toClockValue(clock, before.elected ?? before.seats.filter((holder) => holder !== undefined)),
    events,
  };
}

/** Whether the members of the next era are to be elected in the current block, and were not yet. */
export function isElectionDue(at: StorageAccess, slot: bigint): boolean {
  const { isLastEpoch, isSecondHalf } = positionOf(scheduleOf(at, slot), slot);
  return isLastEpoch && isSecondHalf && storage.Clock.get(at)?.elected === undefined;
}
