// Scores of candidates (docs/protocol/r2s.md §4; white paper §5.5): 0.5 credit + 0.3 stake + 0.2 VRF, each a whole number from
// 0 to 1000. The sum is kept in tenths of a point, 0 to 10,000, so that nothing is rounded where candidates are compared.
import { compareBytes, invariant, toHex } from '@cess/primitives';

/** The full score of each of the three parts. */
export const FULL_SCORE = 1000;
/** Stake above this multiple of the minimum counts no more (R2S-3). */
const COUNTED_STAKE_MULTIPLE = 4n;

export interface Candidate {
  /** 32 bytes. */
  readonly account: Uint8Array;
  /** In the smallest unit. */
  readonly stake: bigint;
  /** 0 to 1000 (`weighCredit`). */
  readonly credit: number;
  /** R of the proof that the candidate posted and the chain verified; undefined without one. */
  readonly vrfOutput: Uint8Array | undefined;
}

export interface ScoredCandidate<C extends Candidate = Candidate> {
  readonly candidate: C;
  readonly stakeScore: number;
  readonly vrfScore: number;
  /** In tenths of a point, 0 to 10,000. */
  readonly score: number;
}

/** 1000·(1 − R/2^n), rounded down, of R as a big-endian integer of n bits: the lowest R has the highest score. Without R, 0. */
export function vrfScoreOf(vrfOutput: Uint8Array | undefined): number {
  if (vrfOutput === undefined) return 0;
  invariant(vrfOutput.length > 0, 'an output of a VRF has bytes');
  const range = 1n << BigInt(8 * vrfOutput.length);
  return Number((BigInt(FULL_SCORE) * (range - BigInt(`0x${toHex(vrfOutput)}`))) / range);
}

/** The candidates from the best to the worst. Ties: higher credit, then lower R (none is the highest), then lower account id. */
export function rankCandidates<C extends Candidate>(
  candidates: readonly C[],
  minimumStake: bigint,
): ScoredCandidate<C>[] {
  const counted = (stake: bigint) => least(stake, COUNTED_STAKE_MULTIPLE * minimumStake);
  const largest = candidates.reduce((most, { stake }) => (counted(stake) > most ? counted(stake) : most), 0n);
  return candidates
    .map((candidate) => {
      const { credit, stake, vrfOutput } = candidate;
      invariant(Number.isInteger(credit) && credit >= 0 && credit <= FULL_SCORE, 'credit is 0 to 1000');
      const stakeScore = largest === 0n ? 0 : Number((BigInt(FULL_SCORE) * counted(stake)) / largest);
      const vrfScore = vrfScoreOf(vrfOutput);
      return { candidate, stakeScore, vrfScore, score: 5 * credit + 3 * stakeScore + 2 * vrfScore };
    })
    .sort(compareScored);
}

function compareScored(a: ScoredCandidate, b: ScoredCandidate): number {
  return (
    b.score - a.score ||
    b.candidate.credit - a.candidate.credit ||
    compareOutputs(a.candidate.vrfOutput, b.candidate.vrfOutput) ||
    compareBytes(a.candidate.account, b.candidate.account)
  );
}

function compareOutputs(a: Uint8Array | undefined, b: Uint8Array | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return compareBytes(a, b);
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
