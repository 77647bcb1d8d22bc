// GR-10 to GR-16: one voter, step by step. The scenarios of finality-grandpa's voter tests, and named incidents of live networks.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { genesisRoundState } from '../index.js';
import { keyOf } from '../test-support/voter-cluster.js';
import { Drive, hashOf, nameOf, trunk } from '../test-support/voter-drive.js';

const four = [1, 1, 1, 1];

/** Rounds in which all members vote for the block, up to and including `round`. */
function complete(drive: Drive, name: string, members = [1, 2, 3]): void {
  const { number } = drive.voter.round;
  const opened = drive.nowMs;
  drive
    .at(opened + 200)
    .votes('prevote', name, members, number)
    .at(opened + 400)
    .votes('precommit', name, members, number);
}

describe('voter', () => {
  it('GR-11, GR-12: a voter prevotes at 2T, precommits at 4T, and finalizes the best block', () => {
    const drive = new Drive({ weights: [3, 3] });
    drive.at(100).votes('prevote', 'E', [1], 1).votes('precommit', 'E', [1], 1).at(199);
    assert.deepEqual(drive.sent, []);
    drive.at(200);
    assert.deepEqual(drive.sent, ['prevote E@1']);
    drive.at(399);
    assert.equal(drive.finalized, 'G');
    drive.at(400);
    assert.deepEqual(drive.sent, ['prevote E@1', 'precommit E@1']);
    assert.equal(drive.finalized, 'E');
    assert.equal(drive.voter.round.number, 2);
  });

  it('GR-17: a voter that has the threshold alone waits T after an import, and votes only for what is not final', () => {
    const drive = new Drive({ weights: [7, 3] });
    drive.at(99);
    assert.deepEqual(drive.sent, []);
    drive.at(100);
    assert.deepEqual(drive.sent, ['prevote E@1', 'precommit E@1']);
    assert.equal(drive.finalized, 'E');
    drive.at(1_000).at(9_000);
    assert.equal(drive.sent.length, 2, 'no votes while nothing is new');
    drive.import('E', 'F');
    assert.equal(drive.of('timer').at(-1)?.atMs, 9_100);
    drive.at(9_100);
    assert.deepEqual(drive.sent.slice(2), ['prevote F@2', 'precommit F@2']);
    assert.equal(drive.finalized, 'F');
  });

  it('GR-12: the timer asks for the next moment at which something is due', () => {
    const drive = new Drive({ weights: four });
    const timers = () => drive.of('timer').map(({ atMs }) => atMs);
    assert.deepEqual(timers(), [200]);
    drive.at(200).at(400);
    assert.deepEqual(timers(), [200, 400, 10_000], 'a precommit without GHOST waits for votes');
  });

  it('GR-15: seven of ten voters finalize; a round is completed without the others', () => {
    const drive = new Drive({ weights: new Array<number>(10).fill(1) });
    complete(drive, 'E', [1, 2, 3, 4, 5]);
    assert.equal(drive.finalized, 'G');
    assert.equal(drive.voter.round.participation('precommit'), 5);
    drive.votes('prevote', 'E', [6], 1);
    assert.deepEqual(drive.sent, ['prevote E@1', 'precommit E@1'], 'the GHOST came after 4T');
    assert.equal(drive.voter.round.participation('precommit'), 6);
    drive.votes('precommit', 'E', [6], 1);
    assert.equal(drive.finalized, 'E');
    assert.equal(drive.voter.round.number, 2);
    assert.deepEqual(
      drive.voter.pastRounds.map(({ number }) => number),
      [1],
    );
  });

  it('GR-11: a round that can be completed needs no timers', () => {
    const drive = new Drive({ weights: four });
    drive.at(10).votes('prevote', 'D', [1, 2, 3]).votes('precommit', 'D', [1, 2, 3]);
    assert.deepEqual(drive.sent, ['prevote E@1', 'precommit D@1']);
    assert.equal(drive.voter.round.number, 2);
  });

  it('GR-12: no precommit while the GHOST does not contain the estimate of the last round', () => {
    const tree = trunk('A', 'B', 'C').push(hashOf('B'), hashOf('Y'));
    const drive = new Drive({ weights: four, tree });
    // Round 1: B is final; the precommit that is missing, and an equivocation, could still finalize C: the estimate.
    drive.at(200).votes('prevote', 'C', [1, 2, 3]).at(400).votes('precommit', 'B', [1, 2]);
    assert.equal(drive.voter.round.number, 2);
    assert.equal(nameOf(drive.voter.pastRounds[0]!.state.estimate!.hash), 'C');
    drive.at(600).votes('prevote', 'Y', [1, 2, 3]).at(900);
    assert.equal(nameOf(drive.voter.round.state.prevoteGhost!.hash), 'Y');
    assert.equal(drive.sent.at(-1), 'prevote C@2');
    drive.votes('precommit', 'B', [3], 1);
    assert.equal(drive.sent.at(-1), 'precommit Y@2', 'the estimate of round 1 fell to B');
  });

  it('GR-15: the next round opens when the estimate of the last one is final, or moved back', () => {
    // 67 of 100 prevote E; 66 precommit D and one E: completable, but the estimate E is not final.
    const drive = new Drive({ weights: new Array<number>(100).fill(1), tree: trunk('A', 'B', 'C', 'D', 'E') });
    const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
    drive.at(200).votes('prevote', 'E', range(1, 68));
    drive.at(400).votes('precommit', 'D', range(1, 67));
    assert.equal(drive.voter.round.number, 2, 'own precommit is for E');
    assert.equal(drive.finalized, 'D');
    // The same votes in round 2: it cannot end while the estimate of round 1 is above what is final.
    drive.at(600).votes('prevote', 'E', range(1, 68), 2);
    drive.at(800).votes('precommit', 'D', range(1, 67), 2);
    assert.equal(drive.voter.round.number, 2);
    drive.votes('precommit', 'D', [70], 1);
    assert.equal(drive.voter.round.number, 3, 'a late precommit of round 1 moved its estimate to D');
  });

  it('GR-10: the primary proposes the last estimate where it is not final, before it votes', () => {
    const drive = new Drive({ weights: four, tree: trunk('A', 'B', 'C') });
    complete(drive, 'B');
    complete(drive, 'B');
    assert.equal(drive.voter.round.number, 3);
    drive.at(drive.nowMs + 200).votes('prevote', 'C', [1, 2, 3]);
    drive.at(drive.nowMs + 200).votes('precommit', 'B', [1, 2]);
    assert.equal(drive.voter.round.number, 4, 'the local voter is the primary of round 4');
    assert.equal(drive.sent.at(-1), 'primary C@4');
    drive.at(drive.nowMs + 200).votes('prevote', 'C', [1, 2, 3]);
    drive.at(drive.nowMs + 200).votes('precommit', 'C', [1, 2, 3]);
    for (const round of [5, 6, 7]) {
      assert.equal(drive.voter.round.number, round);
      complete(drive, 'C');
    }
    assert.equal(drive.voter.round.number, 8);
    assert.equal(drive.sent.filter((each) => each.startsWith('primary')).length, 1, 'what is final needs no proposal');
  });

  it('GR-10: a proposal between estimate and GHOST is the base of the prevote; others are not', () => {
    for (const [proposed, by, expected] of [
      ['D', 2, 'D2'],
      ['D', 1, 'F'],
      ['A', 2, 'F'],
      ['F', 2, 'F'],
    ] as const) {
      // Round 1: GHOST is E, the estimate is C. The best chain above C ends in F, that above D in D2.
      const tree = trunk('A', 'B', 'C', 'D', 'E').push(hashOf('C'), ...['X', 'Y', 'Z', 'F'].map(hashOf));
      tree.push(hashOf('D'), hashOf('D2'));
      const drive = new Drive({ weights: [1, 1, 1, 1, 1, 1, 1], tree });
      drive.at(200).votes('prevote', 'E', [1, 2, 3, 4, 5]).at(400).votes('precommit', 'C', [1, 2, 3, 4, 5]);
      assert.equal(drive.voter.round.number, 2);
      assert.equal(nameOf(drive.voter.pastRounds[0]!.state.estimate!.hash), 'C');
      drive.votes('primary', proposed, [by], 2).at(600);
      const target = drive.sent.at(-1);
      assert.equal(target, `prevote ${proposed === 'D' && by === 2 ? 'E' : expected}@2`);
    }
  });

  it('GR-13: voting rules hold a vote back, but never below the last estimate (substrate#4150)', () => {
    const behind = new Drive({ weights: four, config: { behindBestBlocks: 2 } });
    complete(behind, 'C');
    assert.deepEqual(behind.sent[0], 'prevote C@1');
    behind.at(600);
    assert.equal(behind.sent.at(-1), 'prevote C@2', 'not A, which is two blocks behind');
    const far = new Drive({ weights: four, config: { behindBestBlocks: 20 } });
    far.at(200);
    assert.deepEqual(far.sent, ['prevote G@1']);
    const quarters = new Drive({
      weights: four,
      config: { isThreeQuartersRule: true },
      tree: trunk(...'ABCDEFgH'),
    });
    quarters.at(200);
    assert.deepEqual(quarters.sent, ['prevote F@1']);
  });

  it('GR-13: the base of a vote may be on a branch that is no longer the best (humanode#1104)', () => {
    const tree = trunk('A', 'B', 'C');
    const drive = new Drive({ weights: four, tree });
    drive.at(200).votes('prevote', 'C', [1, 2, 3]).at(400).votes('precommit', 'C', [1, 2, 3]);
    assert.equal(drive.finalized, 'C');
    tree.push(hashOf('A'), ...['x', 'y', 'z', 'w'].map(hashOf));
    drive.at(600);
    assert.equal(drive.sent.at(-1), 'prevote C@2');
  });

  it('GR-14: nobody votes above a block where a set change takes effect', () => {
    const drive = new Drive({ weights: four, tree: trunk('A') });
    const change = { kind: 'set', authorities: drive.set.authorities, delayBlocks: 1 } as const;
    drive.import('A', 'B', [change]).import('B', 'C').import('C', 'D').import('A', 'x').import('x', 'y');
    drive.at(200);
    assert.deepEqual(drive.sent, ['prevote C@1']);
    drive.receive({ type: 'commit', commit: drive.commit('D', [1, 2, 3], 1) });
    assert.deepEqual(drive.penalties, ['beyond-limit']);
    assert.equal(drive.finalized, 'G');
    drive.votes('prevote', 'D', [1, 2, 3]).votes('precommit', 'D', [1, 2, 3]);
    assert.equal(drive.finalized, 'G', 'nor by votes');
  });

  it('GR-16: a vote for the next round waits for it; one for a later round does not', () => {
    const drive = new Drive({ weights: four });
    drive.votes('prevote', 'E', [1, 2], 2).votes('prevote', 'E', [3], 3);
    complete(drive, 'D');
    assert.equal(drive.voter.round.number, 2);
    assert.equal(drive.voter.round.participation('prevote'), 2);
    complete(drive, 'E');
    assert.equal(drive.voter.round.number, 3);
    assert.equal(drive.voter.round.participation('prevote'), 0);
  });

  it('GR-16: votes of a round that is over still count for peers that are in it (substrate#2304)', () => {
    const drive = new Drive({ weights: four });
    complete(drive, 'E', [1, 2]);
    assert.equal(drive.voter.round.number, 2);
    drive.votes('precommit', 'E', [3], 1).votes('prevote', 'E', [3], 1);
    assert.equal(drive.voter.pastRounds[0]!.participation('precommit'), 4);
    drive.effects = [];
    drive.at(drive.nowMs + 10_000);
    const resent = drive.of('broadcast').flatMap(({ message }) => (message.type === 'vote' ? [message.vote] : []));
    assert.equal(resent.filter(({ round }) => round === 1).length, 8, 'all votes of round 1 again');
  });

  it('GR-16: votes of the last two rounds are repeated, for peers that are one round behind', () => {
    const drive = new Drive({ weights: four });
    for (const name of ['D', 'E', 'E', 'E']) complete(drive, name);
    assert.equal(drive.voter.round.number, 5);
    drive.effects = [];
    drive.at(drive.nowMs + 10_000);
    const resent = drive
      .of('broadcast')
      .flatMap(({ message }) => (message.type === 'vote' ? [message.vote.round] : []));
    assert.deepEqual([...new Set(resent)].sort(), [3, 4, 5]);
  });

  it('an observer follows rounds and finalizes, and sends no vote', () => {
    const drive = new Drive({ weights: four, config: { localKey: keyOf(77) } });
    complete(drive, 'D');
    complete(drive, 'E');
    assert.equal(drive.finalized, 'E');
    assert.deepEqual(
      drive.of('broadcast').filter(({ message }) => message.type === 'vote'),
      [],
    );
    assert.equal(drive.voter.isVoting, false);
  });

  it('the state before the first round has its base final', () => {
    const block = { hash: hashOf('G'), number: 0 };
    const { estimate, completable } = genesisRoundState(block);
    assert.deepEqual([estimate, completable], [block, true]);
  });
});
