// GR-22, GR-23, GR-32, GR-50 to GR-54, GR-70, GR-71, GR-83: what one voter answers to peers, and how it changes sets.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { grandpaDigest } from '@cess/chain-primitives';
import type { AuthorityChange, CatchUp, Commit, VoteEntry } from '../index.js';
import { announcedChanges } from '../index.js';
import { plainHeader } from '../test-support/chain.js';
import { authority, keyOf } from '../test-support/voter-cluster.js';
import { Drive, hashOf, nameOf, setOf, trunk } from '../test-support/voter-drive.js';

const four = [1, 1, 1, 1];
const epoch = new Uint8Array(16);
function complete(drive: Drive, name: string, members = [1, 2, 3]): void {
  const opened = drive.nowMs;
  drive.at(opened + 200).votes('prevote', name, members);
  drive.at(opened + 400).votes('precommit', name, members);
}

const commitsOf = (drive: Drive): Commit[] =>
  drive.of('broadcast').flatMap(({ message }) => (message.type === 'commit' ? [message.commit] : []));

const missingOf = (drive: Drive): string[] => [...new Set(drive.of('missing').map(({ block }) => nameOf(block.hash)))];

describe('commits', () => {
  it('GR-32: the commit of a round is sent after a random delay', () => {
    const drive = new Drive({ weights: four });
    complete(drive, 'E');
    assert.deepEqual(commitsOf(drive), []);
    drive.at(449);
    assert.deepEqual(commitsOf(drive), []);
    drive.at(450);
    assert.deepEqual(
      commitsOf(drive).map(({ target }) => nameOf(target.hash)),
      ['E'],
    );
  });

  it('GR-32: no commit is sent after one of somebody else that proves as much', () => {
    const drive = new Drive({ weights: four });
    complete(drive, 'E');
    drive.receive({ type: 'commit', commit: drive.commit('D', [1, 2, 3], 9) }).at(450);
    assert.equal(commitsOf(drive).length, 1, 'one that proves less does not matter');
    const same = new Drive({ weights: four });
    complete(same, 'E');
    same.receive({ type: 'commit', commit: same.commit('E', [1, 2], 1) }).at(449);
    same.receive({ type: 'commit', commit: same.commit('E', [1, 2, 3], 1) }).at(450);
    assert.deepEqual(commitsOf(same), [], 'a valid one for the same block');
    assert.deepEqual(same.penalties, ['bad-commit']);
    const other = new Drive({ weights: four });
    complete(other, 'D');
    other.receive({ type: 'commit', commit: other.commit('E', [1, 2, 3], 9) }).at(1000);
    assert.equal(other.finalized, 'E');
    assert.deepEqual(commitsOf(other), []);
  });

  it('GR-30: a commit of any round of the set finalizes, and its votes count in its round', () => {
    for (const round of [1, 5]) {
      const drive = new Drive({ weights: four });
      drive.receive({ type: 'commit', commit: drive.commit('D', [1, 2, 3], round) });
      assert.equal(drive.finalized, 'D');
      assert.deepEqual(
        drive.of('finalize').map(({ block, change }) => [nameOf(block.hash), change]),
        [['D', undefined]],
      );
      assert.equal(drive.voter.round.participation('precommit'), round === 1 ? 3 : 0);
    }
  });

  it('GR-30: commits without enough votes, of other sets, or for what is final already change nothing', () => {
    const drive = new Drive({ weights: four });
    drive.receive({ type: 'commit', commit: drive.commit('D', [1, 2], 1) });
    const forged: VoteEntry[] = drive
      .entries('precommit', 'D', [1, 2, 3], 1)
      .map((each) => ({ ...each, signature: new Uint8Array(64) }));
    drive.receive({ type: 'commit', commit: { ...drive.commit('D', [1, 2, 3], 1), precommits: forged } });
    assert.deepEqual(drive.penalties, ['bad-commit', 'bad-commit']);
    for (const setId of [1, 7]) drive.receive({ type: 'commit', commit: drive.commit('D', [1, 2, 3], 1, setId) });
    assert.equal(drive.finalized, 'G');
    drive.receive({ type: 'commit', commit: drive.commit('D', [1, 2, 3], 1) });
    drive.receive({ type: 'commit', commit: drive.commit('B', [1, 2, 3], 1) });
    assert.equal(drive.finalized, 'D');
    assert.equal(drive.of('finalize').length, 1);
    assert.equal(drive.penalties.length, 2);
  });

  it('GR-30: a commit for an unknown block waits for it, one of each peer', () => {
    const drive = new Drive({ weights: four });
    const tree = trunk('A', 'B', 'C', 'D', 'E', 'F', 'H');
    const away = new Drive({ weights: four, tree });
    for (const name of ['F', 'H']) drive.receive({ type: 'commit', commit: away.commit(name, [1, 2, 3], 1) }, name);
    assert.equal(drive.finalized, 'G');
    assert.deepEqual(missingOf(drive), ['F', 'H'], 'SY-4.5: it asks for them');
    drive.import('E', 'F');
    assert.equal(drive.finalized, 'F');
    drive.import('F', 'H');
    assert.equal(drive.finalized, 'H');
    assert.deepEqual(drive.penalties, []);
  });

  it('GR-23: nobody is asked for the unknown blocks of a commit that the voters did not sign', () => {
    const drive = new Drive({ weights: four });
    const away = new Drive({ weights: four, tree: trunk('A', 'B', 'C', 'D', 'E', 'F') });
    const { precommits, ...commit } = away.commit('F', [1, 2, 3], 1);
    const forged = precommits.map((entry) => ({ ...entry, signature: new Uint8Array(64) }));
    drive.receive({ type: 'commit', commit: { ...commit, precommits: forged } });
    assert.deepEqual(missingOf(drive), []);
    assert.equal(drive.penalties.length, 1);
  });

  it('GR-61: a proof that a conflicting block is final halts the voter for good', () => {
    const drive = new Drive({ weights: four, tree: trunk('A', 'B', 'C').push(hashOf('A'), hashOf('x'), hashOf('y')) });
    drive.receive({ type: 'commit', commit: drive.commit('C', [1, 2, 3], 1) });
    drive.receive({ type: 'commit', commit: drive.commit('y', [1, 2], 1) });
    assert.deepEqual(drive.of('halt'), [], 'not without a proof');
    drive.receive({ type: 'commit', commit: drive.commit('y', [1, 2, 3], 1) });
    const [halt] = drive.of('halt');
    assert.deepEqual([nameOf(halt!.finalized.hash), nameOf(halt!.conflicting.hash)], ['C', 'y']);
    assert.equal(halt!.commit?.precommits.length, 3);
    assert.deepEqual(drive.give({ type: 'tick' }), []);
    assert.equal(drive.finalized, 'C');
  });
});

