// GR-3 to GR-6: what follows from the votes of a round. Scenarios and figures are those of finality-grandpa's round tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Phase, Round, type RoundState, type VoteOutcome, VoterSet } from '../index.js';
import { BlockTree, fuzzTree, weighted } from '../test-support/block-tree.js';

// Alice 4, Bob 7, Eve 3: total 14, threshold 10.
const voters = VoterSet.of(weighted(4, 7, 3));
const [alice, bob, eve] = [0, 1, 2];
const tree = new BlockTree()
  .push('genesis', 'A', 'B', 'C', 'D', 'E', 'F')
  .push('E', 'EA', 'EB', 'EC', 'ED')
  .push('F', 'FA', 'FB', 'FC');

function cast(round: Round, on: BlockTree, phase: Phase, voter: number, block: string, signature = 0): VoteOutcome {
  return round.addVote(phase, voter, { target: on.ref(block), signature: Uint8Array.of(signature) }, on);
}
const prevote = (round: Round, voter: number, block: string) => cast(round, tree, 'prevote', voter, block);
const precommit = (round: Round, voter: number, block: string) => cast(round, tree, 'precommit', voter, block);
const newRound = () => new Round(1, voters, tree.ref('C'));

describe('voter set', () => {
  it('GR-1: threshold is W - floor((W - 1) / 3); voters are in the order of their keys', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 6, 7, 10, 11, 100].map((n) => VoterSet.of(weighted(...new Array<number>(n).fill(1))).threshold),
      [1, 2, 3, 3, 5, 5, 7, 8, 67],
    );
    assert.equal(voters.threshold, 10);
    const [first, second] = weighted(4, 7);
    const set = VoterSet.of([second!, first!, { ...second!, weight: 2n }, { key: new Uint8Array(32), weight: 0n }]);
    assert.deepEqual(set.weights, [4, 9]);
    assert.equal(set.indexOf('02'.repeat(32)), 1);
    assert.equal(set.indexOf('00'.repeat(32)), undefined);
    assert.deepEqual(
      [0, 1, 2, 3].map((round) => set.primaryOf(round)),
      [0, 1, 0, 1],
    );
    assert.deepEqual(VoterSet.of(set.toAuthoritySet(5).authorities).keys, set.keys);
  });

  it('GR-1: a set without weight, with too much, or with too many voters is refused', () => {
    for (const bad of [[], weighted(0), weighted(Number.MAX_SAFE_INTEGER, 1)]) {
      assert.throws(() => VoterSet.of(bad), { code: 'AUTHORITY_SET_INVALID' });
    }
    const many = Array.from({ length: 1025 }, (_, i) => {
      const key = new Uint8Array(32);
      new DataView(key.buffer).setUint32(0, i);
      return { key, weight: 1n };
    });
    assert.throws(() => VoterSet.of(many), { code: 'AUTHORITY_SET_INVALID' });
    assert.equal(VoterSet.of(many.slice(1)).size, 1024);
  });
});

