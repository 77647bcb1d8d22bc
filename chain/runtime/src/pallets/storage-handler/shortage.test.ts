// ECON-2: exits do not trap providers, and nothing is sold on the space of those that leave.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TiB, utf8 } from '@cess/primitives';
import { query, tx } from '../../index.js';
import { failsWith } from '../../test-support/fails.js';
import { alice } from '../../test-support/harness.js';
import { StorageScenario } from '../../test-support/storage-scenario.js';
import { SPEC_NAME } from '../../version.js';

const TIB_GIB = 1024;
const mint = (name: string, gib_count: number) =>
  tx.StorageHandler.mint_territory({ gib_count, territory_name: utf8(name), days: 30 });
const expand = (name: string, gib_count: number) =>
  tx.StorageHandler.expanding_territory({ gib_count, territory_name: utf8(name) });
const renew = (name: string) => tx.StorageHandler.renewal_territory({ territory_name: utf8(name), days: 1 });

/** Two providers of 1 TiB each, of which 1.5 TiB are sold. */
function mostlySold() {
  const chain = new StorageScenario(2, 100);
  chain.must(alice, mint('half', TIB_GIB + TIB_GIB / 2 - 100));
  const [first, second] = chain.providers;
  assert.ok(first && second);
  return { chain, first, second };
}

const eventsOf = (chain: StorageScenario) => {
  chain.open();
  return chain.close().events.map(({ event }) => event.value.type);
};

describe('a shortage of declared space', () => {
  it('a provider leaves although its space is sold; sales stop at once, renewals go on, the shortage is recorded', () => {
    const { chain, first, second } = mostlySold();
    failsWith(chain, first.account, tx.Sminer.decrease_declaration_space({ bytes: BigInt(TiB) - 1n }), 'SpaceSold');
    chain.must(first.account, tx.Sminer.miner_exit_prep({}));
    failsWith(chain, alice, mint('more', 1), 'InsufficientAvailableSpace');
    failsWith(chain, alice, expand('half', 1), 'InsufficientAvailableSpace');
    chain.must(first.account, tx.Sminer.miner_exit({}));
    assert.notEqual(query.StorageHandler.OversoldSince.get(chain), undefined);
    assert.equal(query.Sminer.TotalDeclaredSpace.get(chain), BigInt(TiB));
    assert.equal(query.Sminer.LeavingSpace.get(chain), 0n);
    chain.must(alice, renew('half'));
    chain.must(second.account, tx.Sminer.increase_declaration_space({ bytes: BigInt(TiB) }));
    assert.ok(eventsOf(chain).includes('SpaceCovered'));
    assert.equal(query.StorageHandler.OversoldSince.get(chain), undefined);
    chain.must(alice, mint('more', 1));
  });

  it('the event names the shortage once', () => {
    const { chain, first } = mostlySold();
    chain.must(first.account, tx.Sminer.miner_exit_prep({}));
    const all = [eventsOf(chain), eventsOf(chain), eventsOf(chain)].flat();
    assert.equal(all.filter((name) => name === 'SpaceOversold').length, 1);
  });

  it('CHAIN-9: chains of former versions count the space of providers that leave', () => {
    const { chain, first } = mostlySold();
    chain.must(first.account, tx.Sminer.miner_exit_prep({}));
    query.Sminer.LeavingSpace.kill(chain);
    query.System.LastRuntimeUpgrade.put(chain, { spec_version: 3, spec_name: SPEC_NAME });
    chain.advance(1);
    assert.deepEqual(chain.hookFailures, []);
    assert.equal(query.Sminer.LeavingSpace.get(chain), BigInt(TiB));
  });
});
