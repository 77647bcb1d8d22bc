// Epochs and eras of R²S (docs/protocol/r2s.md §1). Both follow from slot numbers alone, so that an epoch or an era without a
// block is counted all the same.
import { invariant } from '@cess/primitives';

/** Values of a chain's specification. */
export interface Schedule {
  /** Slot of block 1, with which epoch 0 and era 0 begin. */
  readonly firstSlot: bigint;
  readonly slotsPerEpoch: number;
  readonly epochsPerEra: number;
}

/** Periods of a production chain with slots of 6 s: epochs of an hour, eras of 6 hours, 3600 slots (§3.1 of the paper). */
export const PRODUCTION_PERIODS = { slotsPerEpoch: 600, epochsPerEra: 6 } as const;

export interface SchedulePosition {
  readonly epoch: bigint;
  readonly era: bigint;
  /** Whether this is the last epoch of its era, which elects the next era's members (R2S-6). */
  readonly isLastEpoch: boolean;
  /** Whether the first half of the epoch's slots is over. In the last epoch candidates post their proofs until then. */
  readonly isSecondHalf: boolean;
}

/** Where a slot lies. The slot must not be before the first one. */
export function positionOf({ firstSlot, slotsPerEpoch, epochsPerEra }: Schedule, slot: bigint): SchedulePosition {
  invariant(slotsPerEpoch > 0 && epochsPerEra > 0, 'epochs and eras have a length');
  invariant(slot >= firstSlot, 'the schedule begins with the slot of block 1');
  const since = slot - firstSlot;
  const epoch = since / BigInt(slotsPerEpoch);
  return {
    epoch,
    era: epoch / BigInt(epochsPerEra),
    isLastEpoch: epoch % BigInt(epochsPerEra) === BigInt(epochsPerEra - 1),
    isSecondHalf: 2n * (since % BigInt(slotsPerEpoch)) >= BigInt(slotsPerEpoch),
  };
}

/** The first slot of an era. */
export function firstSlotOf({ firstSlot, slotsPerEpoch, epochsPerEra }: Schedule, era: bigint): bigint {
  return firstSlot + era * BigInt(slotsPerEpoch * epochsPerEra);
}
