// What to do with a vote that arrives, before anything is kept. docs/protocol/grandpa.md §4.
import type { ChainView } from './chain-view.js';
import type { SignedVote, VerifyVote } from './messages.js';
import type { Rounds } from './rounds.js';
import type { PenaltyReason } from './voter-types.js';

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
