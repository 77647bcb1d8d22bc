// The votes of a key in the last round in which it voted, as they are known beside the key, outside the database (GR-82). A database that
// lacks one of them was put back from a backup: the voter is silent until that round, and there it says the same again. Source:
// finality-grandpa issue 93, "conservative recovery"; substrate#7372 is what happens without it.
import type { BlockRef } from './chain-view.js';
import type { UnsignedVote, VoteKind } from './messages.js';

const kinds = ['primary', 'prevote', 'precommit'] as const;

type Votes = { readonly [Kind in VoteKind]?: BlockRef };

export interface VoteMark {
  readonly setId: number;
  readonly round: number;
  readonly votes: Votes;
}

/** Whether a database that is in this round of this set, with these own votes, has all of the mark. */
export function hasMarkedVotes(mark: VoteMark, setId: number, round: number, own: Votes): boolean {
  if (setId !== mark.setId) return setId > mark.setId;
  if (round !== mark.round) return round > mark.round;
  return kinds.every((kind) => mark.votes[kind] === undefined || own[kind] !== undefined);
}

/** Whether the votes of the mark are of this round. */
export function isMarkOf(mark: VoteMark | undefined, setId: number, round: number): mark is VoteMark {
  return mark?.setId === setId && mark.round === round;
}

/** Whether all votes of the key up to the mark are of earlier rounds. */
export function isPastMark(mark: VoteMark | undefined, setId: number, round: number): boolean {
  return mark === undefined || setId > mark.setId || (setId === mark.setId && round > mark.round);
}

/** The votes of a round, in the order in which they are cast. */
export function markedVotes({ setId, round, votes }: VoteMark): UnsignedVote[] {
  return kinds.flatMap((kind) => {
    const target = votes[kind];
    return target === undefined ? [] : [{ kind, round, setId, target }];
  });
}
