// IFACE-1: the calls that the console offers to those who run a TEE worker, and what it says of them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tx } from '@cess/client';
import { CESS } from '@cess/primitives';
import type { WorkerState } from '../../api/tee-workers.js';
import { healthyWorker } from '../../test-support/role-states.js';
import { teeCalls } from './tee-calls.js';

const calls = (changes: Partial<WorkerState>) => teeCalls({ ...healthyWorker, ...changes });
const titles = (changes: Partial<WorkerState>) => calls(changes).map(({ title }) => title.replace('calls.tee.', ''));
const effects = (changes: Partial<WorkerState>, title: string) =>
  calls(changes)
    .find((each) => each.title === `calls.tee.${title}`)
    ?.prepare({})
    ?.effects.map(({ text }) => text.replace('calls.tee.', ''));

describe('calls of a TEE worker', () => {
  it('are those that fit its state', () => {
    assert.deepEqual(titles({}), ['stake', 'exit']);
    assert.deepEqual(titles({ state: 'Suspended' }), ['stake', 'resume', 'exit']);
    assert.deepEqual(titles({ state: 'Exited' }), []);
  });

  it('add stake', () => {
    const call = calls({})[0]?.prepare({ amount: '3' });
    assert.deepEqual(call?.call, tx.TeeWorker.add_stake({ amount: 3n * CESS }));
    assert.equal(call.spends, 3n * CESS);
    assert.deepEqual(call.effects[0]?.values, { amount: 3n * CESS, stake: 50_003n * CESS });
  });

  it('say why the chain would refuse them', () => {
    assert.deepEqual(effects({}, 'exit'), ['exit.does']);
    assert.deepEqual(effects({ dutyCount: 1 }, 'exit'), ['exit.does', 'exit.rounds']);
    assert.deepEqual(effects({ state: 'Suspended' }, 'resume'), ['resume.does']);
    assert.deepEqual(effects({ state: 'Suspended', stake: CESS }, 'resume'), ['resume.does', 'resume.low']);
  });
});
