// Alerts by rule: what counts, for whom, once per quiet period, and across restarts.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type AuditEntry, AuditLog } from '@cess/audit-log';
import type { ObjectChange, QueuedMessage } from '@cess/object-index';
import { noMetrics, silentLogger } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import type { AlertRule } from './alert-rules.js';
import { AlertWatch } from './alert-watch.js';
import { SlidingCounts } from './sliding-counts.js';

const entry: AuditEntry = {
  phase: 'ended',
  timeMs: 0,
  requestId: 'R',
  operation: 'GetObject',
  principal: 'arn:aws:iam::1:user/u',
  accessKeyId: 'AK',
  source: '192.0.2.1',
  userAgent: '',
  bucket: 'b',
  key: 'k',
  versionId: '',
  status: 200,
  errorCode: '',
  durationMs: 1,
  requests: 1,
};
const wrongSignature = { status: 403, errorCode: 'SignatureDoesNotMatch', principal: '' };
const quietSeconds = 600;

let folder: string;
let kv: Kv;
let nowMs: number;
let sent: Readonly<Record<string, unknown>>[];
let watch: AlertWatch;

async function open(...rules: AlertRule[]): Promise<void> {
  watch = new AlertWatch({
    config: { target: 'ops', quietSeconds, rules },
    kv,
    auditFolder: folder,
    nowMs: () => nowMs,
    metrics: noMetrics,
    logger: silentLogger,
    events: {
      enqueue: async (target: string, { body }: QueuedMessage) => {
        sent.push({ target, ...(JSON.parse(Buffer.from(body).toString()) as object) });
        return true;
      },
    },
  });
  await watch.start();
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cess-alerts-'));
  kv = createMemoryKv();
  nowMs = 10_000_000;
  sent = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const happens = (more: Partial<AuditEntry> = {}) => watch.observe({ ...entry, timeMs: nowMs, ...more });
const subjects = () => sent.map(({ rule, subject }) => `${rule}: ${subject}`);
const signIns: AlertRule = { name: 'sign-ins', kind: 'failed-sign-ins', count: 3, windowSeconds: 60 };
const rights: AlertRule = { name: 'rights', kind: 'changed-rights', count: 1, windowSeconds: 60 };

describe('an alert', () => {
  it('is raised by failed sign-ins of one key and of one address', async () => {
    await open(signIns);
    await happens(wrongSignature);
    await happens({ ...wrongSignature, source: '192.0.2.2' });
    await happens();
    assert.deepEqual(subjects(), []);
    await happens({ ...wrongSignature, source: '192.0.2.3' });
    assert.deepEqual(subjects(), ['sign-ins: key AK']);
    await happens({ ...wrongSignature, accessKeyId: 'OTHER' });
    await happens({ ...wrongSignature, accessKeyId: 'THIRD' });
    assert.deepEqual(subjects(), ['sign-ins: key AK', 'sign-ins: address 192.0.2.1']);
    assert.equal(sent[0]?.['target'], 'ops');
  });

  it('is not raised by as many events over a longer time', async () => {
    await open(signIns);
    for (let count = 0; count < 20; count++) {
      await happens({ ...wrongSignature, timeMs: nowMs + count * 31_000 });
    }
    assert.deepEqual(subjects(), []);
  });

  it('is raised once in a quiet period for each subject, and again after it', async () => {
    await open(rights);
    const change = { operation: 'iam:PutUserPolicy' };
    await happens(change);
    await happens({ ...change, operation: 'PutBucketPolicy' });
    await happens({ ...change, principal: 'arn:other' });
    assert.deepEqual(subjects(), ['rights: arn:aws:iam::1:user/u', 'rights: arn:other']);
    nowMs += quietSeconds * 1000;
    await happens(change);
    assert.equal(sent.length, 3);
  });

  it('is not raised by refused changes and by operations that only read', async () => {
    await open(rights);
    await happens({ operation: 'iam:PutUserPolicy', status: 403, errorCode: 'AccessDenied' });
    for (const operation of ['iam:GetUser', 'iam:ListUsers', 'GetBucketPolicy', 'PutObject'])
      await happens({ operation });
    assert.deepEqual(subjects(), []);
  });

  it('is raised by reads, and by what a rule selects by operation, status and code', async () => {
    await open(
      { name: 'reads', kind: 'reads', count: 2, windowSeconds: 60 },
      { name: 'denied', kind: 'operations', operations: ['Put*'], statuses: ['4xx'], count: 1, windowSeconds: 60 },
      { name: 'slow', kind: 'operations', errorCodes: ['SlowDown'], count: 1, windowSeconds: 60 },
    );
    await happens();
    await happens({ operation: 'PutObject', status: 200 });
    await happens({ operation: 'DeleteObject', status: 403, errorCode: 'AccessDenied' });
    assert.deepEqual(subjects(), []);
    await happens({ operation: 'PutObject', status: 403, errorCode: 'AccessDenied', principal: 'anonymous' });
    await happens({ operation: 'ListObjects', status: 503, errorCode: 'SlowDown' });
    await happens();
    assert.deepEqual(subjects(), [
      'denied: address 192.0.2.1',
      'slow: arn:aws:iam::1:user/u',
      'reads: arn:aws:iam::1:user/u',
    ]);
  });

  it('is raised by deletions of objects, one by one or together, and not by lifecycle rules', async () => {
    await open({ name: 'mass', kind: 'mass-deletion', count: 3, windowSeconds: 60 });
    const origin = { operation: 'DeleteObjects', principalId: 'p', source: '192.0.2.1', requestId: 'R' };
    const change = { kind: 'removed', name: { bucket: 'b', key: 'k' }, origin, timeMs: nowMs } as ObjectChange;
    await watch.observeChange({ ...change, origin: { ...origin, operation: 'Lifecycle' } });
    await watch.observeChange({ ...change, kind: 'created' });
    await watch.observeChange(change);
    await watch.observeChange({ ...change, kind: 'marked' });
    assert.deepEqual(subjects(), []);
    await watch.observeChange(change);
    assert.deepEqual(subjects(), ['mass: p']);
  });

  it('that was raised is not raised again after a restart', async () => {
    await open(rights);
    await happens({ operation: 'PutBucketPolicy' });
    await open(rights);
    await happens({ operation: 'PutBucketPolicy' });
    assert.equal(sent.length, 1);
  });

  it('whose entry was written before a crash is raised after the restart, once', async () => {
    const log = await AuditLog.open({ folder });
    await log.append({ ...entry, timeMs: nowMs, operation: 'PutBucketPolicy' });
    await log.append({ ...entry, timeMs: nowMs - quietSeconds * 2000, operation: 'PutBucketPolicy', principal: 'old' });
    await log.close();
    await open(rights);
    assert.deepEqual(subjects(), ['rights: arn:aws:iam::1:user/u']);
    await open(rights);
    assert.equal(sent.length, 1);
  });
});

describe('counts in a sliding window', () => {
  it('never miss what lies within eleven twelfths of it, and hold nothing that is older than it', () => {
    const counts = new SlidingCounts(1200);
    assert.deepEqual(
      [0, 100, 1099, 1200, 1300, 5000].map((timeMs) => counts.add('s', timeMs)),
      [1, 2, 3, 3, 3, 1],
    );
  });

  it('are bounded in the number of subjects', () => {
    const counts = new SlidingCounts(1000);
    for (let number = 0; number <= 10_000; number++) counts.add(`${number}`, 0);
    assert.equal(counts.add('0', 0), 1);
    assert.equal(counts.add('10000', 0), 2);
  });
});
