import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { VoterEpoch } from '@cess/node';
import { isCessError } from '@cess/primitives';
import { openVoterEpoch } from './voter-epoch.js';

const folder = mkdtempSync(join(tmpdir(), 'cess-voter-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Opens it and gives up its lock, as a process that ends. */
function open(keyFile: string): VoterEpoch {
  const cleanups: (() => unknown)[] = [];
  try {
    return openVoterEpoch(keyFile, cleanups);
  } finally {
    for (const cleanup of cleanups) cleanup();
  }
}

describe('the epoch of a voter beside its key', () => {
  it('GR-82: is new until a record is durable, whatever happens before, and the same ever after', () => {
    const keyFile = join(folder, 'authority.json');
    const first = open(keyFile);
    const again = open(keyFile);
    assert.deepEqual([first.isNew, again.isNew], [true, true]);
    assert.deepEqual(again.epoch, first.epoch);
    assert.equal(first.epoch.length, 16);
    again.keep();
    const later = open(keyFile);
    assert.deepEqual([later.isNew, later.epoch], [false, first.epoch]);
    assert.deepEqual([later.lastVote, later.lastSlot], [undefined, undefined]);
    const votes = {
      prevote: { number: 5, hash: 'ab'.repeat(32) },
      precommit: { number: 4, hash: 'cd'.repeat(32) },
    };
    later.noteVote({ setId: 3, round: 17, votes });
    later.noteSlot(300_000_001n);
    const last = open(keyFile);
    assert.deepEqual(last.lastVote, { setId: 3, round: 17, votes });
    assert.deepEqual([last.lastSlot, last.isNew, last.epoch], [300_000_001n, false, first.epoch]);
    assert.equal(statSync(`${keyFile}.voter`).mode & 0o777, 0o600);
  });

  it('GR-82: a file that is not understood is refused, not taken for one without the vote', () => {
    const keyFile = join(folder, 'damaged.json');
    const epoch = 'ab'.repeat(16);
    const refused = (thrown: unknown) => isCessError(thrown, 'VOTER_FILE_MALFORMED');
    writeFileSync(`${keyFile}.voter`, `${epoch}\n`);
    assert.equal(open(keyFile).lastVote, undefined);
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
      assert.throws(() => open(keyFile), refused, text);
    }
  });

  it('GR-82: belongs to one process at a time', () => {
    const keyFile = join(folder, 'shared.json');
    const cleanups: (() => unknown)[] = [];
    openVoterEpoch(keyFile, cleanups);
    assert.throws(
      () => openVoterEpoch(keyFile, []),
      (thrown) => isCessError(thrown, 'KV_LOCKED') && /shared\.json\.voter is in use by process/.test(thrown.message),
    );
    for (const cleanup of cleanups) cleanup();
    open(keyFile);
  });
});
