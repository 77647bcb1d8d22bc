// GR-80 to GR-82: what a voter has on disk, and what it does with it after a restart.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyOf } from '../test-support/voter-cluster.js';
import { Drive, hashOf, nameOf, setOf, trunk } from '../test-support/voter-drive.js';

const four = [1, 1, 1, 1];
const epoch = new Uint8Array(16);

describe('restart', () => {
  const restart = (drive: Drive, options: Partial<ConstructorParameters<typeof Drive>[0]> = {}) =>
    new Drive({
      weights: four,
      tree: drive.tree,
      nowMs: drive.nowMs,
      ...options,
      start: { record: drive.record, epoch, finalized: drive.voter.finalized, ...options.start },
    });

  it('GR-80: a vote is on disk before it is signed and sent', () => {
    const drive = new Drive({ weights: four, isDiskFast: false });
    drive.at(200);
    assert.deepEqual(drive.sent, []);
    const writes = drive.of('persist').map(({ write }) => write);
    drive.give({ type: 'written', write: writes.at(-1)! - 1 });
    assert.deepEqual(drive.sent, [], 'not by an earlier write');
    drive.give({ type: 'written', write: writes.at(-1)! });
    assert.deepEqual(drive.sent, ['prevote E@1']);
  });

  it('GR-81: the stored vote is sent again after a restart, also where the voter would vote otherwise now', () => {
    const drive = new Drive({ weights: four, isDiskFast: false });
    drive.at(200);
    drive.tree.push(hashOf('A'), ...['v', 'w', 'x', 'y', 'z'].map(hashOf));
    const again = restart(drive);
    assert.deepEqual(again.sent, ['prevote E@1']);
    again.at(1000).votes('prevote', 'E', [1, 2, 3]);
    assert.deepEqual(again.sent, ['prevote E@1', 'precommit E@1']);
    const third = restart(again);
    assert.deepEqual(third.sent, ['prevote E@1', 'precommit E@1']);
    third.votes('precommit', 'E', [1, 2, 3]);
    assert.deepEqual(third.sent, ['prevote E@1', 'precommit E@1']);
  });

  it('GR-81: the last completed round is there again with its votes, and its estimate still falls', () => {
    const drive = new Drive({ weights: four });
    drive.at(200).votes('prevote', 'E', [1, 2, 3]).at(400).votes('precommit', 'D', [1, 2]);
    assert.equal(drive.voter.round.number, 2);
    drive.at(600);
    const again = restart(drive);
    assert.equal(again.voter.round.number, 2);
    assert.equal(nameOf(again.voter.pastRounds[0]!.state.estimate!.hash), 'E');
    again.votes('precommit', 'D', [3], 1);
    assert.equal(nameOf(again.voter.pastRounds[0]!.state.estimate!.hash), 'D');
  });

  it('GR-81: where the blocks of that round are pruned, its stored state stands for its votes', () => {
    const drive = new Drive({ weights: four });
    drive.at(200).votes('prevote', 'E', [1, 2, 3]).at(400).votes('precommit', 'D', [1, 2]).at(600);
    const pruned = trunk('A', 'B', 'C', 'D', 'E');
    const parentOf = pruned.parentOf.bind(pruned);
    pruned.parentOf = (hash) => (hash === hashOf('D') ? undefined : parentOf(hash));
    const same = restart(drive, { tree: pruned });
    same.votes('prevote', 'E', [0], 1);
    assert.deepEqual(same.of('key-in-use'), [], 'the own vote of round 1 is forgotten, not foreign');
    // As another member, which has no votes in the record.
    const again = restart(drive, { tree: pruned, config: { localKey: keyOf(3) } });
    assert.equal(again.voter.pastRounds[0]!.participation('prevote'), 0);
    again.at(drive.nowMs + 200);
    const votes = again.of('broadcast').flatMap(({ message }) => (message.type === 'vote' ? [message.vote] : []));
    assert.deepEqual(
      votes.map(({ kind, round, target }) => [kind, round, nameOf(target.hash)]),
      [['prevote', 2, 'E']],
    );
  });

  it('GR-81: another key does not inherit the votes of the one before', () => {
    const drive = new Drive({ weights: four });
    drive.at(200);
    const other = restart(drive, { config: { localKey: keyOf(3) } });
    assert.equal(other.voter.isVoting, true);
    assert.equal(
      other.of('broadcast').some(({ message }) => message.type === 'vote'),
      false,
    );
  });

  it('GR-82: a database of another epoch, or none where the key has voted: the voter observes; after one of an earlier set it votes', () => {
    const drive = new Drive({ weights: four });
    drive.at(200);
    const foreign = new Uint8Array(16).fill(7);
    const cases: [Partial<NonNullable<ConstructorParameters<typeof Drive>[0]['start']>>, boolean][] = [
      [{}, true],
      [{ epoch: foreign }, false],
      [{ epoch: foreign, isNewEpoch: true }, false],
      [{ record: undefined }, false],
      [{ record: undefined, isNewEpoch: true }, true],
      [{ authorities: { ...drive.set, setId: 5n } }, true],
      [{ authorities: { ...drive.set, setId: 5n }, lastVote: { setId: 5, round: 2, votes: {} } }, false],
    ];
    for (const [start, isVoting] of cases) {
      const again = restart(drive, { start: { isNewEpoch: false, ...start } });
      assert.equal(again.voter.isVoting, isVoting, JSON.stringify(Object.keys(start)));
      if (!isVoting) assert.deepEqual(again.at(drive.nowMs + 500).sent, []);
    }
  });

  it('GR-82: a database that lacks votes of the key: the voter is silent until their round, and says the same again there', () => {
    const drive = new Drive({ weights: four });
    drive.at(200);
    const [E, D] = [drive.block('E'), drive.block('D')];
    const marks = drive.of('persist').map(({ mark }) => mark);
    assert.deepEqual(marks, [undefined, { setId: 0, round: 1, votes: { prevote: E } }]);
    const lastVote = { setId: 0, round: 1, votes: { prevote: E, precommit: D } };
    const cases: [Partial<NonNullable<ConstructorParameters<typeof Drive>[0]['start']>>, string[]][] = [
      [{ lastVote }, ['prevote E@1', 'precommit D@1', 'prevote E@2']],
      [{ lastVote, record: undefined }, ['prevote E@1', 'precommit D@1', 'prevote E@2']],
      [
        { lastVote: { ...lastVote, votes: { prevote: D } }, record: undefined },
        ['prevote D@1', 'precommit E@1', 'prevote E@2'],
      ],
      [{ lastVote: { ...lastVote, round: 2, votes: { prevote: D } } }, ['prevote E@1', 'prevote D@2']],
      [{ lastVote: { ...lastVote, round: 3 } }, ['prevote E@1']],
    ];
    for (const [start, sent] of cases) {
      const again = restart(drive, { start: { isNewEpoch: false, ...start } });
      again.at(400).votes('prevote', 'E', [1, 2, 3]).at(800).votes('precommit', 'E', [1, 2, 3]);
      assert.equal(again.voter.round.number, 2);
      again.at(again.nowMs + 200);
      assert.deepEqual(again.sent, sent);
    }
    const later = restart(drive, { start: { isNewEpoch: false, lastVote: { ...lastVote, setId: 1 } } });
    assert.equal(later.voter.isVoting, false, 'of a later set');
  });

  it('GR-82: observing ends with a set that a block after the restart announced, not with an older one', () => {
    const drive = new Drive({ weights: four });
    drive.import('E', 'F', [setOf(0, 1, 2, 3)], 50);
    const again = restart(drive, {
      nowMs: 100,
      start: {
        record: undefined,
        isNewEpoch: false,
        announced: [{ block: drive.block('F'), changes: [setOf(0, 1, 2, 3)], timeMs: 50 }],
      },
    });
    again.receive({ type: 'commit', commit: again.commit('F', [1, 2, 3], 1) });
    assert.deepEqual([again.voter.setId, again.voter.isVoting], [1, false]);
    again.import('F', 'H', [setOf(0, 1, 2, 3)], 101);
    again.receive({ type: 'commit', commit: again.commit('H', [1, 2, 3], 1) });
    assert.deepEqual([again.voter.setId, again.voter.isVoting], [2, true]);
  });

  it('a record that is damaged, or of a newer program, is refused', () => {
    const drive = new Drive({ weights: four });
    const newer = drive.record!.slice();
    newer[0] = 9;
    assert.throws(() => restart(drive, { start: { record: newer } }), { code: 'RECORD_VERSION' });
    const cut = drive.record!.slice(0, 40);
    assert.throws(() => restart(drive, { start: { record: cut } }), { code: 'SCALE_MALFORMED' });
  });
});