describe('votes of peers', () => {
  it('GR-23: strangers, false signatures and false heights cost the sender; the vote counts nothing', () => {
    const drive = new Drive({ weights: four });
    const good = drive.signed('prevote', 'D', 1, 1);
    for (const vote of [
      drive.signed('prevote', 'D', 9, 1),
      { ...good, signature: new Uint8Array(64) },
      { ...good, target: { ...good.target, number: 3 } },
    ]) {
      drive.receive({ type: 'vote', vote });
    }
    assert.deepEqual(drive.penalties, ['unknown-voter', 'signature', 'wrong-height']);
    assert.equal(drive.voter.round.participation('prevote'), 0);
  });

  it('GR-23: votes of other sets are ignored, old and new', () => {
    const drive = new Drive({ weights: four });
    for (const setId of [1, 2]) drive.receive({ type: 'vote', vote: drive.signed('prevote', 'D', 1, 1, setId) });
    assert.equal(drive.voter.round.participation('prevote'), 0);
    assert.deepEqual(drive.penalties, []);
  });

  it('GR-23: votes for unknown blocks wait for them, a few of each voter', () => {
    const drive = new Drive({ weights: four });
    for (let i = 0; i < 40; i++) drive.votes('prevote', `none${i}`, [1], 1);
    const early = new Drive({ weights: four, tree: trunk('A', 'B', 'C', 'D', 'E', 'F') });
    drive.receive({ type: 'vote', vote: early.signed('prevote', 'F', 2, 1) });
    drive.receive({ type: 'vote', vote: early.signed('prevote', 'F', 1, 1) });
    drive.import('E', 'F');
    assert.ok(missingOf(drive).includes('F'), 'SY-4.5: it asks for it');
    assert.equal(drive.voter.round.participation('prevote'), 1, 'voter 1 has no room left, voter 2 has');
  });

  it('GR-60: two votes of one voter are reported once, with both signatures', () => {
    const drive = new Drive({ weights: four });
    drive
      .votes('prevote', 'D', [1])
      .votes('prevote', 'E', [1])
      .votes('prevote', 'C', [1])
      .votes('prevote', 'D', [2, 2]);
    const proofs = drive.of('equivocation');
    assert.equal(proofs.length, 1);
    const { voter, round, phase, first, second } = proofs[0]!.proof;
    assert.deepEqual([voter, round, phase], [keyOf(1), 1, 'prevote']);
    assert.deepEqual([nameOf(first.target.hash), nameOf(second.target.hash)], ['D', 'E']);
  });

  it('GR-60: a second vote beside the base of the round counts nothing, and proves as much', () => {
    const drive = new Drive({ weights: four, tree: trunk('A', 'B', 'C').push(hashOf('G'), hashOf('x')) });
    for (const name of ['A', 'B', 'C']) complete(drive, name);
    assert.equal(drive.voter.round.base.number, 2);
    drive.votes('prevote', 'C', [1]).votes('prevote', 'x', [1, 1, 2]);
    assert.deepEqual(
      drive.of('equivocation').map(({ proof }) => proof.voter),
      [keyOf(1)],
    );
    assert.equal(drive.voter.round.participation('prevote'), 1);
  });

  it('GR-83: a vote with the own key that the voter did not cast silences it', () => {
    const drive = new Drive({ weights: four });
    drive.votes('prevote', 'D', [0]).at(200).at(400);
    assert.deepEqual(
      drive.of('key-in-use').map(({ round }) => round),
      [1],
    );
    assert.deepEqual(drive.sent, []);
    assert.equal(drive.voter.isVoting, false);
    for (const [round, name] of [
      [2, 'E'],
      [3, 'E'],
      [1, 'D'],
    ] as const) {
      const running = new Drive({ weights: four });
      complete(running, 'E');
      running.votes('prevote', name, [0], round);
      assert.equal(
        running.of('key-in-use').length,
        1,
        'in the round that runs, the next, or against its vote of the last',
      );
    }
    const calm = new Drive({ weights: four });
    calm.at(200).votes('prevote', 'E', [0]);
    assert.deepEqual(calm.of('key-in-use'), [], 'its own vote comes back by gossip');
  });
});

