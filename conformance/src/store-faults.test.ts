// Fault kit, store by store: whatever call fails at whatever moment, nothing acknowledged is lost, what was refused is not
// there, every error has a code, and the store serves again when the fault ends. `CESS_SOAK` tries more moments.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Faults, noFaultKit } from './support/fault-kit.js';
import { storeKinds } from './support/faulted-stores.js';

const calls = process.env['CESS_SOAK'] === undefined ? 3 : 20;
const program = fileURLToPath(new URL('./support/fault-child.js', import.meta.url));

describe('stores on failing disks', { skip: noFaultKit }, () => {
  let faults: Faults;
  let root: string;

  before(() => {
    faults = new Faults();
    root = mkdtempSync(join(tmpdir(), 'cess-store-faults-'));
  });
  after(() => {
    faults.destroy();
    rmSync(root, { recursive: true, force: true });
  });

  for (const name of Object.keys(storeKinds)) {
    it(`STORE-4: ${name}: every call fails with EIO and ENOSPC, and nothing acknowledged is lost`, async () => {
      const child = spawn(process.execPath, [program, name, mkdtempSync(join(root, 'store-'))], {
        env: { ...process.env, ...faults.environment, CESS_FAULT_CALLS: String(calls) },
        // lmdb-js prints every failed commit.
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      const [code] = await once(child, 'close');
      assert.equal(code, 0, `the process ended: ${output}`);
      const { runs, faults: injected, wrong } = JSON.parse(output);
      assert.deepEqual(wrong, []);
      assert.ok(injected >= runs / 4, `${injected} faults in ${runs} runs`);
    });
  }
});
