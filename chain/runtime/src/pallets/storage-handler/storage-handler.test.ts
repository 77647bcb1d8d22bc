import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CESS, equalBytes, GiB, utf8 } from '@cess/primitives';
import fc from 'fast-check';
import { palletAccount } from '../../accounts.js';
import { pallets } from '../../construct.js';
import { query, tx } from '../../index.js';
import { failsWith } from '../../test-support/fails.js';
import { alice, bob, carol, runtimeCrypto } from '../../test-support/harness.js';
import { batchOf, fileOf, idOf, StorageScenario, segmentOf, TERRITORY } from '../../test-support/storage-scenario.js';

const GIB = BigInt(GiB);
const HALF_DAY_MS = 43_200_000;
const DAY = 2;
const owner = alice.publicKey;
const gateway = bob.publicKey;
const at = (chain: StorageScenario, name = TERRITORY) => query.StorageHandler.Territory.get(chain, owner, name);
const quota = (chain: StorageScenario, name = TERRITORY) =>
  query.StorageHandler.Quota.get(chain, owner, name, gateway)?.locked ?? 0n;
const mint = (name: string, gib_count: number, days = 30) =>
  tx.StorageHandler.mint_territory({ territory_name: utf8(name), gib_count, days });
const lock = (bytes: bigint, name = TERRITORY) =>
  tx.StorageHandler.lock_quota({ owner, territory_name: name, gateway, bytes });
const release = (bytes: bigint) =>
  tx.StorageHandler.release_quota({ owner, territory_name: TERRITORY, gateway, bytes });
const ALL = [0, 1, 2, 3, 4, 5];

describe('territories', () => {
  it('STORE-9: minting costs GiB × days × price, paid to the space treasury', () => {
    const chain = new StorageScenario();
    const treasury = palletAccount('spacedpt');
    const before = chain.free(treasury);
    chain.must(carol, mint('videos', 10, 40));
    assert.equal(chain.free(treasury) - before, 400n * CESS);
    const territory = query.StorageHandler.Territory.get(chain, carol.publicKey, utf8('videos'))!;
    assert.equal(territory.total_space, 10n * GIB);
    assert.equal(territory.deadline - territory.start, 40 * 86_400);
    assert.deepEqual(query.StorageHandler.TerritoryKey.get(chain, territory.token), {
      owner: carol.publicKey,
      name: utf8('videos'),
    });
  });

  it('refuses bad names, terms and sizes, names twice, and more than providers declared', () => {
    const chain = new StorageScenario();
    failsWith(chain, alice, mint('ab', 1), 'NameTooShort');
    failsWith(chain, alice, mint('photos', 1), 'DuplicateName');
    failsWith(chain, alice, mint('videos', 0), 'ParamError');
    failsWith(chain, alice, mint('videos', 1, 29), 'TermTooShort');
    failsWith(chain, alice, mint('videos', 1, 3651), 'ParamError');
    failsWith(chain, alice, mint('videos', 8 * 1024 - 99), 'InsufficientAvailableSpace');
    failsWith(chain, alice, mint('videos', 8 * 1024 - 100, 365), 'Token.FundsUnavailable');
  });

  it('STORE-9: a territory expands for the rest of its lease, renews and is renamed while empty', () => {
    const chain = new StorageScenario(1, 10, HALF_DAY_MS);
    const territory_name = TERRITORY;
    const { deadline } = at(chain)!;
    chain.must(alice, tx.StorageHandler.expanding_territory({ territory_name, gib_count: 5 }));
    assert.equal(at(chain)!.remaining_space, 15n * GIB);
    chain.must(alice, tx.StorageHandler.renewal_territory({ territory_name, days: 10 }));
    assert.equal(at(chain)!.deadline, deadline + 10 * DAY);
    chain.must(alice, tx.StorageHandler.territory_rename({ old_name: TERRITORY, new_name: utf8('images') }));
    assert.equal(at(chain), undefined);
    assert.equal(at(chain, utf8('images'))!.total_space, 15n * GIB);
    failsWith(chain, alice, tx.StorageHandler.renewal_territory({ territory_name, days: 1 }), 'NotHaveTerritory');
    failsWith(
      chain,
      alice,
      tx.StorageHandler.expanding_territory({ territory_name: utf8('images'), gib_count: 0 }),
      'ParamError',
    );
    failsWith(
      chain,
      alice,
      tx.StorageHandler.renewal_territory({ territory_name: utf8('images'), days: 0 }),
      'ParamError',
    );
    chain.must(alice, lock(1n, utf8('images')));
    failsWith(
      chain,
      alice,
      tx.StorageHandler.territory_rename({ old_name: utf8('images'), new_name: TERRITORY }),
      'ObjectNotZero',
    );
  });

  it('STORE-9: a lease ends in two steps; frozen it still takes what a gateway had locked and can be renewed', () => {
    const chain = new StorageScenario(8, 10, HALF_DAY_MS);
    chain.lockQuota();
    chain.advance(at(chain)!.deadline - chain.number);
    assert.equal(at(chain)!.state, 'Active');
    chain.advance(1);
    assert.equal(at(chain)!.state, 'Frozen');
    failsWith(chain, alice, lock(1n), 'NotActive');
    failsWith(
      chain,
      alice,
      tx.FileBank.declare_batch(batchOf(chain.providers, [fileOf(1, [segmentOf(1, ALL)])], owner)),
      'NotActive',
    );
    chain.must(bob, tx.FileBank.declare_batch(batchOf(chain.providers, [fileOf(1, [segmentOf(1, ALL)])])));
    chain.must(alice, tx.StorageHandler.renewal_territory({ territory_name: TERRITORY, days: 3 }));
    assert.deepEqual([at(chain)!.state, at(chain)!.deadline], ['Active', chain.number + 3 * DAY]);
    chain.advance(3 * DAY + 7 * DAY);
    assert.equal(at(chain)!.state, 'Frozen');
    chain.advance(1);
    const expired = at(chain)!;
    assert.deepEqual(
      [expired.state, expired.total_space, expired.used_space, expired.locked_space],
      ['Expired', 30_000n, 30_000n, 0n],
    );
    assert.equal(query.StorageHandler.PurchasedSpace.get(chain), 30_000n);
    assert.deepEqual([...query.StorageHandler.Quota.entries(chain, [])], [], 'the quotas end with the lease');
    failsWith(chain, alice, tx.StorageHandler.renewal_territory({ territory_name: TERRITORY, days: 3 }), 'NotActive');
    failsWith(chain, bob, release(1n), 'NotActive');
    failsWith(
      chain,
      bob,
      tx.FileBank.declare_batch(batchOf(chain.providers, [fileOf(2, [segmentOf(2, ALL)])])),
      'NotActive',
    );
    // Anyone may clear it now; the empty territory disappears and its name is free again, without old quota.
    chain.must(carol, tx.FileBank.delete_files({ owner, file_ids: [idOf(fileOf(1, [segmentOf(1, ALL)]))] }));
    assert.equal(at(chain), undefined);
    assert.equal(query.StorageHandler.PurchasedSpace.get(chain), 0n);
    chain.must(alice, mint('photos', 1));
    failsWith(chain, bob, release(1n), 'InsufficientQuota');
  });

  it('an empty territory disappears when it expires', () => {
    const chain = new StorageScenario(1, 10, HALF_DAY_MS);
    const { deadline, token } = at(chain)!;
    chain.advance(deadline + 7 * DAY - chain.number + 1);
    assert.equal(at(chain), undefined);
    assert.equal(query.StorageHandler.TerritoryKey.get(chain, token), undefined);
    assert.equal(query.StorageHandler.PurchasedSpace.get(chain), 0n);
    assert.deepEqual([...query.StorageHandler.Deadlines.entries(chain, [])], []);
  });

  it('the price is set by root alone', () => {
    const chain = new StorageScenario(1, 10);
    const { error } = chain.run(alice, tx.StorageHandler.define_update_price({ price: 1n }));
    assert.equal(error?.type, 'BadOrigin');
    const ctx = { ext: chain.ext, crypto: runtimeCrypto, phase: { type: 'Initialization' } as const };
    pallets.StorageHandler.calls.define_update_price.dispatch(ctx, { type: 'Root' }, { price: 3n });
    assert.equal(query.StorageHandler.UnitPrice.get(chain), 3n);
  });
});

