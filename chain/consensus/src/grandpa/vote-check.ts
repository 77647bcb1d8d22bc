// What to do with a vote that arrives, before anything is kept. docs/protocol/grandpa.md §4.
import type { ChainView } from './chain-view.js';
import type { SignedVote, VerifyVote } from './messages.js';
import type { Rounds } from './rounds.js';
import type { VoteEquivocation } from './vote-equivocation.js';
import type { PenaltyReason } from './voter-types.js';
import type { VotingRound } from './voting-round.js';

/**
 * `ignore`: of another set, too far from the current round, or known already. Signatures are verified last, once for each vote
 * that can matter (GR-23).
 */
export function checkVote(
  vote: SignedVote,
  rounds: Rounds,
  view: ChainView,
  verify: VerifyVote,
): 'accept' | 'ignore' | PenaltyReason {
  const best = rounds.best.round.number;
  if (vote.setId !== rounds.setId || vote.round > best + 1) return 'ignore';
  const at = rounds.find(vote.round);
  if (!at && vote.round <= best) return 'ignore';
  const voter = rounds.voters.indexOf(vote.voter);
  if (voter === undefined) return 'unknown-voter';
  if (at && vote.kind !== 'primary') {
    const cast = at.round.votesOf(vote.kind, voter);
    if (cast?.second !== undefined || cast?.first.target.hash === vote.target.hash) return 'ignore';
  }
  const number = view.numberOf(vote.target.hash);
  if (number !== undefined && number !== vote.target.number) return 'wrong-height';
  return verify(vote) ? 'accept' : 'signature';
}

/**
 * Whether a verified vote with the local key is not one that this voter cast. Of a past round, the voter may have lost its own
 * vote in a restart after which the round's blocks were pruned; then nothing is known.
 */
export function isForeign({ kind, round, target, voter }: SignedVote, rounds: Rounds): boolean {
  const best = rounds.best.round.number;
  if (round >= best) return round > best || rounds.best.own[kind]?.hash !== target.hash;
  const index = rounds.voters.indexOf(voter);
  const cast = kind === 'primary' || index === undefined ? undefined : rounds.find(round)?.round.votesOf(kind, index);
  return cast !== undefined && cast.first.target.hash !== target.hash;
}

/**
 * The proof that a counted vote gives against its voter, once in each phase of a round (GR-60). A vote beside the base of the round
 * counts nothing and proves as much: after a conflict of final blocks, the votes of the other side are such.
 */
export function findEquivocation(vote: SignedVote, voter: number, at: VotingRound): VoteEquivocation | undefined {
  const { kind, round, setId, target, signature } = vote;
  if (kind === 'primary') return undefined;
  const cast = at.round.votesOf(kind, voter);
  if (!cast || cast.first.target.hash === target.hash || at.reported.has(`${kind} ${voter}`)) return undefined;
  at.reported.add(`${kind} ${voter}`);
  return { setId, round, phase: kind, voter: vote.voter, first: cast.first, second: { target, signature } };
}
