// IFACE-1: the calls that the console offers to those who run a provider, and what it says of them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tx } from '@cess/client';
import { CESS, fromHex, GiB, TiB } from '@cess/primitives';
import type { ProviderState } from '../../api/provider.js';
import { healthyProvider, healthyRegistry } from '../../test-support/role-states.js';
import type { CallValues } from '../operator/role-call.js';
import { providerCalls } from './provider-calls.js';

const titles = (changes: Partial<ProviderState>) =>
  providerCalls({ ...healthyProvider, ...changes }).map(({ title }) => title.replace('calls.provider.', ''));
function prepared(title: string, changes: Partial<ProviderState>, values: CallValues = {}) {
  const calls = providerCalls({ ...healthyProvider, ...changes });
  return calls.find((each) => each.title === `calls.provider.${title}`)?.prepare(values);
}
const effects = (...of: Parameters<typeof prepared>) =>
  prepared(...of)?.effects.map(({ text }) => text.replace('calls.provider.', ''));

describe('calls of a provider', () => {
  it('are those that fit its state', () => {
    assert.deepEqual(titles({}), ['stake', 'more', 'less', 'beneficiary', 'leave']);
    assert.deepEqual(titles({ fragments: 0 }), ['stake', 'more', 'less', 'beneficiary', 'leave', 'end']);
    assert.deepEqual(titles({ state: 'Frozen' }), ['stake', 'beneficiary', 'leave']);
    assert.deepEqual(titles({ state: 'Exiting' }), ['stake', 'beneficiary', 'end']);
    assert.deepEqual(titles({ state: 'Expelled' }), ['stake', 'beneficiary']);
    assert.deepEqual(titles({ state: 'Exited' }), []);
  });

  it('add stake, which pays a debt first and ends the freezing if it is enough', () => {
    const call = prepared('stake', {}, { amount: '2.5' });
    assert.deepEqual(call?.call, tx.Sminer.increase_collateral({ amount: (25n * CESS) / 10n }));
    assert.equal(call.spends, (25n * CESS) / 10n);
    assert.deepEqual(effects('stake', { debt: CESS }, { amount: '3' }), ['stake.debt']);
    const frozen = { state: 'Frozen', stake: 1500n * CESS, debt: CESS } as const;
    assert.deepEqual(effects('stake', frozen, { amount: '500' }), ['stake.debt', 'stake.frozen']);
    assert.deepEqual(effects('stake', frozen, { amount: '501' }), ['stake.debt', 'stake.thaws']);
    for (const amount of ['', '0', '-1', '1e3', 'x', '1.', undefined])
      assert.equal(prepared('stake', {}, amount === undefined ? {} : { amount }), undefined, amount);
  });

  it('declare more or less space, with the stake that it takes or frees', () => {
    const space = { declaredBytes: TiB, heldBytes: GiB, stake: 4000n * CESS };
    const more = prepared('more', space, { gib: '1' });
    assert.deepEqual(more?.call, tx.Sminer.increase_declaration_space({ bytes: BigInt(GiB) }));
    assert.equal(more.spends, 4000n * CESS, 'a second TiB has begun');
    const less = prepared('less', { ...space, declaredBytes: TiB + GiB, stake: 8000n * CESS }, { gib: '1' });
    assert.deepEqual(less?.call, tx.Sminer.decrease_declaration_space({ bytes: BigInt(GiB) }));
    assert.equal(less.spends, 0n);
    assert.deepEqual(less.effects[0]?.values, { declared: { bytes: TiB }, amount: 4000n * CESS });
    assert.deepEqual(effects('less', { ...space, heldBytes: 2 * GiB }, { gib: '1023' }), ['less.does', 'less.used']);
    assert.equal(prepared('less', space, { gib: '1024' }), undefined, 'nothing would be left');
    for (const gib of ['', '0', '1.5', '-1']) assert.equal(prepared('more', space, { gib }), undefined, gib);
  });

  it('say why the chain would not end the registration', () => {
    assert.deepEqual(effects('end', { state: 'Exiting', fragments: 0, registries: [] }), ['end.does']);
    const registries = [{ ...healthyRegistry, openSince: 80 }];
    assert.deepEqual(effects('end', { state: 'Exiting', registries }), ['end.does', 'end.holds', 'end.rounds']);
  });

  it('dispute failed verdicts, each with its deposit', () => {
    const judged = { openedAt: 95, bytes: 100, stage: 'Judged', until: 700, worker: 2 } as const;
    const registries = [
      { ...healthyRegistry, round: { ...judged, number: 5, passed: false } },
      { ...healthyRegistry, round: { ...judged, number: 6, passed: true } },
    ];
    assert.deepEqual(titles({ registries }), ['stake', 'dispute', 'more', 'less', 'beneficiary', 'leave']);
    const call = prepared('dispute', { registries });
    assert.deepEqual(
      call?.call,
      tx.Audit.dispute({ miner: healthyProvider.index, key_id: fromHex(healthyRegistry.keyId), round: 5 }),
    );
    assert.equal(call.spends, 10n * CESS);
  });

  it('take no beneficiary that is no address', () => {
    assert.equal(prepared('beneficiary', {}, { address: 'nonsense' }), undefined);
    assert.notEqual(
      prepared('beneficiary', {}, { address: '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY' }),
      undefined,
    );
  });
});
