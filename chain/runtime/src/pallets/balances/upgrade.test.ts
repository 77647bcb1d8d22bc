// CHAIN-9: data of versions before 4, with one untyped reserve for each account, becomes holds.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CESS } from '@cess/primitives';
import { query, tx } from '../../index.js';
import { assertBooksAgree } from '../../test-support/audit-books.js';
import { AuditScenario } from '../../test-support/audit-scenario.js';
import { assertIssuanceAgrees } from '../../test-support/ledger-books.js';
import { SPEC_NAME } from '../../version.js';

/** A chain with providers, a worker, unbonding stake and holes, as version 3 would have written it. */
function chainOfVersion3(): AuditScenario {
  const chain = new AuditScenario(1);
  const [leaving] = chain.providers;
  assert.ok(leaving);
  chain.must(leaving.account, tx.Sminer.miner_exit({}));
  const all = [...query.Balances.Holds.entries(chain, [])];
  assert.ok(all.length > 2);
  for (const [[who], holds] of all) {
    query.Balances.Holds.remove(chain, who);
    const laterDeposits = holds.filter(({ id }) => id.type === 'Oss' || id.type === 'Staking' || id.value === 'Record');
    const { data, ...account } = query.System.Account.get(chain, who);
    const amount = laterDeposits.reduce((sum, hold) => sum + hold.amount, 0n);
    const changed = { ...data, free: data.free + amount, reserved: data.reserved - amount };
    query.System.Account.put(chain, who, { ...account, data: changed });
  }
  query.System.LastRuntimeUpgrade.put(chain, { spec_version: 3, spec_name: SPEC_NAME });
  return chain;
}

describe('the upgrade of reserves', () => {
  it('gives each reserved token its reason', () => {
    const chain = chainOfVersion3();
    const before = [...query.System.Account.entries(chain, [])];
    chain.advance(1);
    assert.deepEqual(chain.hookFailures, []);
    assertBooksAgree(chain);
    assert.deepEqual([...query.System.Account.entries(chain, [])], before);
  });

  it('returns reserved tokens that no pallet claims, and claims no more than there are', () => {
    const chain = chainOfVersion3();
    const [, rich, poor] = chain.providers;
    assert.ok(rich && poor);
    const reserve = (who: Uint8Array, change: bigint) => {
      const account = query.System.Account.get(chain, who);
      const reserved = account.data.reserved + change;
      query.System.Account.put(chain, who, { ...account, data: { ...account.data, reserved } });
      query.Balances.TotalIssuance.put(chain, query.Balances.TotalIssuance.get(chain) + change);
    };
    reserve(rich.account.publicKey, 7n * CESS);
    reserve(poor.account.publicKey, -CESS);
    const free = chain.free(rich.account.publicKey);
    chain.advance(1);
    assert.deepEqual(chain.hookFailures, []);
    assertIssuanceAgrees(chain);
    assert.equal(chain.free(rich.account.publicKey), free + 7n * CESS);
    const [held] = query.Balances.Holds.get(chain, poor.account.publicKey);
    assert.equal(held?.amount, query.System.Account.get(chain, poor.account.publicKey).data.reserved);
  });

  it('runs once', () => {
    const chain = chainOfVersion3();
    chain.advance(1);
    for (const [[who]] of [...query.Balances.Holds.entries(chain, [])]) query.Balances.Holds.remove(chain, who);
    chain.advance(1);
    assert.equal([...query.Balances.Holds.entries(chain, [])].length, 0);
  });
});
