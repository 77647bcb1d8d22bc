import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./test-support/small-role.js', import.meta.url));

/** Starts the role; gives its process and the lines that it prints after its first. */
async function start(...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value, 'ready small nowhere');
  return { child, lines, exited: once(child, 'exit') };
}

describe('SIGHUP', () => {
  it('makes a role that can reload do so, again and again, and the role goes on', async () => {
    const { child, lines, exited } = await start('reload');
    for (let i = 0; i < 2; i++) {
      child.kill('SIGHUP');
      assert.equal((await lines.next()).value, 'reloaded');
    }
    child.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
  });

  it('stops a role that has nothing to reload', async () => {
    const { child, exited } = await start();
    child.kill('SIGHUP');
    assert.deepEqual(await exited, [0, null]);
  });
});