describe('peers', () => {
  const packet = (round: number, setId = 0, commitHeight = 0) =>
    ({ type: 'neighbour', packet: { round, setId, commitHeight } }) as const;

  it('GR-22: a peer that goes backwards is penalised, and starts anew after it was gone', () => {
    const drive = new Drive({ weights: four });
    drive.receive(packet(2, 1, 5));
    for (const worse of [packet(9, 0, 5), packet(1, 1, 5), packet(2, 1, 4)]) drive.receive(worse);
    assert.deepEqual(drive.penalties, ['backwards', 'backwards', 'backwards']);
    drive.receive(packet(1, 2, 5));
    drive.give({ type: 'disconnected', peer: 'peer' });
    drive.receive(packet(1, 1, 1));
    assert.equal(drive.penalties.length, 3);
  });

  it('GR-22: a peer that lacks the last finalized block gets its commit, not more often than others do', () => {
    const drive = new Drive({ weights: four });
    complete(drive, 'D');
    drive
      .receive(packet(1))
      .receive(packet(1))
      .receive(packet(1, 0, 4), 'other');
    const sent = drive.of('send');
    assert.equal(sent.length, 1);
    assert.ok(sent[0]!.message.type === 'commit');
    drive.at(drive.nowMs + 10_000).receive(packet(1));
    assert.equal(drive.of('send').length, 2);
  });

  it('GR-70: a voter asks for a catch-up when a peer is two rounds ahead, and one peer at a time', () => {
    const drive = new Drive({ weights: four });
    drive.receive(packet(2), 'a');
    assert.deepEqual(drive.of('send'), []);
    drive.receive(packet(3), 'b').receive(packet(9), 'c');
    assert.deepEqual(drive.of('send'), [
      { type: 'send', peer: 'b', message: { type: 'catch-up-request', request: { round: 2, setId: 0 } } },
    ]);
    drive.at(5000).receive(packet(9), 'c');
    assert.equal(drive.of('send').length, 2, 'after the time for an answer another one is asked');
  });

  it('GR-70: one round ahead is enough when the voter is stuck', () => {
    const drive = new Drive({ weights: four });
    drive.at(10_000).receive(packet(2), 'a');
    assert.equal(drive.of('send').length, 1);
  });

  it('GR-71: the answer holds all votes of the last completed round', () => {
    const drive = new Drive({ weights: four });
    const ask = (round: number, setId = 0, peer = 'peer') =>
      drive.receive({ type: 'catch-up-request', request: { round, setId } }, peer);
    ask(1);
    complete(drive, 'D');
    ask(2).receive({ type: 'catch-up-request', request: { round: 1, setId: 3 } });
    assert.deepEqual(drive.of('send'), [], 'not for what is not there');
    ask(1);
    ask(1);
    const sent = drive.of('send').flatMap(({ message }) => (message.type === 'catch-up' ? [message.catchUp] : []));
    assert.equal(sent.length, 1);
    assert.equal(sent[0]!.round, 1);
    assert.deepEqual([sent[0]!.prevotes.length, sent[0]!.precommits.length], [4, 4]);
    const behind = new Drive({ weights: four });
    behind.receive(packet(3)).receive({ type: 'catch-up', catchUp: { ...sent[0]!, round: 1 } });
    assert.equal(behind.voter.round.number, 2, 'votes for the current round complete it');
    assert.equal(behind.finalized, 'D');
  });

  function catchUpOf(drive: Drive, round: number, name = 'C'): CatchUp {
    return {
      setId: 0,
      round,
      base: drive.block('G'),
      prevotes: drive.entries('prevote', name, [1, 2, 3], round),
      precommits: drive.entries('precommit', name, [1, 2, 3], round),
    };
  }

  it('GR-71: a catch-up skips to the round after it, finalizes, and the own old round is never voted in again', () => {
    const drive = new Drive({ weights: four });
    drive.receive(packet(7)).receive({ type: 'catch-up', catchUp: catchUpOf(drive, 6) });
    assert.equal(drive.voter.round.number, 7);
    assert.equal(drive.finalized, 'C');
    assert.deepEqual(
      drive.voter.pastRounds.map(({ number }) => number),
      [6],
    );
    assert.equal(drive.voter.pastRounds[0]!.participation('prevote'), 3);
    drive.at(200).at(400);
    assert.deepEqual(drive.sent, ['prevote E@7']);
  });

  it('GR-70: an answer that comes after its time, while another peer is asked, still counts', () => {
    const drive = new Drive({ weights: four });
    drive.receive(packet(7)).at(5000).receive(packet(9), 'other');
    assert.equal(drive.of('send').length, 2);
    drive.receive({ type: 'catch-up', catchUp: catchUpOf(drive, 6) });
    assert.equal(drive.voter.round.number, 7);
    assert.deepEqual(drive.penalties, []);
    drive.receive({ type: 'catch-up', catchUp: catchUpOf(drive, 8) });
    assert.deepEqual(drive.penalties, ['unsolicited-catch-up'], 'once');
    assert.equal(drive.voter.round.number, 7);
  });

  it('GR-71: a catch-up for unknown blocks waits for them', () => {
    const drive = new Drive({ weights: four });
    const away = new Drive({ weights: four, tree: trunk('A', 'B', 'C', 'D', 'E', 'F') });
    drive.receive(packet(7)).receive({ type: 'catch-up', catchUp: catchUpOf(away, 6, 'F') });
    assert.equal(drive.voter.round.number, 1);
    assert.deepEqual(missingOf(drive), ['F'], 'SY-4.5: it asks for them');
    drive.import('E', 'F');
    assert.equal(drive.voter.round.number, 7);
  });

  it('GR-71: catch-ups that nobody asked for, or that prove no completable round, cost the sender', () => {
    const reasonOf = (change: (catchUp: CatchUp, drive: Drive) => CatchUp, isAsked = true) => {
      const drive = new Drive({ weights: four });
      if (isAsked) drive.receive(packet(7));
      drive.receive({ type: 'catch-up', catchUp: change(catchUpOf(drive, 6), drive) });
      assert.equal(drive.voter.round.number, 1);
      return drive.penalties.join();
    };
    assert.equal(
      reasonOf((each) => each, false),
      'unsolicited-catch-up',
    );
    const bad: ((catchUp: CatchUp, drive: Drive) => CatchUp)[] = [
      (each) => ({ ...each, precommits: each.precommits.slice(1) }),
      (each) => ({ ...each, prevotes: each.prevotes.slice(1) }),
      (each) => ({ ...each, prevotes: [...each.prevotes, each.prevotes[0]!] }),
      (each, drive) => ({ ...each, prevotes: [...each.prevotes, ...drive.entries('prevote', 'C', [9], 6)] }),
      (each) => ({ ...each, prevotes: each.prevotes.map((vote) => ({ ...vote, signature: new Uint8Array(64) })) }),
      (each, drive) => ({ ...each, base: drive.block('E') }),
      (each, drive) => ({ ...each, base: { ...drive.block('A'), number: 0 } }),
    ];
    for (const change of bad) assert.equal(reasonOf(change), 'bad-catch-up');
    for (const change of [(each: CatchUp) => ({ ...each, setId: 4 }), (each: CatchUp) => ({ ...each, round: 0 })]) {
      assert.equal(reasonOf(change), '', 'of another set, or old: too late is no fault');
    }
  });
});

