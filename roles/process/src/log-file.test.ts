import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { LogFile } from './log-file.js';

const folder = mkdtempSync(join(tmpdir(), 'cess-log-file-'));
after(() => rmSync(folder, { recursive: true, force: true }));

it('a log of two writers is rotated while they write: bounded, and no line is lost before the oldest file', () => {
  const file = join(folder, 'two.log');
  let nowMs = 0;
  const common = { file, maxBytes: 2_000, oldFiles: 3, nowMs: () => nowMs };
  const owner = new LogFile({ ...common, isOwner: true });
  const other = new LogFile({ ...common, isOwner: false });
  const lines = 200;
  for (let i = 0; i < lines; i++) {
    nowMs += 100;
    owner.write(`${`owner ${i}`.padEnd(49)}\n`);
    other.write(`${`other ${i}`.padEnd(49)}\n`);
  }
  owner.close();
  other.close();
  const files = readdirSync(folder).sort();
  assert.deepEqual(files, ['two.log', 'two.log.1', 'two.log.2', 'two.log.3']);
  // A second of both writers is 1,000 bytes.
  for (const name of files) assert.ok(statSync(join(folder, name)).size <= 4_000, name);
  const kept = files
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
    .map((line) => line.trim());
  assert.equal(new Set(kept).size, kept.length);
  for (const writer of ['owner', 'other']) {
    const numbers = kept.filter((line) => line.startsWith(writer)).map((line) => Number(line.split(' ')[1]));
    const first = Math.min(...numbers);
    assert.ok(first > 0 && first < lines - 60, `${writer} from ${first}`);
    assert.deepEqual(
      numbers.sort((a, b) => a - b),
      Array.from({ length: lines - first }, (_, i) => first + i),
    );
  }
});

it('a log whose file was removed is created again', () => {
  const file = join(folder, 'removed.log');
  let nowMs = 0;
  const log = new LogFile({ file, isOwner: false, nowMs: () => nowMs });
  rmSync(file);
  nowMs += 1_000;
  log.write('again\n');
  log.close();
  assert.equal(readFileSync(file, 'utf8'), 'again\n');
});
