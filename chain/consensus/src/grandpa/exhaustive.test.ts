// GR-4 to GR-6, GR-12, GR-13: every behaviour of three honest voters and one that says anything to anybody, over three rounds on a
// small tree. The rounds are the real ones; the search chooses votes, who sees what and when, and every block that fork choice
// may prefer. No two blocks that conflict can be final.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Phase, Round, type RoundState, VoterSet } from '../index.js';
import { BlockTree, weighted } from '../test-support/block-tree.js';

// The inner part of the fuzz tree: two branches of two blocks.
const tree = new BlockTree('0').push('0', '1', '4').push('0', '2', '7');
const blocks = tree.names;
const isAtOrAbove = (low: string, high: string) => {
  for (let at: string | undefined = high; at !== undefined; at = tree.parentOf(at)) if (at === low) return true;
  return false;
};
const above = new Map(blocks.map((low) => [low, blocks.filter((each) => isAtOrAbove(low, each))]));

const voters = VoterSet.of(weighted(1, 1, 1, 1));
/** What the fourth voter shows of itself: nothing, one vote, or two. */
const liarViews: readonly (readonly string[])[] = [[], ['4'], ['7'], ['4', '7']];
/** Which of two other voters somebody has heard. */
const subsets = [[], [0], [1], [0, 1]] as const;

type View = { readonly honest: readonly string[]; readonly liar: readonly string[] };

/** Voters have equal weights, so that a state depends on the votes and not on whose they are. */
const states = new Map<string, RoundState>();
let evaluated = 0;
function stateOf(prevotes: View, precommits: View): RoundState {
  const key = [prevotes, precommits].map(({ honest, liar }) => `${[...honest].sort()}/${liar}`).join('|');
  const known = states.get(key);
  if (known) return known;
  evaluated++;
  const round = new Round(1, voters, tree.ref('0'));
  const phases: [Phase, View][] = [
    ['prevote', prevotes],
    ['precommit', precommits],
  ];
  for (const [phase, { honest, liar }] of phases) {
    const cast = (voter: number, block: string) =>
      round.addVote(phase, voter, { target: tree.ref(block), signature: new Uint8Array(0) }, tree);
    [...honest].sort().forEach((block, voter) => {
      cast(voter, block);
    });
    for (const block of liar) cast(3, block);
  }
  const { state } = round;
  states.set(key, state);
  // GR-4 to GR-6, in every state there is.
  if (state.estimate) assert.ok(isAtOrAbove(state.estimate.hash, state.prevoteGhost!.hash), 'E <= g');
  if (state.finalized) assert.ok(isAtOrAbove(state.finalized.hash, state.estimate!.hash), 'finalized <= E');
  return state;
}

type Votes = readonly (string | undefined)[];
const others = (voter: number) => [0, 1, 2].filter((each) => each !== voter);

/** All that voter i can have seen of a phase: its own vote, of the others what arrived, and whatever the liar showed. */
function* viewsOf(voter: number, votes: Votes): Generator<View> {
  for (const subset of subsets) {
    const seen = [voter, ...subset.map((index) => others(voter)[index]!)];
    const honest = seen.flatMap((each) => votes[each] ?? []);
    for (const liar of liarViews) yield { honest, liar };
  }
}

const none: View = { honest: [], liar: [] };

/** Blocks for which voter i can precommit: the GHOSTs that it can see. */
function ghostsOf(voter: number, prevotes: Votes): Set<string> {
  const ghosts = new Set<string>();
  for (const view of viewsOf(voter, prevotes)) {
    const ghost = stateOf(view, none).prevoteGhost;
    if (ghost) ghosts.add(ghost.hash);
  }
  return ghosts;
}

/** Estimates with which voter i can leave the round. */
function estimatesOf(voter: number, prevotes: Votes, precommits: Votes): Set<string> {
  const estimates = new Set<string>();
  for (const seen of viewsOf(voter, prevotes)) {
    for (const heard of viewsOf(voter, precommits)) {
      const { completable, estimate } = stateOf(seen, heard);
      if (completable && estimate) estimates.add(estimate.hash);
    }
  }
  return estimates;
}

