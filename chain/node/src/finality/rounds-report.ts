// What a voter knows of its rounds, as `grandpa_roundState` gives it. Source: Substrate `sc-consensus-grandpa-rpc` (`ReportedRoundStates`).
import type { Phase, Round, VoterSet } from '@cess/consensus';

interface ReportedVotes {
  /** Weight of the members whose vote of this phase was seen. */
  readonly currentWeight: number;
  /** Keys of the others, 0x-prefixed hex. */
  readonly missing: readonly string[];
}

export interface ReportedRound {
  readonly round: number;
  readonly totalWeight: number;
  readonly thresholdWeight: number;
  readonly prevotes: ReportedVotes;
  readonly precommits: ReportedVotes;
}

export interface ReportedRounds {
  readonly setId: number;
  readonly best: ReportedRound;
  /** Rounds of the past that still count votes, the latest first. */
  readonly background: readonly ReportedRound[];
}

export function reportRound(round: Round, voters: VoterSet): ReportedRound {
  const votesOf = (phase: Phase): ReportedVotes => ({
    currentWeight: round.participation(phase),
    missing: voters.keys.filter((_, index) => round.votesOf(phase, index) === undefined).map((key) => `0x${key}`),
  });
  return {
    round: round.number,
    totalWeight: voters.totalWeight,
    thresholdWeight: voters.threshold,
    prevotes: votesOf('prevote'),
    precommits: votesOf('precommit'),
  };
}
