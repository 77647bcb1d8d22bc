// Weights of Audit.
import type { Weight } from '@cess/chain-primitives';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';

/** A round asks about at most so many fragments, and so many blocks of them. */
const MAX_ASKED_FRAGMENTS = 46n;
const MAX_ASKED_BLOCKS = 505n;

const PER_CALL = weightTable.proof;
const PER_REPORT = weightTable.tagReport;
const PER_VERDICT = weightTable.verdict;
/** A challenge is read, its fragments lose their holder, and their restoral orders open. */
const FAILURE = MAX_ASKED_FRAGMENTS * weightTable.restoralOrder;
const VERIFICATION = weightTable.disputeBase + MAX_ASKED_BLOCKS * weightTable.verifiedBlock;
const PER_DEADLINE = 2_000_000_000n;
const PER_ROUND = 300_000_000n;
const PER_TOMBSTONE = 100_000_000n;

export const PROOF_WEIGHT = refTime(PER_CALL);
export const DISPUTE_WEIGHT = refTime(PER_CALL + VERIFICATION + FAILURE);
export const CONCESSION_WEIGHT = refTime(PER_CALL + FAILURE);

export function reportsWeight({ reports }: { readonly reports: readonly unknown[] }): Weight {
  return refTime(PER_CALL + PER_REPORT * BigInt(reports.length));
}

export function disputesWeight({ rounds }: { readonly rounds: readonly unknown[] }): Weight {
  return refTime(PER_CALL + (VERIFICATION + FAILURE) * BigInt(rounds.length));
}

export function verdictsWeight({ verdicts }: { readonly verdicts: readonly unknown[] }): Weight {
  return refTime(PER_CALL + PER_VERDICT * BigInt(verdicts.length));
}

/** Weight of what a block does before its first extrinsic. */
export function upkeepWeight(done: {
  readonly compacted: number;
  readonly ended: number;
  readonly opened: number;
}): Weight {
  return refTime(
    BigInt(done.compacted) * PER_TOMBSTONE + BigInt(done.ended) * PER_DEADLINE + BigInt(done.opened) * PER_ROUND,
  );
}
