// A voter epoch over any place that keeps it: what was noted, and when it counts.
import type { VoterEpoch } from './voting-finality.js';

export interface EpochRecord {
  readonly epoch: Uint8Array;
  readonly isNew: boolean;
  readonly lastVote: VoterEpoch['lastVote'];
  readonly lastSlot: bigint | undefined;
}

/** The epoch of a process. `keep` makes each new record durable before it returns. */
export function openKeptEpoch(found: EpochRecord, keep: (record: EpochRecord) => void): VoterEpoch {
  let record = found;
  const change = (changes: Partial<EpochRecord>): void => {
    record = { ...record, ...changes };
    keep(record);
  };
  return {
    epoch: found.epoch,
    isNew: found.isNew,
    lastVote: found.lastVote,
    get lastSlot() {
      return record.lastSlot;
    },
    keep: () => change({ isNew: false }),
    noteVote: (lastVote) => change({ lastVote }),
    noteSlot: (lastSlot) => change({ lastSlot }),
  };
}
