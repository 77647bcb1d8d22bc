import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import { openVoterEpoch } from './voter-epoch.js';

const folder = mkdtempSync(join(tmpdir(), 'cess-voter-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('the epoch of a voter beside its key', () => {
  it('GR-82: is new until a record is durable, whatever happens before, and the same ever after', () => {
    const keyFile = join(folder, 'authority.json');
    const first = openVoterEpoch(keyFile);
    const again = openVoterEpoch(keyFile);
    assert.deepEqual([first.isNew, again.isNew], [true, true]);
    assert.deepEqual(again.epoch, first.epoch);
    assert.equal(first.epoch.length, 16);
    again.keep();
    const later = openVoterEpoch(keyFile);
    assert.deepEqual([later.isNew, later.epoch], [false, first.epoch]);
    assert.deepEqual([later.lastVote, later.lastSlot], [undefined, undefined]);
    const votes = {
      prevote: { number: 5, hash: 'ab'.repeat(32) },
      precommit: { number: 4, hash: 'cd'.repeat(32) },
    };
    later.noteVote({ setId: 3, round: 17, votes });
    later.noteSlot(300_000_001n);
    const last = openVoterEpoch(keyFile);
    assert.deepEqual(last.lastVote, { setId: 3, round: 17, votes });
    assert.deepEqual([last.lastSlot, last.isNew, last.epoch], [300_000_001n, false, first.epoch]);
    assert.equal(statSync(`${keyFile}.voter`).mode & 0o777, 0o600);
  });

  it('GR-82: a file that is not understood is refused, not taken for one without the vote', () => {
    const keyFile = join(folder, 'damaged.json');
    const epoch = 'ab'.repeat(16);
    const refused = (thrown: unknown) => isCessError(thrown, 'VOTER_FILE_MALFORMED');
    writeFileSync(`${keyFile}.voter`, `${epoch}\n`);
    assert.equal(openVoterEpoch(keyFile).lastVote, undefined);
    const hash = 'cd'.repeat(32);
    const lines = [
      'prevote 1 2',
      `prevote 1 x 3 ${hash}`,
      'precommit 1 2 3 cd',
      `other 1 2 3 ${hash}`,
      'slot',
      'slot -1',
    ];
    for (const text of ['', 'ab', `${epoch} old`, ...lines.map((line) => `${epoch}\n${line}`)]) {
      writeFileSync(`${keyFile}.voter`, `${text}\n`);
      assert.throws(() => openVoterEpoch(keyFile), refused, text);
    }
  });
});