describe('round', () => {
  it('GR-4: before the threshold of precommits the estimate is the prevote GHOST', () => {
    const round = newRound();
    prevote(round, alice, 'FC');
    assert.deepEqual(round.state.prevoteGhost, undefined);
    prevote(round, bob, 'ED');
    assert.deepEqual(round.state, {
      prevoteGhost: tree.ref('E'),
      estimate: tree.ref('E'),
      finalized: undefined,
      completable: false,
    });
    prevote(round, eve, 'F');
    assert.deepEqual(round.state.prevoteGhost, tree.ref('E'));
    assert.deepEqual(round.state.estimate, tree.ref('E'));
  });

  it('GR-5: a block is final with prevotes and precommits of threshold weight', () => {
    const round = newRound();
    precommit(round, alice, 'FC');
    precommit(round, bob, 'ED');
    assert.equal(round.state.finalized, undefined);
    prevote(round, alice, 'FC');
    prevote(round, bob, 'ED');
    prevote(round, eve, 'EA');
    assert.deepEqual(round.state.finalized, tree.ref('E'));
    precommit(round, eve, 'EA');
    assert.deepEqual(round.state.finalized, tree.ref('EA'));
  });

  it('GR-3: an equivocator counts once, for every block; a third vote counts nothing', () => {
    const round = newRound();
    assert.equal(prevote(round, eve, 'FC'), 'added');
    assert.equal(prevote(round, eve, 'ED'), 'equivocation');
    assert.equal(prevote(round, eve, 'F'), 'surplus');
    assert.equal(round.participation('prevote'), 3);
    assert.equal(round.state.prevoteGhost, undefined);
    prevote(round, bob, 'FA');
    assert.deepEqual(round.state.prevoteGhost, tree.ref('FA'));
  });

  it('GR-3: the same target again is a duplicate, with whatever signature', () => {
    const round = newRound();
    assert.equal(cast(round, tree, 'prevote', bob, 'E', 1), 'added');
    assert.equal(cast(round, tree, 'prevote', bob, 'E', 2), 'duplicate');
    cast(round, tree, 'prevote', bob, 'F', 3);
    assert.equal(cast(round, tree, 'prevote', bob, 'F', 4), 'duplicate');
    assert.deepEqual(round.votesOf('prevote', bob)?.first.signature, Uint8Array.of(1));
  });

  it('GR-3: a vote beside or below the base counts nothing', () => {
    const round = new Round(1, voters, tree.ref('F'));
    assert.equal(round.accepts(tree.ref('EA'), tree), false);
    for (const block of ['EA', 'E']) assert.equal(prevote(round, bob, block), 'unrelated');
    assert.equal(round.participation('prevote'), 0);
    assert.equal(prevote(round, bob, 'FC'), 'added');
    assert.equal(prevote(round, bob, 'EA'), 'unrelated');
    assert.equal(round.votesOf('prevote', bob)?.second, undefined);
  });

  it('GR-6: a hundred voters: 66 precommits below the GHOST hold the estimate at it, one more moves it down', () => {
    const hundred = VoterSet.of(weighted(...new Array<number>(100).fill(1)));
    const round = new Round(1, hundred, tree.ref('genesis'));
    for (let voter = 0; voter < 67; voter++) {
      cast(round, tree, 'prevote', voter, 'E');
      cast(round, tree, 'precommit', voter, voter < 66 ? 'D' : 'E');
    }
    assert.deepEqual(round.state.estimate, tree.ref('E'));
    assert.deepEqual(round.state.finalized, tree.ref('D'));
    assert.equal(round.state.completable, true);
    cast(round, tree, 'precommit', 67, 'D');
    assert.deepEqual(round.state.estimate, tree.ref('D'));
  });
});

