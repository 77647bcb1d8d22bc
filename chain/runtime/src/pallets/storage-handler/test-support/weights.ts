// Samples of StorageHandler: a territory with the longest names, leases that end with quotas in them.
import { elementAt, invariant } from '@cess/primitives';
import { query, tx } from '../../../index.js';
import { alice, bob } from '../../../test-support/harness.js';
import { StorageScenario, TERRITORY } from '../../../test-support/storage-scenario.js';
import { applied, asRoot, opened } from '../../../test-support/weights/prepare.js';
import { fixed, type PalletRows } from '../../../test-support/weights/row.js';
import { derived, network } from '../../../test-support/weights/states.js';
import { MAX_QUOTAS, storageHandlerStorage as storage } from '../declaration.js';

const long = (letter: string) => Buffer.from(letter.repeat(63));
const ofOwner = (call: Uint8Array) => fixed(() => applied(network(), alice, call));
const quota = { owner: alice.publicKey, territory_name: TERRITORY, gateway: bob.publicKey, bytes: 1000n };

/** Leases that expire in the next block, each with so many quotas. */
function ending(leases: number, quotas: number) {
  const chain = network();
  const territory = query.StorageHandler.Territory.get(chain, alice.publicKey, TERRITORY);
  invariant(territory, 'the owner has a territory');
  for (let lease = 0; lease < leases; lease++) {
    const [owner, token, name] = [derived(`owner ${lease}`), derived(`token ${lease}`), long('t')];
    storage.TerritoryKey.put(chain, token, { owner, name });
    storage.Territory.put(chain, owner, name, {
      ...territory,
      token,
      total_space: 1n,
      used_space: 0n,
      state: 'Frozen',
    });
    storage.Deadlines.put(chain, chain.number, token, 'Expire');
    for (let i = 0; i < quotas; i++)
      storage.Quota.put(chain, owner, name, derived(`gateway ${i}`), { token, locked: 1n });
  }
  return opened(chain);
}

/** The first quota in a territory; quotas of an earlier one of its name are removed. */
function locking(stale: number) {
  const chain = new StorageScenario(8, 100, 6000);
  for (let i = 0; i < stale; i++) {
    const old = { token: derived('old'), locked: 1n };
    storage.Quota.put(chain, alice.publicKey, TERRITORY, derived(`gateway ${i}`), old);
  }
  return applied(chain, alice, tx.StorageHandler.lock_quota(quota));
}

export const storageHandlerRows: PalletRows = {
  mint_territory: ofOwner(tx.StorageHandler.mint_territory({ territory_name: long('m'), gib_count: 5, days: 30 })),
  expanding_territory: ofOwner(tx.StorageHandler.expanding_territory({ territory_name: TERRITORY, gib_count: 5 })),
  renewal_territory: ofOwner(tx.StorageHandler.renewal_territory({ territory_name: TERRITORY, days: 30 })),
  define_update_price: fixed(() => asRoot(network(), 'StorageHandler', 'define_update_price', { price: 7n })),
  territory_rename: fixed(() => {
    const chain = new StorageScenario(8, 100, 6000);
    return applied(chain, alice, tx.StorageHandler.territory_rename({ old_name: TERRITORY, new_name: long('n') }));
  }),
  lock_quota: {
    items: ['base', 'quota'],
    samples: Object.fromEntries(
      [0, MAX_QUOTAS].map((stale) => [
        `${stale} quotas of an earlier territory of the name`,
        { counts: { quota: stale }, prepare: () => locking(stale) },
      ]),
    ),
  },
  release_quota: fixed(() => applied(network(), bob, tx.StorageHandler.release_quota(quota))),
  onInitialize: {
    items: ['lease', 'quota'],
    samples: Object.fromEntries(
      [
        [32, 0],
        [8, MAX_QUOTAS],
      ].map((pair) => {
        const [lease, each] = [elementAt(pair, 0), elementAt(pair, 1)];
        const counts = { lease, quota: lease * each };
        return [`${lease} leases with ${each} quotas`, { counts, prepare: () => ending(lease, each) }];
      }),
    ),
  },
};
