// The reducer of epochs and eras (docs/protocol/r2s.md §1, §2): which randomness is in force, when an election is due, who sits
// where. Epochs without a block are skipped: the next block uses what was announced last, and the indices follow its slot, so that
// a stall never leaves a chain without an epoch that it may continue with.
import { invariant } from '@cess/primitives';
import { positionOf, type Schedule } from './schedule.js';
import { orderMembers, type Seats } from './seats.js';

/** Randomness of an epoch. */
export interface EpochSeed {
  /** Beacon after the last block of `epoch`, 64 bytes. */
  readonly beacon: Uint8Array;
  /** The epoch whose blocks made it; undefined for the beacon of the genesis. */
  readonly epoch: bigint | undefined;
}

export interface EraClock {
  readonly epoch: bigint;
  readonly era: bigint;
  /** In force in this epoch: of the last epoch but one that had blocks. */
  readonly seed: EpochSeed;
  /** Announced for the next epoch that has blocks. */
  readonly nextSeed: EpochSeed;
  readonly seats: Seats;
  /** Members of the next era, once they are elected. */
  readonly elected: readonly Uint8Array[] | undefined;
}

export type EraEvent =
  | { readonly type: 'EpochStarted'; readonly epoch: bigint; readonly skipped: bigint }
  /** `isElected` is false if the members of the era before go on because no election took place. */
  | { readonly type: 'EraStarted'; readonly era: bigint; readonly skipped: bigint; readonly isElected: boolean }
  /** The caller elects the members of the next era in this block, and records them with `recordElection`. */
  | { readonly type: 'ElectionDue'; readonly era: bigint };

export interface ClockStep {
  readonly clock: EraClock;
  /** In the order in which they happen. */
  readonly events: readonly EraEvent[];
}

/** The clock before block 1. */
export function startEraClock(members: readonly Uint8Array[], genesisBeacon: Uint8Array): EraClock {
  const seed = { beacon: genesisBeacon, epoch: undefined };
  const seats = orderMembers(members, genesisBeacon, 0n);
  return { epoch: 0n, era: 0n, seed, nextSeed: seed, seats, elected: undefined };
}

/** The clock of a block in `slot`, from that of its parent and the beacon after the parent. */
export function beginSlot(schedule: Schedule, clock: EraClock, slot: bigint, parentBeacon: Uint8Array): ClockStep {
  const { epoch, era, isLastEpoch, isSecondHalf } = positionOf(schedule, slot);
  invariant(epoch >= clock.epoch, 'slots of a chain increase');
  const events: EraEvent[] = [];
  let next = clock;
  if (epoch > clock.epoch) {
    next = { ...next, epoch, seed: clock.nextSeed, nextSeed: { beacon: parentBeacon, epoch: clock.epoch } };
    events.push({ type: 'EpochStarted', epoch, skipped: epoch - clock.epoch - 1n });
  }
  if (era > clock.era) {
    const members = clock.elected ?? clock.seats.filter((holder) => holder !== undefined);
    next = { ...next, era, seats: orderMembers(members, next.seed.beacon, era), elected: undefined };
    events.push({
      type: 'EraStarted',
      era,
      skipped: era - clock.era - 1n,
      isElected: clock.elected !== undefined,
    });
  }
  if (isLastEpoch && isSecondHalf && next.elected === undefined) events.push({ type: 'ElectionDue', era: era + 1n });
  return { clock: next, events };
}

/** The clock with the members of the next era. They are at least one. */
export function recordElection(clock: EraClock, members: readonly Uint8Array[]): EraClock {
  invariant(members.length > 0, 'an era has members');
  return { ...clock, elected: members };
}

/**
 * Whether the key that a candidate registered in `registeredIn` counts in an election over this seed: only if it was registered in
 * an epoch before the one whose beacon is the seed. Who knows the seed could otherwise try keys until one gives a low R.
 * Candidates of the genesis registered in `undefined`.
 */
export function isKeyOlderThan(seed: EpochSeed, registeredIn: bigint | undefined): boolean {
  return registeredIn === undefined || (seed.epoch !== undefined && registeredIn < seed.epoch);
}
