// Weights of Audit.
import type { Weight } from '@cess/chain-primitives';

const PER_CALL = 100_000_000n;
const PER_REPORT = 700_000_000n;
const PER_VERDICT = 700_000_000n;
/** A challenge of up to 46 fragments is read and their holders are taken away. */
const FAILURE = 50_000_000_000n;
/** A whole verification, 505 blocks. */
const VERIFICATION = 250_000_000_000n;
const PER_DEADLINE = 2_000_000_000n;
const PER_ROUND = 300_000_000n;
const PER_TOMBSTONE = 100_000_000n;

const weightOf = (ref_time: bigint): Weight => ({ ref_time, proof_size: 0n });

export const PROOF_WEIGHT = weightOf(PER_CALL);
export const DISPUTE_WEIGHT = weightOf(PER_CALL + VERIFICATION + FAILURE);
export const CONCESSION_WEIGHT = weightOf(PER_CALL + FAILURE);

export function reportsWeight({ reports }: { readonly reports: readonly unknown[] }): Weight {
  return weightOf(PER_CALL + PER_REPORT * BigInt(reports.length));
}

export function disputesWeight({ rounds }: { readonly rounds: readonly unknown[] }): Weight {
  return weightOf(PER_CALL + (VERIFICATION + FAILURE) * BigInt(rounds.length));
}

export function verdictsWeight({ verdicts }: { readonly verdicts: readonly unknown[] }): Weight {
  return weightOf(PER_CALL + PER_VERDICT * BigInt(verdicts.length));
}

/** Weight of what a block does before its first extrinsic. */
export function upkeepWeight(done: {
  readonly compacted: number;
  readonly ended: number;
  readonly opened: number;
}): Weight {
  return weightOf(
    BigInt(done.compacted) * PER_TOMBSTONE + BigInt(done.ended) * PER_DEADLINE + BigInt(done.opened) * PER_ROUND,
  );
}