describe('set changes', () => {
  it('GR-50: the final block that announces a set ends the old one, in one durable batch', () => {
    const drive = new Drive({ weights: four, isDiskFast: false });
    drive.import('E', 'F', [setOf(0, 5, 6)]);
    drive.receive({ type: 'commit', commit: drive.commit('F', [1, 2, 3], 1) });
    const { change } = drive.of('finalize')[0]!;
    assert.equal(change!.authorities.setId, 1n);
    assert.deepEqual([drive.voter.setId, drive.voter.round.number], [1, 1]);
    assert.deepEqual(drive.voter.round.voters.keys, [0, 5, 6].map(keyOf));
    drive.votes('prevote', 'F', [1], 1);
    assert.deepEqual(drive.penalties, ['unknown-voter']);
  });

  it('GR-50: a change on a branch that lost, and one that is not yet due, do nothing', () => {
    const drive = new Drive({ weights: four });
    drive.import('D', 'x', [setOf(5, 6, 7)]).import('E', 'F', [{ ...setOf(0, 1), delayBlocks: 1 } as AuthorityChange]);
    drive.receive({ type: 'commit', commit: drive.commit('F', [1, 2, 3], 1) });
    assert.equal(drive.voter.setId, 0);
    drive.import('F', 'H');
    drive.receive({ type: 'commit', commit: drive.commit('H', [1, 2, 3], 1) });
    assert.equal(drive.voter.setId, 1);
    assert.equal(drive.voter.round.voters.size, 2);
  });

  it('GR-52: a peer of the set before gets the commit that ended it', () => {
    const drive = new Drive({ weights: four });
    drive.import('E', 'F', [setOf(0, 1, 2, 3)]);
    drive.receive({ type: 'commit', commit: drive.commit('F', [1, 2, 3], 1) });
    drive.receive({ type: 'neighbour', packet: { round: 4, setId: 0, commitHeight: 5 } });
    const [sent] = drive.of('send');
    assert.ok(sent?.message.type === 'commit');
    assert.equal(nameOf(sent.message.commit.target.hash), 'F');
    const again = new Drive({
      weights: four,
      tree: drive.tree,
      start: { record: drive.record, epoch, finalized: drive.block('F'), authorities: { ...drive.set, setId: 1n } },
    });
    again.receive({ type: 'neighbour', packet: { round: 4, setId: 0, commitHeight: 5 } });
    assert.equal(again.of('send').length, 1, 'also after a restart');
  });

  it('GR-53: synchronisation finalizes over set changes one after another', () => {
    const drive = new Drive({ weights: four });
    drive
      .import('E', 'F', [setOf(0, 5)])
      .import('F', 'H')
      .import('H', 'I', [setOf(0, 7, 8)])
      .import('I', 'J');
    drive.give({ type: 'finalized', block: { hash: 'ff'.repeat(32), number: 9 } });
    assert.equal(drive.finalized, 'G', 'an unknown block is not final here');
    drive.give({ type: 'finalized', block: drive.block('J') });
    assert.equal(drive.voter.setId, 2);
    assert.deepEqual(
      drive.of('finalize').map(({ block, change }) => [nameOf(block.hash), change?.authorities.setId]),
      [
        ['F', 1n],
        ['I', 2n],
        ['J', undefined],
      ],
    );
  });

  it('GR-54: voting stops at a pause, and goes on when the block of the resumption is imported', () => {
    const drive = new Drive({ weights: four });
    drive.import('E', 'F', [{ kind: 'pause', delayBlocks: 0 }]);
    complete(drive, 'F');
    assert.equal(drive.finalized, 'F');
    assert.equal(drive.voter.isVoting, false);
    const { sent } = drive;
    drive.at(5000).votes('prevote', 'F', [1, 2, 3]);
    drive.receive({ type: 'commit', commit: drive.commit('F', [1, 2, 3], 2) });
    assert.equal(drive.voter.round.participation('prevote'), 0, 'votes are not counted');
    assert.deepEqual(drive.sent, sent);
    const paused = drive.record;
    const again = new Drive({
      weights: four,
      tree: drive.tree,
      start: { record: paused, epoch, finalized: drive.block('F') },
    });
    assert.equal(again.voter.isVoting, false, 'also after a restart');
    drive.import('F', 'H', [{ kind: 'resume', delayBlocks: 1 }]);
    assert.equal(drive.voter.isVoting, false);
    drive.import('H', 'I');
    assert.equal(drive.voter.isVoting, true);
    drive.at(6000).votes('prevote', 'I', [1, 2, 3]).at(6400).votes('precommit', 'I', [1, 2, 3]);
    assert.equal(drive.finalized, 'I');
  });

  it('GR-50: headers announce sets, pauses and resumptions; a set that cannot be is refused', () => {
    const digest = (...logs: Parameters<typeof grandpaDigest>[0][]) => ({
      ...plainHeader(undefined),
      digest: { logs: logs.map(grandpaDigest) },
    });
    const { key } = authority(3);
    const header = digest(
      { type: 'ScheduledChange', value: { next_authorities: [[key, 2n]], delay: 4 } },
      { type: 'OnDisabled', value: 1n },
      { type: 'Pause', value: 1 },
      { type: 'Resume', value: 2 },
    );
    assert.deepEqual(announcedChanges(header), [
      { kind: 'set', authorities: [{ key, weight: 2n }], delayBlocks: 4 },
      { kind: 'pause', delayBlocks: 1 },
      { kind: 'resume', delayBlocks: 2 },
    ]);
    const empty = digest({ type: 'ScheduledChange', value: { next_authorities: [], delay: 0 } });
    assert.throws(() => announcedChanges(empty), { code: 'AUTHORITY_SET_INVALID' });
  });
});
