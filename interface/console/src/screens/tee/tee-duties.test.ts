// IFACE-1: what the console tells those who run a TEE worker to do.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CESS } from '@cess/primitives';
import type { WorkerDuty, WorkerState } from '../../api/tee-workers.js';
import { healthyWorker as healthy } from '../../test-support/role-states.js';
import { teeDuties } from './tee-duties.js';

const duties = (changes: Partial<WorkerState>) => teeDuties({ ...healthy, ...changes });
const texts = (changes: Partial<WorkerState>) => duties(changes).map(({ text }) => text);
const verdict: WorkerDuty = {
  provider: 3,
  keyId: 'cd',
  round: 1,
  bytes: 10,
  waitsFor: 'Verdict',
  until: 130,
  passed: undefined,
};

describe('what to do now for a TEE worker', () => {
  it('is nothing while it has no rounds and all its stake', () => {
    assert.deepEqual(duties({}), []);
    assert.deepEqual(duties({ duties: [{ ...verdict, waitsFor: 'Dispute', passed: true }] }), []);
  });

  it('is the verdicts that are due, with the first deadline', () => {
    assert.deepEqual(duties({ duties: [verdict, { ...verdict, provider: 4, until: 140 }] }), [
      { tone: 'warn', text: 'tee.do.verdicts', values: { count: 2, block: 130, left: 30 } },
    ]);
  });

  it('says why it is suspended, and whether its stake lets it resume', () => {
    const missed = { state: 'Suspended', missedInARow: 3, missed: 3 } as const;
    assert.deepEqual(texts(missed), ['tee.do.suspended.missed', 'tee.do.resume']);
    assert.deepEqual(texts({ ...missed, missedInARow: 0, wrong: 1, lastWrong: 90 }), [
      'tee.do.suspended.wrong',
      'tee.do.resume',
    ]);
    assert.deepEqual(duties({ ...missed, stake: 24_000n * CESS })[1], {
      tone: 'bad',
      text: 'tee.do.resume.stake',
      values: { stake: 24_000n * CESS, half: 25_000n * CESS, amount: 1_000n * CESS },
    });
  });

  it('counts missed verdicts in a row up to the suspension', () => {
    assert.deepEqual(duties({ missedInARow: 2 }), [
      { tone: 'bad', text: 'tee.do.missed', values: { count: 2, limit: 3 } },
    ]);
    assert.deepEqual(duties({ missed: 5 }), [], 'those of the past are over');
  });

  it('warns when the stake covers no more failed verdicts', () => {
    assert.deepEqual(duties({ openFailed: 10 }), [
      { tone: 'warn', text: 'tee.do.failed', values: { count: 10, limit: 10 } },
    ]);
    assert.deepEqual(texts({ openFailed: 9 }), []);
    assert.deepEqual(texts({ stake: 4_000n * CESS }), ['tee.do.failed', 'tee.do.stake'], 'none at all');
  });

  it('says when its work credits nobody', () => {
    assert.deepEqual(texts({ bond: undefined, isBondCandidate: false }), ['tee.do.bond.none']);
    assert.deepEqual(texts({ isBondCandidate: false }), ['tee.do.bond.gone']);
  });

  it('is nothing more once it has left', () => {
    assert.deepEqual(texts({ state: 'Exited', stake: 0n, bond: undefined }), ['tee.do.left']);
  });
});
