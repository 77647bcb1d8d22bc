// IFACE-1: what the console tells those who run a validator to do.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CESS } from '@cess/primitives';
import type { ValidatorState } from '../../api/validators.js';
import { healthyCandidate as candidate, healthyValidator as healthy } from '../../test-support/role-states.js';
import { validatorDuties } from './validator-duties.js';

const duties = (changes: Partial<ValidatorState>) => validatorDuties({ ...healthy, ...changes });
const texts = (changes: Partial<ValidatorState>) => duties(changes).map(({ text }) => text);
const as = (changes: Partial<typeof candidate>) => ({ candidate: { ...candidate, ...changes } });

describe('what to do now for a validator', () => {
  it('is nothing while it has its seat, stake and credit', () => {
    assert.deepEqual(duties({}), []);
    assert.deepEqual(texts({ candidate: undefined }), ['validator.do.noCandidate']);
  });

  it('names what keeps it from being elected', () => {
    assert.deepEqual(duties(as({ stake: 900n * CESS })), [
      {
        tone: 'bad',
        text: 'validator.do.stake',
        values: { stake: 900n * CESS, minimum: 1000n * CESS, amount: 100n * CESS },
      },
    ]);
    assert.deepEqual(texts({ credit: 99 }), ['validator.do.credit']);
    assert.deepEqual(texts({ credit: 99, ...as({ isRated: false }) }), [], 'newcomers have five eras');
    assert.deepEqual(texts({ workers: [] }), ['validator.do.workers']);
  });

  it('asks for the proof while proofs are taken and it has none', () => {
    assert.deepEqual(texts({ takesProofs: true }), ['validator.do.proof']);
    assert.deepEqual(texts({ takesProofs: true, ...as({ hasPostedProof: true }) }), []);
  });

  it('says from when and until when it has a seat', () => {
    assert.deepEqual(texts({ seat: undefined }), ['validator.do.waiting']);
    assert.deepEqual(duties({ seat: undefined, isElected: true }), [
      { tone: 'warn', text: 'validator.do.elected', values: { era: 10 } },
    ]);
    assert.deepEqual(texts({ isElected: true }), []);
    assert.deepEqual(duties({ isElected: false }), [
      { tone: 'info', text: 'validator.do.unelected', values: { era: 9 } },
    ]);
  });

  it('asks for nodes with both keys while the seat has the former one', () => {
    assert.deepEqual(texts({ seat: { number: 0, key: 'cd' } }), ['validator.do.key']);
  });

  it('counts slots that it missed in this era, single ones aside', () => {
    assert.deepEqual(texts({ points: { total: 1960, blocks: 98, missed: 2 } }), []);
    assert.deepEqual(duties({ points: { total: 180, blocks: 9, missed: 2 } }), [
      { tone: 'warn', text: 'validator.do.missed', values: { missed: 2, blocks: 9 } },
    ]);
  });

  it('leads through an exit: the seat, the cooling-off period, the stake', () => {
    const leaving = as({ state: 'Exiting', exitAnnouncedIn: 8 });
    assert.deepEqual(texts({ ...leaving, exit: { type: 'CoolingOff', endsIn: 120 } }), [
      'validator.do.exit.seat',
      'validator.do.exit.cooling',
    ]);
    const gone = { ...leaving, seat: undefined };
    assert.deepEqual(duties({ ...gone, exit: { type: 'CoolingOff', endsIn: 120 } }), [
      { tone: 'info', text: 'validator.do.exit.cooling', values: { era: 120 } },
    ]);
    assert.deepEqual(duties({ ...gone, exit: { type: 'Free', returned: 90n, taken: 10n } }), [
      { tone: 'warn', text: 'validator.do.exit.free', values: { returned: 90n, taken: 10n } },
    ]);
  });

  it('names each slash that waits, and the removal', () => {
    const removed = { ...as({ state: 'Removed' }), seat: undefined };
    const slashes = [{ amount: 7n, offenceEra: 8, takenIn: 36 }];
    assert.deepEqual(duties({ ...removed, slashes }), [
      { tone: 'bad', text: 'validator.do.slash', values: { amount: 7n, era: 8, taken: 36 } },
      { tone: 'bad', text: 'validator.do.removed' },
      { tone: 'warn', text: 'validator.do.removed.exit' },
    ]);
  });
});
