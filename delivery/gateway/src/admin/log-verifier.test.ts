import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type AnchorState, AuditLog, neverAnchored, withAnchor } from '@cess/audit-log';
import { createDeferred } from '@cess/primitives';
import { unknownRequest } from '../audit/audit-trail.js';
import { LogVerifier, type LogVerifierInit } from './log-verifier.js';

const folder = mkdtempSync(join(tmpdir(), 'cess-verify-'));
const other = new Uint8Array(32).fill(1);
before(async () => {
  const log = await AuditLog.open({ folder });
  const entry = { ...unknownRequest, timeMs: 1, phase: 'ended', requests: 1 } as const;
  await Promise.all(Array.from({ length: 2_000 }, () => log.append(entry)));
  await log.close();
});
after(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;
const verifier = (anchorsOf: () => Promise<AnchorState>, more: Partial<LogVerifierInit> = {}) =>
  new LogVerifier({ folder, chain: { anchorsOf }, ...more });

describe('the verification of an audit log by the gateway', () => {
  it('compares the log with what the chain node reports', async () => {
    const sound = await verifier(async () => neverAnchored).verify(never);
    assert.deepEqual([sound.isSound, sound.anchors, sound.sequence], [true, 0, 2_000]);
    const foreign = withAnchor(neverAnchored, { sequence: 5, head: other });
    const changed = await verifier(async () => foreign).verify(never);
    assert.deepEqual([changed.isSound, changed.anchors, changed.contradictions], [false, 1, 1]);
  });

  it('runs once at a time, and again when it has ended', async () => {
    const asked = createDeferred<AnchorState>();
    const one = verifier(() => asked.promise);
    const running = one.verify(never);
    await assert.rejects(one.verify(never), { code: 'VerificationRunning' });
    asked.resolve(neverAnchored);
    await running;
    await one.verify(never);
  });

  it('ends when the client leaves, and when it takes too long', async () => {
    const one = verifier(async () => neverAnchored);
    await assert.rejects(one.verify(AbortSignal.abort()), { name: 'AbortError' });
    await one.verify(never);
    const limited = verifier(async () => neverAnchored, { newLimit: () => AbortSignal.abort() });
    await assert.rejects(limited.verify(never), { code: 'ServiceUnavailable', detail: /too long/ });
  });
});
