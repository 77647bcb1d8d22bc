// The election of the next era's members as a function of state (docs/protocol/r2s.md §4, R2S-2, R2S-3, R2S-6).
import { equalBytes, invariant, toHex } from '@cess/primitives';
import { type CreditRules, isBelowThreshold } from './credit.js';
import { type Candidate, rankCandidates, type ScoredCandidate } from './score.js';

/** Values of a chain's specification. */
export interface ElectionRules extends CreditRules {
  /** Seats of an era. */
  readonly seats: number;
  /** With fewer members than this there is no new set. */
  readonly minimumMembers: number;
  /** In the smallest unit. */
  readonly minimumStake: bigint;
}

/** Values of a production chain: 11 seats, 3,000,000 CESS (white paper §3.1, R2S-1), and n = 4 as the least with a tolerated fault. */
export const PRODUCTION_ELECTION = {
  seats: 11,
  minimumMembers: 4,
  minimumStake: 3_000_000n * 10n ** 18n,
  creditThreshold: 0,
} as const satisfies ElectionRules;

export interface ElectionCandidate extends Candidate {
  /** Whole eras since it became a candidate. */
  readonly erasInPool: number;
  /** False while it exits, and after it was removed for misbehaviour. */
  readonly mayServe: boolean;
  /** Whether it answered enough trials (§13). */
  readonly hasPassedTrials: boolean;
}

export interface ElectionResult {
  /**
   * `Elected`: all seats by score. `Short`: all eligible candidates, and members of now who are no longer eligible but may serve.
   * `Kept`: too few for a new set; the members of now go on.
   */
  readonly outcome: 'Elected' | 'Short' | 'Kept';
  readonly members: readonly Uint8Array[];
  /** Eligible candidates without a seat, from the best on: the pool for replacements, and for auxiliary work. */
  readonly pool: readonly Uint8Array[];
  /** All eligible candidates with their scores, from the best on. */
  readonly ranking: readonly ScoredCandidate<ElectionCandidate>[];
}

/** Elects. `incumbents` are the members of now, at least one; `candidates` contains every account once. */
export function elect(
  candidates: readonly ElectionCandidate[],
  incumbents: readonly Uint8Array[],
  rules: ElectionRules,
): ElectionResult {
  invariant(incumbents.length > 0, 'an era has members');
  invariant(new Set(candidates.map(({ account }) => toHex(account))).size === candidates.length, 'candidates differ');
  const isEligible = (candidate: ElectionCandidate): boolean =>
    candidate.mayServe &&
    candidate.hasPassedTrials &&
    candidate.stake >= rules.minimumStake &&
    !isBelowThreshold(candidate, rules);
  const ranking = rankCandidates(candidates.filter(isEligible), rules.minimumStake);
  const accounts = ranking.map(({ candidate }) => candidate.account);
  const chosen = accounts.slice(0, rules.seats);
  const pool = accounts.slice(rules.seats);
  if (chosen.length === rules.seats) return { outcome: 'Elected', members: chosen, pool, ranking };
  const retained = rankCandidates(
    candidates.filter((candidate) => candidate.mayServe && !isEligible(candidate) && isIncumbent(candidate)),
    rules.minimumStake,
  ).map(({ candidate }) => candidate.account);
  const members = [...chosen, ...retained].slice(0, rules.seats);
  if (members.length >= Math.max(1, rules.minimumMembers)) return { outcome: 'Short', members, pool, ranking };
  const others = accounts.filter((account) => !incumbents.some((incumbent) => equalBytes(incumbent, account)));
  return { outcome: 'Kept', members: incumbents, pool: others, ranking };

  function isIncumbent({ account }: ElectionCandidate): boolean {
    return incumbents.some((incumbent) => equalBytes(incumbent, account));
  }
}