describe('random rounds', () => {
  const blocks = fuzzTree();
  const ten = VoterSet.of(weighted(...new Array<number>(10).fill(1)));
  const block = fc.constantFrom(...blocks.names);
  const isAtOrAbove = (low: string, high: string) => {
    for (let at: string | undefined = high; at !== undefined; at = blocks.parentOf(at)) if (at === low) return true;
    return false;
  };
  const byOrder = (keys: number[]) => keys.map((_, i) => i).sort((a, b) => keys[a]! - keys[b]! || a - b);
  const order = fc.array(fc.nat(1000), { minLength: 10, maxLength: 10 }).map(byOrder);

  it('GR-6: GHOST rises, the estimate falls, and completable stays, as votes arrive', () => {
    const game = fc.record({
      prevotes: fc.array(block, { minLength: 10, maxLength: 10 }),
      seenFirst: fc.array(order, { minLength: 10, maxLength: 10 }),
      precommitOrders: fc.array(order, { minLength: 10, maxLength: 10 }),
    });
    fc.assert(
      fc.property(game, ({ prevotes, seenFirst, precommitOrders }) => {
        const rounds = seenFirst.map((seen) => {
          const round = new Round(0, ten, blocks.ref('0'));
          for (const voter of seen.slice(0, 7)) cast(round, blocks, 'prevote', voter, prevotes[voter]!);
          return round;
        });
        const precommits = rounds.map((round) => round.state.prevoteGhost!.hash);
        rounds.forEach((round, i) => {
          let before: RoundState = round.state;
          const check = () => {
            const { prevoteGhost: ghost, estimate, finalized, completable } = round.state;
            assert.ok(ghost && before.prevoteGhost && isAtOrAbove(before.prevoteGhost.hash, ghost.hash), 'GHOST rises');
            if (estimate) assert.ok(isAtOrAbove(estimate.hash, ghost.hash), 'E <= g');
            if (finalized) assert.ok(estimate && isAtOrAbove(finalized.hash, estimate.hash), 'finalized <= E');
            if (before.completable && before.estimate && ghost.hash === before.prevoteGhost.hash) {
              assert.ok(completable, 'completable stays');
              assert.ok(estimate && isAtOrAbove(estimate.hash, before.estimate.hash), 'the estimate falls');
            }
            before = round.state;
          };
          for (const voter of precommitOrders[i]!) {
            cast(round, blocks, 'precommit', voter, precommits[voter]!);
            check();
          }
          assert.ok(round.state.estimate);
          for (let voter = 0; voter < 10; voter++) {
            cast(round, blocks, 'prevote', voter, prevotes[voter]!);
            check();
          }
          assert.ok(round.state.completable, 'all votes complete a round');
        });
        const finals = rounds.flatMap(({ state }) => (state.finalized ? [state.finalized.hash] : []));
        for (const a of finals) for (const b of finals) assert.ok(isAtOrAbove(a, b) || isAtOrAbove(b, a), 'agreement');
      }),
      { seed: 77, numRuns: 300 },
    );
  });

  it('GR-3: every vote in any order gives the same state, and an equivocation never takes weight away', () => {
    // A vote of each voter in each phase, or none; and second votes of some, up to as many as the set tolerates.
    const game = fc.record({
      first: fc.array(fc.option(block), { minLength: 20, maxLength: 20 }),
      second: fc.array(block, { minLength: 6, maxLength: 6 }),
      guilty: fc.shuffledSubarray([...Array(10).keys()], { maxLength: 3 }),
      order: fc.array(fc.nat(1000), { minLength: 26, maxLength: 26 }),
    });
    fc.assert(
      fc.property(game, ({ first, second, guilty, order: keys }) => {
        const seconds = guilty.flatMap((voter, i) => [
          { seat: voter, target: second[2 * i]! },
          { seat: 10 + voter, target: second[2 * i + 1]! },
        ]);
        const votes = [...first.flatMap((target, seat) => (target === null ? [] : [{ seat, target }])), ...seconds];
        const shuffled = byOrder(keys.slice(0, votes.length)).map((i) => votes[i]!);
        const rounds = [votes, shuffled].map((list) => {
          const round = new Round(0, ten, blocks.ref('0'));
          for (const { seat, target } of list) {
            const before = round.participation('prevote') + round.participation('precommit');
            cast(round, blocks, seat < 10 ? 'prevote' : 'precommit', seat % 10, target);
            assert.ok(round.participation('prevote') + round.participation('precommit') >= before);
          }
          return round;
        });
        assert.deepEqual(rounds[0]!.state, rounds[1]!.state);
        for (const phase of ['prevote', 'precommit'] as const) {
          for (let voter = 0; voter < 10; voter++) {
            const [one, other] = rounds.map((round) => round.votesOf(phase, voter)?.second !== undefined);
            assert.equal(one, other, 'equivocators stay');
          }
        }
      }),
      { seed: 77, numRuns: 1500 },
    );
  });
});
