import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openLog } from './logging.js';

describe('the log of the network', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-log-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('OBS: says the role once a line', () => {
    const file = join(folder, 'logs', 'network.log');
    const log = openLog(file, 'info');
    const roles = ['network', 'tee'];
    for (const role of roles) log.logger.child({ role }).child({ component: 'x' }).info({ n: 1 }, 'said');
    log.logger.child({ role: 'network' }).debug({}, 'not said');
    log.flush();
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    // A flush may overtake a line that is being written.
    const said = lines.map((line) => (JSON.parse(line) as { role: string }).role);
    assert.deepEqual(said.sort(), roles);
    for (const line of lines) assert.equal(line.match(/"role":/g)?.length, 1, line);
  });

  it('can be flushed at once, before anything was written', () => {
    openLog(join(folder, 'other.log'), 'info').flush();
  });
});
