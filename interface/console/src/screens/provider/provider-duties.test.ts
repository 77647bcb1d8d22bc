// IFACE-1: what the console tells those who run a provider to do.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CESS } from '@cess/primitives';
import type { ProviderState, ShownRound } from '../../api/provider.js';
import { healthyProvider as healthy, healthyRegistry as registry } from '../../test-support/role-states.js';
import { providerDuties } from './provider-duties.js';

const duties = (changes: Partial<ProviderState>) => providerDuties({ ...healthy, ...changes });
const texts = (changes: Partial<ProviderState>) => duties(changes).map(({ text }) => text);
const withRound = (round: ShownRound) => ({ registries: [{ ...registry, round }] });

describe('what to do now for a provider', () => {
  it('is nothing while it holds, has proven and has staked what it should', () => {
    assert.deepEqual(duties({}), []);
    const answered = { number: 5, openedAt: 95, bytes: 100, stage: 'Answered', until: 150, worker: 0 } as const;
    assert.deepEqual(duties(withRound(answered)), []);
  });

  it('is the proof of an open round, with the blocks that are left', () => {
    const round = { number: 5, openedAt: 95, bytes: 100, stage: 'Open' } as const;
    assert.deepEqual(duties(withRound({ ...round, until: 130 })), [
      { tone: 'warn', text: 'provider.do.proof', values: { round: 5, block: 130, left: 30 } },
    ]);
    assert.deepEqual(texts(withRound({ ...round, until: 100 })), ['provider.do.proof']);
    assert.deepEqual(texts(withRound({ ...round, until: 99 })), ['provider.do.proof.over']);
  });

  it('is a dispute of a failed verdict, not of a passed one', () => {
    const judged = { number: 5, openedAt: 95, bytes: 100, stage: 'Judged', until: 700, worker: 2 } as const;
    assert.deepEqual(duties(withRound({ ...judged, passed: false })), [
      { tone: 'bad', text: 'provider.do.verdict', values: { round: 5, worker: 2, block: 700 } },
    ]);
    assert.deepEqual(duties(withRound({ ...judged, passed: true })), []);
  });

  it('names an open question only while no round asks it', () => {
    assert.deepEqual(texts({ registries: [{ ...registry, openSince: 80 }] }), ['provider.do.question']);
    const round = { number: 6, openedAt: 95, bytes: 100, stage: 'Open', until: 130 } as const;
    assert.deepEqual(texts({ registries: [{ ...registry, openSince: 80, round }] }), ['provider.do.proof']);
  });

  it('counts strikes and failures up to what expels it', () => {
    assert.deepEqual(duties({ registries: [{ ...registry, strikes: 2 }] }), [
      { tone: 'bad', text: 'provider.do.strikes', values: { strikes: 2, limit: 3 } },
    ]);
    assert.deepEqual(duties({ failures: 2 }), [
      { tone: 'bad', text: 'provider.do.failures', values: { failures: 2, limit: 3 } },
    ]);
  });

  it('says why it is frozen, and how much ends that', () => {
    const amountOf = (changes: Partial<ProviderState>) => {
      const [duty] = duties({ state: 'Frozen', ...changes });
      return [duty?.text, duty?.values?.['amount']];
    };
    assert.deepEqual(amountOf({ stake: 1500n * CESS }), ['provider.do.frozen.stake', 500n * CESS]);
    assert.deepEqual(amountOf({ debt: 30n }), ['provider.do.frozen.debt', 30n]);
    assert.deepEqual(amountOf({ stake: 1999n * CESS, debt: 2n }), ['provider.do.frozen.debt', CESS + 2n]);
    assert.deepEqual(amountOf({ stake: 0n, requiredStake: 3n }), ['provider.do.frozen.stake', 2n], 'rounded up');
    assert.deepEqual(amountOf({}), ['provider.do.frozen.stake', 1n], 'any collateral');
  });

  it('is more stake while it is below what the declared space needs', () => {
    assert.deepEqual(duties({ stake: 3000n * CESS }), [
      {
        tone: 'warn',
        text: 'provider.do.stake',
        values: { stake: 3000n * CESS, required: 4000n * CESS, amount: 1000n * CESS },
      },
    ]);
  });

  it('leads through an exit: fragments, questions, the last call, the stake', () => {
    assert.deepEqual(texts({ state: 'Exiting' }), ['provider.do.exiting']);
    const empty = { state: 'Exiting', fragments: 0, tagged: 0, heldBytes: 0 } as const;
    assert.deepEqual(texts({ ...empty, registries: [{ ...registry, openSince: 80 }] }), [
      'provider.do.exiting.rounds',
      'provider.do.question',
    ]);
    assert.deepEqual(texts({ ...empty, registries: [] }), ['provider.do.exiting.done']);
    const left = {
      ...empty,
      state: 'Exited',
      stake: 0n,
      unbonding: CESS,
      releases: { first: 150, last: 200 },
    } as const;
    assert.deepEqual(duties({ ...left, registries: [] }), [
      { tone: 'info', text: 'provider.do.left' },
      { tone: 'info', text: 'provider.do.unbonding', values: { amount: CESS, block: 200 } },
    ]);
  });

  it('says what expelled it', () => {
    const expelled = { state: 'Expelled', tagged: 0 } as const;
    assert.deepEqual(texts({ ...expelled, failures: 3 }), ['provider.do.expelled.failed']);
    assert.deepEqual(texts({ ...expelled, failures: 1 }), ['provider.do.expelled.struck']);
  });

  it('warns from nine tenths of the declared space on', () => {
    assert.deepEqual(texts({ heldBytes: 899 }), []);
    assert.deepEqual(duties({ heldBytes: 900 }), [
      { tone: 'warn', text: 'provider.do.space', values: { free: { bytes: 100 }, declared: { bytes: 1000 } } },
    ]);
  });

  it('shows work that goes on behind what is urgent', () => {
    const claim = { file: 'ef', segment: 0, fragment: 1, until: 140 };
    assert.deepEqual(
      duties({ tagged: 7, claims: [claim, { ...claim, segment: 1, until: 160 }], failures: 1 }).map(
        ({ text, values }) => [text, values?.['count']],
      ),
      [
        ['provider.do.failures', undefined],
        ['provider.do.claims', 2],
        ['provider.do.untagged', 3],
      ],
    );
  });
});