describe('quotas', () => {
  it('the owner and the authorised gateway lock space; nobody else, and nothing beyond what remains', () => {
    const chain = new StorageScenario();
    chain.must(alice, lock(5n));
    chain.must(bob, lock(6n));
    assert.equal(quota(chain), 11n);
    assert.equal(at(chain)!.locked_space, 11n);
    failsWith(chain, carol, lock(1n), 'NoPermission');
    failsWith(chain, alice, lock(0n), 'ParamError');
    failsWith(chain, alice, lock(100n * GIB), 'InsufficientSpace');
    const stranger = tx.StorageHandler.lock_quota({
      owner,
      territory_name: TERRITORY,
      gateway: carol.publicKey,
      bytes: 1n,
    });
    failsWith(chain, alice, stranger, 'NotAuthorized');
    const self = tx.StorageHandler.lock_quota({ owner, territory_name: TERRITORY, gateway: owner, bytes: 1n });
    failsWith(chain, alice, self, 'NotAuthorized');
  });

  it('what a gateway may have acknowledged against, the owner cannot take back while the gateway may act for it', () => {
    const chain = new StorageScenario();
    chain.must(alice, lock(10n));
    failsWith(chain, alice, release(1n), 'NoPermission');
    failsWith(chain, bob, release(11n), 'InsufficientQuota');
    failsWith(chain, bob, release(0n), 'ParamError');
    chain.must(bob, release(4n));
    assert.equal(quota(chain), 6n);
    chain.must(alice, tx.Oss.cancel_authorize({ oss: gateway }));
    chain.must(alice, release(6n));
    assert.equal(quota(chain), 0n);
    assert.equal(at(chain)!.remaining_space, 100n * GIB);
  });
});

