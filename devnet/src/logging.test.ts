import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { eventually } from '@cess/primitives/testing';
import { openLog } from './logging.js';

describe('the log of the network', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-log-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('OBS: every line of the log names its role once', async () => {
    const file = join(folder, 'logs', 'network.log');
    const log = openLog(file, 'info');
    const roles = ['network', 'tee'];
    for (const role of roles) log.logger.child({ role }).child({ component: 'x' }).info({ n: 1 }, 'said');
    log.logger.child({ role: 'network' }).debug({}, 'not said');
    log.flush();
    // A flush may overtake a line that is being written in the background.
    const lines = await eventually(() => {
      const text = readFileSync(file, 'utf8');
      const complete = text.split('\n').slice(0, -1);
      return complete.length >= roles.length && complete;
    }, 'both lines are written');
    const said = lines.map((line) => (JSON.parse(line) as { role: string }).role);
    assert.deepEqual(said.sort(), roles);
    for (const line of lines) assert.equal(line.match(/"role":/g)?.length, 1, line);
  });

  it('can be flushed at once, before anything was written', () => {
    openLog(join(folder, 'other.log'), 'info').flush();
  });
});
