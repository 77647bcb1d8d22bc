// Samples of Sminer: changes that unbond stake, debts to as many owners as one addition pays, providers with as many open
// questions as they may have.
import { CESS, GiB, invariant, TiB } from '@cess/primitives';
import { nodeKeyPossessionMessage } from '@cess/types';
import { query, tx } from '../../../index.js';
import { alice, GENESIS_HASH } from '../../../test-support/harness.js';
import { providerSigners, registration, type StorageScenario } from '../../../test-support/storage-scenario.js';
import { releases } from '../../../test-support/weights/long-queues.js';
import { applied, opened } from '../../../test-support/weights/prepare.js';
import { fixed, type PalletRows } from '../../../test-support/weights/row.js';
import { accountOf, derived, network } from '../../../test-support/weights/states.js';
import { MAX_REGISTRIES } from '../../audit/declaration.js';
import { MAX_RELEASES_PER_BLOCK, MAX_REPAID_OWNERS, sminerStorage as storage } from '../declaration.js';

const longest = new Uint8Array(100).fill(0x61);
const ofProvider = (call: Uint8Array, prepare = (_chain: StorageScenario) => {}) =>
  fixed(() => {
    const chain = network();
    prepare(chain);
    return applied(chain, accountOf(chain, 0), call);
  });

/** A provider that owes something to so many owners. */
function owing(owners: number) {
  const chain = network();
  const info = query.Sminer.Miners.get(chain, 0);
  invariant(info, 'the provider is registered');
  storage.Miners.put(chain, 0, { ...info, debt: BigInt(owners + 1) * CESS, state: 'Frozen' });
  for (let i = 0; i < owners; i++) storage.Unpaid.put(chain, 0, derived(`owner ${i}`), CESS);
  return applied(chain, accountOf(chain, 0), tx.Sminer.increase_collateral({ amount: 200n * CESS }));
}

/** A smaller declaration, whose stake has unbonded. */
function shrink(chain: StorageScenario, provider: number): void {
  const account = accountOf(chain, provider);
  chain.must(account, tx.Sminer.increase_declaration_space({ bytes: BigInt(TiB) }));
  chain.must(account, tx.Sminer.decrease_declaration_space({ bytes: BigInt(TiB) }));
}

/** Unbonding entries of providers with questions in so many registries, none of which is as old. */
function unbonding(entries: number, registries: number) {
  const chain = network(16);
  for (let provider = 0; provider < entries; provider++) shrink(chain, provider);
  for (const [[until, provider], entry] of [...storage.Unbonding.entries(chain, [])]) {
    storage.Unbonding.remove(chain, until, provider);
    storage.Unbonding.put(chain, chain.number, provider, { ...entry, since: 1 });
    for (let registry = 0; registry < registries; registry++) {
      const question = { round: 0, asked_at: 9, seed: new Uint8Array(64), frozen: 1, bytes: 1n };
      query.Audit.Questions.put(chain, provider, derived(`key ${registry}`), question);
      const state = { type: 'Open' } as const;
      const round = { round: 0, opened_at: 9, seed: new Uint8Array(64), frozen: 1, bytes: 1n, deadline: 9999, state };
      query.Audit.Challenges.put(chain, provider, derived(`key ${registry}`), round);
    }
  }
  return opened(chain);
}

/** Unbonded stake of providers that are among the others. */
function manyReleases() {
  const chain = network(16);
  for (const [key, value] of releases(chain, MAX_RELEASES_PER_BLOCK)) chain.ext.put(key, value);
  return opened(chain);
}

export const sminerRows: PalletRows = {
  regnstk: fixed(() => {
    const chain = network();
    const { account, node } = providerSigners(200);
    const dest = { type: 'Id' as const, value: account.publicKey };
    chain.must(alice, tx.Balances.transfer_keep_alive({ dest, value: 10_000n * CESS }));
    return applied(chain, account, registration(account, node, { endpoint: longest }));
  }),
  update_beneficiary: ofProvider(tx.Sminer.update_beneficiary({ beneficiary: derived('beneficiary') })),
  update_endpoint: ofProvider(tx.Sminer.update_endpoint({ endpoint: longest })),
  decrease_declaration_space: fixed(() => {
    const chain = network();
    chain.must(accountOf(chain, 0), tx.Sminer.increase_declaration_space({ bytes: BigInt(TiB) }));
    return applied(chain, accountOf(chain, 0), tx.Sminer.decrease_declaration_space({ bytes: BigInt(TiB) }));
  }),
  miner_exit: ofProvider(tx.Sminer.miner_exit({})),
  increase_collateral: {
    items: ['base', 'owner'],
    samples: {
      'without debts': { counts: { owner: 0 }, prepare: () => owing(0) },
      'debts to 64 owners': { counts: { owner: MAX_REPAID_OWNERS }, prepare: () => owing(MAX_REPAID_OWNERS) },
    },
  },
  miner_exit_prep: ofProvider(tx.Sminer.miner_exit_prep({})),
  increase_declaration_space: ofProvider(tx.Sminer.increase_declaration_space({ bytes: BigInt(GiB) })),
  update_node_key: fixed(() => {
    const chain = network();
    const { node } = providerSigners(200);
    const account = accountOf(chain, 0);
    const proof_of_possession = node.sign(nodeKeyPossessionMessage(GENESIS_HASH, account.publicKey));
    return applied(chain, account, tx.Sminer.update_node_key({ node_key: node.publicKey, proof_of_possession }));
  }),
  onInitialize: {
    items: ['released', 'question'],
    samples: {
      'entries of many providers, without questions': {
        counts: { released: MAX_RELEASES_PER_BLOCK },
        prepare: manyReleases,
      },
      '8 entries with the most questions': {
        counts: { released: 8, question: 16 * MAX_REGISTRIES },
        prepare: () => unbonding(8, MAX_REGISTRIES),
      },
    },
  },
};
