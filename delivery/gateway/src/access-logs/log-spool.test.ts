// Lines of access logs on disk, when the disk fails.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { isCessError } from '@cess/primitives';
import { LogSpool } from './log-spool.js';

it('a folder that is gone drops lines, and gives errors that the delivery retries', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-spool-'));
  const dropped: number[] = [];
  const spool = new LogSpool(
    folder,
    1_000_000,
    () => 1_700_000_000_000,
    (_error, lines) => dropped.push(lines),
  );
  await spool.open();
  const line = { source: 'box', timeMs: 1, line: 'text\n' };
  assert.ok(spool.add(line));
  await spool.rotate();
  const [file] = await spool.closedFiles();
  assert.ok(file);
  assert.deepEqual(await spool.read(file), [line]);
  rmSync(folder, { recursive: true });
  const isCoded = (error: unknown) => isCessError(error, 'KV_IO');
  await assert.rejects(spool.closedFiles(), isCoded);
  await assert.rejects(spool.read(file), isCoded);
  await assert.rejects(spool.remove(file), isCoded);
  assert.ok(spool.add(line));
  await spool.rotate();
  assert.deepEqual(dropped, [1]);
});
