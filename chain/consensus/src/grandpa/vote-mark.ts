// The last vote of a key as it is known beside the key, outside the database (GR-82). A database that lacks this vote, or all of them,
// was put back from a backup: the voter is silent until it is past what it may have said. Source: finality-grandpa issue 93,
// "conservative recovery"; substrate#7372 is what happens without it.
import type { VoteKind } from './messages.js';

export interface VoteMark {
  readonly setId: number;
  readonly round: number;
  readonly kind: VoteKind;
}

/** Whether a database that is in this round of this set, with these own votes, has the vote. */
export function hasMarkedVote(
  mark: VoteMark,
  setId: number,
  round: number,
  own: { readonly [Kind in VoteKind]?: unknown },
): boolean {
  if (setId !== mark.setId) return setId > mark.setId;
  return round > mark.round || (round === mark.round && own[mark.kind] !== undefined);
}

/** Whether all votes of the key up to the mark are of earlier rounds. */
export function isPastMark(mark: VoteMark, setId: number, round: number): boolean {
  return setId > mark.setId || (setId === mark.setId && round > mark.round);
}
