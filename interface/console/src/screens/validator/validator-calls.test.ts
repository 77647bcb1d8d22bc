// IFACE-1: the calls that the console offers to candidates, and what it says of them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tx } from '@cess/client';
import { CESS } from '@cess/primitives';
import type { ValidatorState } from '../../api/validators.js';
import { healthyCandidate, healthyValidator } from '../../test-support/role-states.js';
import type { CallValues } from '../operator/role-call.js';
import { validatorCalls } from './validator-calls.js';

const titles = (changes: Partial<ValidatorState>) =>
  validatorCalls({ ...healthyValidator, ...changes }).map(({ title }) => title.replace('calls.validator.', ''));
function prepared(title: string, changes: Partial<ValidatorState>, values: CallValues = {}) {
  const calls = validatorCalls({ ...healthyValidator, ...changes });
  return calls.find((each) => each.title === `calls.validator.${title}`)?.prepare(values);
}
const effects = (...of: Parameters<typeof prepared>) =>
  prepared(...of)?.effects.map(({ text }) => text.replace('calls.validator.', ''));
const exiting = { candidate: { ...healthyCandidate, state: 'Exiting', exitAnnouncedIn: 8 } } as const;
const claim = { key: 'ab'.repeat(32), possession: `0x${'CD'.repeat(64)}` };

describe('calls of a candidate', () => {
  it('are those that fit its state', () => {
    assert.deepEqual(titles({ candidate: undefined }), ['register']);
    assert.deepEqual(titles({}), ['stake', 'key', 'exit']);
    assert.deepEqual(titles({ candidate: { ...healthyCandidate, state: 'Removed' } }), ['exit']);
    assert.deepEqual(titles(exiting), ['withdraw']);
  });

  it('register with a key and its signature, and say what the minimum is', () => {
    const call = prepared('register', { candidate: undefined }, { amount: '1000', ...claim });
    const key = new Uint8Array(32).fill(0xab);
    const possession = new Uint8Array(64).fill(0xcd);
    assert.deepEqual(call?.call, tx.Staking.register({ stake: 1000n * CESS, key, possession }));
    assert.equal(call.spends, 1000n * CESS);
    const low = { amount: '999.999', ...claim };
    assert.deepEqual(effects('register', { candidate: undefined }, low), ['register.does', 'register.low']);
    for (const broken of [{ key: 'ab' }, { possession: 'zz'.repeat(64) }, { amount: '0' }]) {
      const values = { amount: '1000', ...claim, ...broken };
      assert.equal(prepared('register', { candidate: undefined }, values), undefined);
    }
  });

  it('say why the chain would not return the stake', () => {
    const free = { type: 'Free', returned: 9n, taken: 1n } as const;
    const unseated = { ...exiting, seat: undefined, isElected: false };
    assert.deepEqual(effects('withdraw', { ...unseated, exit: free }), ['withdraw.does']);
    assert.deepEqual(prepared('withdraw', { ...unseated, exit: free })?.effects[0]?.values, {
      returned: 9n,
      taken: 1n,
    });
    const cooling = { type: 'CoolingOff', endsIn: 30 } as const;
    assert.deepEqual(effects('withdraw', { ...exiting, exit: cooling }), [
      'withdraw.does',
      'withdraw.seat',
      'withdraw.early',
    ]);
  });

  it('give the command for a terminal where there is one', () => {
    assert.equal(prepared('stake', {}, { amount: ' 1.5 ' })?.command, 'cess validator bond 1.5');
    assert.equal(prepared('exit', {})?.command, 'cess validator exit');
    assert.equal(prepared('key', {}, claim)?.command, undefined);
  });
});
