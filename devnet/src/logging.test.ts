import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openLog } from './logging.js';

describe('the log of the network', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-log-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('OBS: every line of the log names its role once', () => {
    const file = join(folder, 'logs', 'network.log');
    const log = openLog(file, 'info', true);
    const roles = ['network', 'tee'];
    for (const role of roles) log.child({ role }).child({ component: 'x' }).info({ n: 1 }, 'said');
    log.child({ role: 'network' }).debug({}, 'not said');
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    const said = lines.map((line) => (JSON.parse(line) as { role: string }).role);
    assert.deepEqual(said.sort(), roles);
    for (const line of lines) assert.equal(line.match(/"role":/g)?.length, 1, line);
  });

  it('a disk that takes nothing ends no process, and lines are written when it takes them again', () => {
    const file = join(folder, 'limited.log');
    const script = `
      const { openLog } = await import(${JSON.stringify(new URL('./logging.js', import.meta.url).href)});
      const { execFileSync } = await import('node:child_process');
      const log = openLog(process.argv[1], 'info', true);
      for (let i = 0; i < 40; i++) log.info({ i, text: 'x'.repeat(100) }, 'line');
      execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited']);
      log.info({}, 'the last line');`;
    const limits = 'trap "" XFSZ; ulimit -S -f 2; exec "$@"';
    const node = [process.execPath, '--input-type=module', '-e', script, file];
    const child = spawnSync('bash', ['-c', limits, 'bash', ...node], { encoding: 'utf8' });
    assert.equal(child.status, 0, child.stderr);
    assert.match(child.stderr, /cannot be written/);
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    assert.match(lines.at(-1)!, /the last line/);
    const isComplete = (line: string) => line.startsWith('{') && line.endsWith('}');
    assert.equal(
      lines.filter((line) => line !== '' && !isComplete(line)).length,
      1,
      'the line at which the disk was full',
    );
    assert.match(lines.at(-2) ?? '', /"dropped":\d+/);
  });
});
