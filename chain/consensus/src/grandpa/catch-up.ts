// Catch-up: the votes of a completed round, by which a voter that fell behind skips to the round after it.
// Source: finality-grandpa `validate_catch_up`; docs/protocol/grandpa.md §8.
import type { BlockRef, ChainView } from './chain-view.js';
import type { CatchUp, SignedVote, VerifyVote, VoteEntry } from './messages.js';
import { type Phase, Round } from './round.js';
import type { VoterSet } from './voter-set.js';

/** All votes of a phase, both of those who equivocated. */
function entriesOf(round: Round, phase: Phase): VoteEntry[] {
  return round.voters.keys.flatMap((voter, index): VoteEntry[] => {
    const cast = round.votesOf(phase, index);
    if (!cast) return [];
    return [cast.first, ...(cast.second ? [cast.second] : [])].map((ballot) => ({ ...ballot, voter }));
  });
}

/** All votes of a round as messages. */
export function votesOf(round: Round, setId: number): SignedVote[] {
  return (['prevote', 'precommit'] as const).flatMap((kind) =>
    entriesOf(round, kind).map((entry) => ({ kind, round: round.number, setId, ...entry })),
  );
}

export function createCatchUp(round: Round, setId: number): CatchUp {
  return {
    setId,
    round: round.number,
    base: round.base,
    prevotes: entriesOf(round, 'prevote'),
    precommits: entriesOf(round, 'precommit'),
  };
}

/** `missing`: a block that must be imported first. */
export type OpenedCatchUp =
  | { readonly outcome: 'completed'; readonly round: Round }
  | { readonly outcome: 'missing'; readonly block: BlockRef }
  | { readonly outcome: 'invalid' };

/**
 * The round of a catch-up, if it is completable by its votes alone (GR-71). Members vote at most twice in each phase;
 * signatures are verified last.
 */
export function openCatchUp(catchUp: CatchUp, voters: VoterSet, view: ChainView, verify: VerifyVote): OpenedCatchUp {
  const { prevotes, precommits, base } = catchUp;
  const phases = [
    ['prevote', prevotes],
    ['precommit', precommits],
  ] as const;
  for (const block of [base, ...[...prevotes, ...precommits].map(({ target }) => target)]) {
    const number = view.numberOf(block.hash);
    if (number === undefined) return { outcome: 'missing', block };
    if (number !== block.number) return { outcome: 'invalid' };
  }
  const round = new Round(catchUp.round, voters, base);
  for (const [phase, entries] of phases) {
    for (const { voter, ...ballot } of entries) {
      const index = voters.indexOf(voter);
      if (index === undefined) return { outcome: 'invalid' };
      const outcome = round.addVote(phase, index, ballot, view);
      if (outcome !== 'added' && outcome !== 'equivocation') return { outcome: 'invalid' };
    }
  }
  if (!round.state.completable) return { outcome: 'invalid' };
  const { setId, round: number } = catchUp;
  for (const [kind, entries] of phases) {
    if (!entries.every((entry) => verify({ kind, round: number, setId, ...entry }))) return { outcome: 'invalid' };
  }
  return { outcome: 'completed', round };
}