function* product(sets: readonly Iterable<string | undefined>[]): Generator<Votes> {
  const [first, ...rest] = sets;
  if (!first) {
    yield [];
    return;
  }
  for (const head of first) for (const tail of product(rest)) yield [head, ...tail];
}

/** Remembers answers about voter 0. Which voter asks, and the order of the two others, does not matter. */
function memo<T>(make: (voter: number, ...votes: Votes[]) => T): (voter: number, ...votes: Votes[]) => T {
  const known = new Map<string, T>();
  return (voter, ...votes) => {
    const column = (of: number) => votes.map((each) => each[of] ?? '-').join();
    const order = [voter, ...others(voter).sort((a, b) => (column(a) < column(b) ? -1 : 1))];
    const key = order.map(column).join('|');
    let value = known.get(key);
    if (value === undefined) {
      value = make(0, ...votes.map((each) => order.map((of) => each[of])));
      known.set(key, value);
    }
    return value;
  };
}
const ghosts = memo((voter, prevotes) => ghostsOf(voter, prevotes!));
const estimates = memo((voter, prevotes, precommits) => estimatesOf(voter, prevotes!, precommits!));

interface Found {
  readonly reached: number;
  readonly transitions: number;
  /** Two final blocks that conflict, or none. */
  readonly conflict: readonly string[] | undefined;
}

/** Explores all rounds from the start. A state is the last estimates of the honest voters, and the highest final block. */
function explore(rounds: number, doesRespectEstimates: boolean): Found {
  let frontier = new Set(['0,0,0|0']);
  const reached = new Set(frontier);
  let transitions = 0;
  for (let round = 0; round < rounds; round++) {
    const next = new Set<string>();
    for (const state of frontier) {
      const [bases, final] = state.split('|');
      const base = bases!.split(',');
      for (const prevotes of product(base.map((each) => above.get(doesRespectEstimates ? each : '0')!))) {
        const choices = base.map((estimate, voter) => {
          const allowed = [...ghosts(voter, prevotes)].filter(
            (ghost) => !doesRespectEstimates || isAtOrAbove(estimate, ghost),
          );
          // A voter may also be too slow to precommit, or must not.
          return [...allowed, undefined];
        });
        for (const precommits of product(choices)) {
          transitions++;
          const all = (votes: Votes): View => ({ honest: votes.flatMap((each) => each ?? []), liar: ['4', '7'] });
          const now = stateOf(all(prevotes), all(precommits)).finalized?.hash ?? '0';
          if (!isAtOrAbove(now, final!) && !isAtOrAbove(final!, now)) {
            return { reached: reached.size, transitions, conflict: [final!, now] };
          }
          const highest = isAtOrAbove(final!, now) ? now : final!;
          const lasts = base.map((_, voter) => estimates(voter, prevotes, precommits));
          for (const last of product(lasts)) {
            const key = `${[...last].sort().join()}|${highest}`;
            if (reached.has(key)) continue;
            reached.add(key);
            next.add(key);
          }
        }
      }
    }
    frontier = next;
  }
  return { reached: reached.size, transitions, conflict: undefined };
}

describe('every behaviour of four voters', () => {
  it('GR-12, GR-13: with one liar among four, no two final blocks conflict in three rounds', () => {
    const { conflict, reached, transitions } = explore(3, true);
    assert.equal(conflict, undefined);
    assert.ok(reached > 20 && transitions > 1000, `${reached} states, ${transitions} transitions`);
    assert.ok(evaluated > 1000, `${evaluated} round states`);
  });

  it('GR-12, GR-13: the search finds the conflict that voters make who ignore the last estimate', () => {
    assert.deepEqual(explore(3, false).conflict?.length, 2);
  });
});
