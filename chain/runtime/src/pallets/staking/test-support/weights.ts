// Samples of Staking: elections among many candidates, eras with many members.
import { electionInput } from '@cess/consensus';
import { vrfProve } from '@cess/crypto';
import { CESS } from '@cess/primitives';
import { candidateKeyMessage } from '@cess/types';
import { query, trialAnswer, tx } from '../../../index.js';
import { alice, author, bob, type Harness } from '../../../test-support/harness.js';
import { applied, opened } from '../../../test-support/weights/prepare.js';
import { fixed, type PalletRows } from '../../../test-support/weights/row.js';
import { derived, network } from '../../../test-support/weights/states.js';
import { newCandidate } from '../candidates.js';
import { stakingStorage as storage } from '../declaration.js';

const STAKE = 5_000n * CESS;

/** A chain in which Alice is a candidate. */
function withCandidate(): Harness {
  const chain = network();
  chain.run(alice, tx.Staking.register({ stake: STAKE, ...keyOf(chain, alice) }));
  return chain;
}

function keyOf(chain: Harness, account: typeof alice, signer: typeof alice = account) {
  const genesis = query.System.BlockHash.get(chain, 0);
  return { key: signer.publicKey, possession: signer.sign(candidateKeyMessage(genesis, account.publicKey)) };
}

/** Candidates that take part in elections, each with the proof of another one. */
function crowd(chain: Harness, count: number): Harness {
  for (let i = 0; i < count; i++) {
    const account = derived(`candidate ${i}`);
    storage.Candidates.put(chain, account, newCandidate(account, STAKE, { registeredIn: undefined, era: 0n }));
    storage.Outputs.put(chain, account, new Uint8Array(64).fill(i));
  }
  return chain;
}

/** The next block is the first in the second half of the last epoch of an era. */
function beforeElection(chain: Harness, isProofTime = false): Harness {
  const slot = chain.slot + 1n;
  query.Session.Periods.put(chain, { slots_per_epoch: 4, epochs_per_era: 1 });
  const since = isProofTime ? 0n : 2n;
  const clock = query.Session.Clock.get(chain);
  if (clock === undefined) throw new Error('a chain has a clock');
  query.Session.FirstSlot.put(chain, slot - since);
  query.Session.Clock.put(chain, { ...clock, epoch: 0n, era: 0n });
  return chain;
}

/** The next block is the first one of an era after one with so many members. */
function beforeEra(members: number): Harness {
  const chain = network();
  query.Session.Periods.put(chain, { slots_per_epoch: 2, epochs_per_era: 1 });
  query.Session.FirstSlot.put(chain, chain.slot - 1n);
  storage.Rules.mutate(chain, (rules) => ({ ...rules, era_reward: CESS }));
  storage.Points.put(
    chain,
    Array.from({ length: members }, (_, i) => ({
      account: derived(`candidate ${i}`),
      blocks: 1 + i,
      uncle_references: 0,
      referenced_uncles: 0,
      missed: 0,
    })),
  );
  return chain;
}

/** The next block asks so many candidates beside the author. */
function beforeTrial(others: number): Harness {
  const chain = crowd(network(16), others);
  storage.TrialRules.put(chain, { of: 6, required: 4 });
  return chain;
}

export const stakingRows: PalletRows = {
  register: fixed(() => {
    const chain = network();
    return applied(chain, alice, tx.Staking.register({ stake: STAKE, ...keyOf(chain, alice) }));
  }),
  bond_extra: fixed(() => applied(withCandidate(), alice, tx.Staking.bond_extra({ amount: STAKE }))),
  set_key: fixed(() => {
    const chain = withCandidate();
    return applied(chain, alice, tx.Staking.set_key(keyOf(chain, alice, bob)));
  }),
  prove_vrf: fixed(() => {
    const chain = beforeElection(network(), true);
    const beacon = query.Session.Clock.get(chain)?.seed.beacon ?? new Uint8Array(64);
    const proof = vrfProve(new Uint8Array(32).fill(9), electionInput(beacon, 1n));
    return applied(chain, bob, tx.Staking.prove_vrf({ candidate: author.publicKey, proof }));
  }),
  answer_trial: fixed(() => {
    const chain = beforeTrial(10);
    const before = { ext: chain.ext.fork() };
    chain.advance(1);
    const seed = storage.Trial.get(chain)?.seed ?? new Uint8Array(32);
    const answer = trialAnswer(before, seed, author.publicKey);
    const candidate = storage.Candidates.get(chain, author.publicKey);
    if (candidate !== undefined) storage.Candidates.put(chain, author.publicKey, { ...candidate, key: bob.publicKey });
    return applied(chain, bob, tx.Staking.answer_trial({ candidate: author.publicKey, answer }));
  }),
  announce_exit: fixed(() => applied(withCandidate(), alice, tx.Staking.announce_exit({}))),
  withdraw: fixed(() => {
    const chain = withCandidate();
    chain.run(alice, tx.Staking.announce_exit({}));
    storage.Rules.mutate(chain, (rules) => ({ ...rules, report_eras: 0, deferral_eras: 0, cooling_off_eras: 1 }));
    query.Session.Periods.put(chain, { slots_per_epoch: 2, epochs_per_era: 1 });
    query.Session.FirstSlot.put(chain, chain.slot - 4n);
    const clock = query.Session.Clock.get(chain);
    if (clock !== undefined) query.Session.Clock.put(chain, { ...clock, epoch: 2n, era: 2n });
    return applied(chain, alice, tx.Staking.withdraw({}));
  }),
  onInitialize: {
    items: ['member', 'candidate', 'trial', 'asked'],
    samples: {
      'a trial of the author alone': { counts: { trial: 1, asked: 1 }, prepare: () => opened(beforeTrial(0)) },
      'a trial of 100': { counts: { trial: 1, asked: 100 }, prepare: () => opened(beforeTrial(99)) },
      'an era that begins': {
        counts: { member: 12 },
        prepare: () => opened(beforeEra(11)),
        also: { pallet: 'Offences', call: 'onInitialize', counts: { era: 1 } },
      },
      'an election': {
        counts: { candidate: 100 },
        prepare: () => opened(beforeElection(crowd(network(16), 99))),
      },
    },
  },
};
