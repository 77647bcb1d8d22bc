// kill -9 while the audit log is written and anchored (STORE-6): every written entry is there, every anchor of the chain agrees with
// the log, and the list of anchors is the chain's. CESS_AUDIT_CRASH_ROUNDS sets the number of kills.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type AnchorState, neverAnchored, verifyAuditLog, withAnchor } from '@cess/audit-log';
import type { ToParent } from '../test-support/audit-crash-child.js';

const rounds = Number(process.env['CESS_AUDIT_CRASH_ROUNDS'] ?? '8');
const program = fileURLToPath(new URL('../test-support/audit-crash-child.js', import.meta.url));

describe(`kill -9 of an audit log during its anchors, ${rounds} times`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-audit-crash-'));
  let chain: AnchorState = neverAnchored;
  let written = 0;
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs until the chain has got `anchors` more; the child is killed before, in or after the answer to the last of them. */
  async function runUntilKilled(anchors: number, when: 'before' | 'unanswered' | 'after'): Promise<void> {
    const child = fork(program, [folder], { serialization: 'advanced' });
    const exited = once(child, 'exit');
    let left = anchors;
    child.on('message', (raw) => {
      const message = raw as ToParent;
      if (message.type === 'written') written = Math.max(written, message.entries);
      if (message.type === 'anchorsOf') child.send(chain);
      if (message.type !== 'anchor' || left === 0) return;
      left--;
      if (left > 0 || when !== 'before') chain = withAnchor(chain, message.position);
      if (left > 0 || when === 'after') child.send(chain);
      if (left === 0) child.kill('SIGKILL');
    });
    await exited;
  }

  it('loses no entry that was written, and no anchor', async () => {
    const moments = ['before', 'unanswered', 'after'] as const;
    for (let round = 0; round < rounds; round++) {
      const [when = 'after'] = [moments[round % moments.length]];
      await runUntilKilled(1 + (round % 4), when);
      const check = await verifyAuditLog(folder, chain);
      // An anchor that was written down and did not reach the chain stands at the end of the list.
      assert.equal(check.missing, 0, `round ${round}`);
      assert.equal(check.damage, undefined);
      assert.deepEqual(check.contradicted, []);
      assert.ok(check.sequence >= written, `${check.sequence} entries of ${written}`);
      assert.ok(check.anchored >= chain.sequence);
    }
    assert.ok(chain.count >= rounds);
    assert.ok(written > rounds);
  });
});
