// Samples of Offences: reports against one of eleven members, the largest proof, slashes that take effect.
import { CESS } from '@cess/primitives';
import { query, tx } from '../../../index.js';
import { alice, author, bob, type Harness } from '../../../test-support/harness.js';
import { twoBlocks, twoVotes } from '../../../test-support/offences.js';
import { applied, opened } from '../../../test-support/weights/prepare.js';
import { fixed, type PalletRows } from '../../../test-support/weights/row.js';
import { derived, network } from '../../../test-support/weights/states.js';
import { offencesStorage as storage } from '../declaration.js';

const paddingBytes = 65_000;

function withMembers(): Harness {
  const chain = network();
  const others = Array.from({ length: 10 }, (_, i) => derived(`member ${i}`));
  const members = [author.publicKey, ...others].map((account) => ({ account, key: account, stake: 1_000n * CESS }));
  query.Staking.EraMembers.put(chain, 0n, members);
  return chain;
}

const slash = { amount: CESS, offence_era: 0n, decided_in: 0n, reporter: bob.publicKey };

/** A candidate with its stake on hold. */
function stakeFor(chain: Harness, account: Uint8Array): void {
  const stake = 1_000n * CESS;
  const { data, ...record } = query.System.Account.get(chain, account);
  query.System.Account.put(chain, account, {
    ...record,
    providers: 1,
    consumers: 1,
    data: { ...data, free: CESS, reserved: stake },
  });
  query.Balances.Holds.put(chain, account, [{ id: { type: 'Staking', value: 'Stake' }, amount: stake }]);
  query.Balances.TotalIssuance.mutate(chain, (total) => total + stake + CESS);
  query.Staking.Candidates.put(chain, account, {
    stake,
    key: account,
    registered_in: undefined,
    entered_in: 0n,
    state: 'Removed',
    exit_announced: undefined,
    last_seat: 0n,
    slashed: 0n,
  });
}

/** The next block is of a later era, in which the slashes of so many candidates take effect. */
function withDue(slashes: number, skippedEras: number): Harness {
  const chain = network();
  chain.slot = 1_000n;
  query.Randomness.CurrentSlot.put(chain, chain.slot);
  const { deferral_eras } = query.Staking.Rules.get(chain);
  const due = Array.from({ length: slashes }, (_, i) => derived(`offender ${i}`));
  for (const account of due) {
    storage.Deferred.put(chain, account, [slash]);
    stakeFor(chain, account);
  }
  if (due.length > 0) storage.Due.put(chain, BigInt(deferral_eras), due);
  const clock = query.Session.Clock.get(chain);
  const era = BigInt(deferral_eras + skippedEras);
  if (clock !== undefined) query.Session.Clock.put(chain, { ...clock, era, epoch: era });
  query.Staking.CurrentEra.put(chain, era);
  query.Session.Periods.put(chain, { slots_per_epoch: 1, epochs_per_era: 1 });
  query.Session.FirstSlot.put(chain, chain.slot + 1n - era);
  storage.AppliedTo.put(chain, BigInt(deferral_eras));
  return chain;
}

export const offencesRows: PalletRows = {
  report_authorship: {
    items: ['base', 'byte'],
    samples: {
      'of small headers': {
        counts: { byte: twoBlocks(author, 1n).length },
        prepare: () => applied(withMembers(), bob, tx.Offences.report_authorship({ proof: twoBlocks(author, 1n) })),
      },
      'of the largest headers': {
        counts: { byte: twoBlocks(author, 1n, paddingBytes).length },
        prepare: () =>
          applied(withMembers(), bob, tx.Offences.report_authorship({ proof: twoBlocks(author, 1n, paddingBytes) })),
      },
    },
  },
  report_votes: fixed(() => applied(withMembers(), bob, tx.Offences.report_votes({ proof: twoVotes(author, 0) }))),
  cancel_slash: fixed(() => {
    const chain = withMembers();
    storage.Governance.put(chain, alice.publicKey);
    storage.Deferred.put(chain, author.publicKey, [slash]);
    return applied(chain, alice, tx.Offences.cancel_slash({ account: author.publicKey, era: 0n }));
  }),
  set_governance: fixed(() => {
    const chain = network();
    storage.Governance.put(chain, alice.publicKey);
    return applied(chain, alice, tx.Offences.set_governance({ account: bob.publicKey }));
  }),
  onInitialize: {
    items: ['era', 'slash'],
    samples: {
      'eras without slashes': { counts: { era: 40 }, prepare: () => opened(withDue(0, 40)) },
      'slashes that take effect': { counts: { era: 1, slash: 40 }, prepare: () => opened(withDue(40, 1)) },
    },
  },
};
