// Commits: which precommits prove a finalized block, and when a received commit is valid.
// Source: finality-grandpa `validate_commit`, `finalizing_precommits`; docs/protocol/grandpa.md §5.
import { type BlockRef, type ChainView, isEqualOrDescendant } from './chain-view.js';
import type { Commit, VerifyVote, VoteEntry } from './messages.js';
import { type CastVotes, Round } from './round.js';
import type { VoterSet } from './voter-set.js';

/** Why a commit is refused. `unknown-block`: its votes are genuine, and it is judged when their blocks are imported. */
export type CommitProblem =
  | 'empty'
  | 'unknown-voter'
  | 'duplicate-vote'
  | 'weight'
  | 'unknown-block'
  | 'ancestry'
  | 'target'
  | 'signature';

/**
 * What is wrong with the commit, cheapest questions first; undefined if it is valid (GR-30). Every vote is by a member, at
 * most two per member and these different; all targets descend from the lowest; the GHOST of the votes is the target.
 */
export function findCommitProblem(
  commit: Commit,
  voters: VoterSet,
  view: ChainView,
  verify: VerifyVote,
): CommitProblem | undefined {
  const { precommits, target, round, setId } = commit;
  const counted = new Map<number, VoteEntry[]>();
  let weight = 0;
  for (const entry of precommits) {
    const voter = voters.indexOf(entry.voter);
    if (voter === undefined) return 'unknown-voter';
    const cast = counted.get(voter);
    if (!cast) {
      weight += voters.weightAt(voter);
      counted.set(voter, [entry]);
    } else {
      const [first] = cast;
      if (cast.length > 1 || first?.target.hash === entry.target.hash) return 'duplicate-vote';
      cast.push(entry);
    }
  }
  const base = lowest(precommits);
  if (!base) return 'empty';
  if (weight < voters.threshold) return 'weight';
  const isSigned = () => precommits.every((entry) => verify({ kind: 'precommit', round, setId, ...entry }));
  for (const { target: block } of [{ target }, ...precommits]) {
    const number = view.numberOf(block.hash);
    // Anybody can name a block that does not exist; others are asked only for those that voters name.
    if (number === undefined) return isSigned() ? 'unknown-block' : 'signature';
    if (number !== block.number) return 'ancestry';
  }
  const tally = new Round(round, voters, base);
  for (const [voter, entries] of counted) {
    for (const entry of entries) if (tally.addVote('precommit', voter, entry, view) === 'unrelated') return 'ancestry';
  }
  const ghost = tally.precommitGhost();
  if (!ghost) return 'weight';
  if (ghost.hash !== target.hash) return 'target';
  return isSigned() ? undefined : 'signature';
}

/**
 * A commit for the round's precommit GHOST, at or above the block that the round finalized; undefined if the votes so far do
 * not prove it in this format. Votes of equivocators go in only where they are needed: their blocks may lie below the
 * other votes or beside them, where no base for all votes exists (GR-31). Undefined also for a target at or below `aboveNumber`.
 */
export function createCommit(round: Round, setId: number, view: ChainView, aboveNumber = -1): Commit | undefined {
  const { finalized } = round.state;
  const target = finalized && round.precommitGhost(finalized);
  if (!target || target.number <= aboveNumber) return undefined;
  const precommits: VoteEntry[] = [];
  const doubtful: { readonly cast: CastVotes; readonly voter: number }[] = [];
  let weight = 0;
  round.voters.keys.forEach((key, voter) => {
    const cast = round.votesOf('precommit', voter);
    if (!cast) return;
    const supporting = [cast.first, cast.second].find(
      (ballot) => ballot && isEqualOrDescendant(view, target, ballot.target),
    );
    if (supporting) {
      precommits.push({ ...supporting, voter: key });
      weight += round.voters.weightAt(voter);
    } else if (cast.second) doubtful.push({ cast, voter });
  });
  for (const { cast, voter } of doubtful) {
    if (weight >= round.voters.threshold) break;
    const key = round.voters.keys[voter] ?? '';
    for (const ballot of [cast.first, cast.second]) if (ballot) precommits.push({ ...ballot, voter: key });
    weight += round.voters.weightAt(voter);
  }
  const base = lowest(precommits);
  if (!base || weight < round.voters.threshold) return undefined;
  const isRooted = precommits.every((entry) => isEqualOrDescendant(view, base, entry.target));
  return isRooted ? { round: round.number, setId, target, precommits } : undefined;
}

/** The lowest target: the base of the votes. */
export function lowest(entries: readonly VoteEntry[]): BlockRef | undefined {
  return entries.reduce<BlockRef | undefined>(
    (low, { target }) => (low && low.number <= target.number ? low : target),
    undefined,
  );
}