describe('space accounting', () => {
  it('STORE-9: total = used + locked + remaining under random sequences of calls and blocks', () => {
    const names = ['photos', 'videos'].map(utf8);
    const action = fc.oneof(
      fc.record({
        kind: fc.constantFrom('mint', 'expand', 'renew', 'lock', 'release', 'rename'),
        which: fc.nat(1),
        amount: fc.nat(40),
      }),
      fc.record({
        kind: fc.constantFrom('declare', 'declareOwn', 'delete', 'deleteOwn', 'deleteForeign'),
        which: fc.nat(1),
        amount: fc.nat(5),
      }),
      fc.record({ kind: fc.constant('advance'), which: fc.constant(0), amount: fc.nat(40) }),
    );
    fc.assert(
      fc.property(fc.array(action, { minLength: 5, maxLength: 25 }), (actions) => {
        const chain = new StorageScenario(6, 20, HALF_DAY_MS);
        for (const { kind, which, amount } of actions) {
          const territory_name = names[which]!;
          const bytes = BigInt(amount) * 10_000n;
          const file = fileOf(amount, [segmentOf(amount, ALL, 10_000 + amount)], { territory: territory_name });
          const remove = tx.FileBank.delete_files({ owner, file_ids: [idOf(file)] });
          const steps: Readonly<Record<string, () => unknown>> = {
            mint: () =>
              chain.run(
                alice,
                tx.StorageHandler.mint_territory({ territory_name, gib_count: amount, days: 30 + amount }),
              ),
            expand: () =>
              chain.run(alice, tx.StorageHandler.expanding_territory({ territory_name, gib_count: amount })),
            renew: () => chain.run(alice, tx.StorageHandler.renewal_territory({ territory_name, days: amount })),
            lock: () => chain.run(alice, tx.StorageHandler.lock_quota({ owner, territory_name, gateway, bytes })),
            release: () => chain.run(bob, tx.StorageHandler.release_quota({ owner, territory_name, gateway, bytes })),
            rename: () =>
              chain.run(
                alice,
                tx.StorageHandler.territory_rename({ old_name: territory_name, new_name: names[1 - which]! }),
              ),
            declare: () => chain.run(bob, tx.FileBank.declare_batch(batchOf(chain.providers, [file]))),
            declareOwn: () => chain.run(alice, tx.FileBank.declare_batch(batchOf(chain.providers, [file], owner))),
            delete: () => chain.run(bob, remove),
            deleteOwn: () => chain.run(alice, remove),
            deleteForeign: () => chain.run(carol, remove),
            advance: () => chain.advance(amount),
          };
          steps[kind]!();
          checkAccounts(chain);
        }
      }),
      { seed: 9_009, numRuns: 25 },
    );
  });

  it('a bounded number of gateways has quota in a territory; entries of an earlier one of the name make place', () => {
    const chain = new StorageScenario();
    const { token } = at(chain)!;
    for (let i = 0; i < 64; i++)
      query.StorageHandler.Quota.put(chain, owner, TERRITORY, new Uint8Array(32).fill(i), { token, locked: 1n });
    failsWith(chain, alice, lock(1n), 'TooManyQuotas');
    const other = { token: new Uint8Array(32), locked: 1n };
    query.StorageHandler.Quota.put(chain, owner, TERRITORY, new Uint8Array(32).fill(7), other);
    chain.must(alice, lock(1n));
    assert.equal([...query.StorageHandler.Quota.entries(chain, [])].length, 64);
    chain.must(alice, lock(1n));
    assert.equal(quota(chain), 2n);
  });
});

/** Everything that must add up at any time. */
function checkAccounts(chain: StorageScenario): void {
  const files = [...query.FileBank.Files.entries(chain, [])].map(([, file]) => file);
  const quotas = [...query.StorageHandler.Quota.entries(chain, [])];
  let purchased = 0n;
  for (const [[holder, name], territory] of query.StorageHandler.Territory.entries(chain, [])) {
    purchased += territory.total_space;
    assert.equal(territory.total_space, territory.used_space + territory.locked_space + territory.remaining_space);
    const stored = files.filter((file) => equalBytes(file.owner, holder) && equalBytes(file.territory, name));
    assert.equal(
      territory.used_space,
      stored.reduce((sum, file) => sum + file.stored_bytes, 0n),
    );
    const locked = quotas.filter(([[, of], info]) => equalBytes(of, name) && equalBytes(info.token, territory.token));
    const sum = locked.reduce((total, [, info]) => total + info.locked, 0n);
    assert.equal(territory.state === 'Expired' ? 0n : sum, territory.locked_space);
  }
  assert.equal(query.StorageHandler.PurchasedSpace.get(chain), purchased);
  const providers = [...query.Sminer.Miners.entries(chain, [])].map(([, info]) => info);
  assert.equal(
    query.Sminer.TotalServiceSpace.get(chain),
    providers.reduce((sum, info) => sum + info.service_space, 0n),
  );
  const held = [...query.FileBank.Fragments.entries(chain, [])].filter(([, fragment]) => fragment.holder !== undefined);
  assert.equal(
    BigInt(held.length),
    providers.reduce((sum, info) => sum + info.fragment_count, 0n),
  );
}
