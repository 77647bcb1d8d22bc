// R2S in the chain's state: members of the genesis, elections by stake and proofs, changes of the voters' set, exits, keys, rewards.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findGrandpaLogs, type Header } from '@cess/chain-primitives';
import { electionInput } from '@cess/consensus';
import { createEd25519Signer, vrfProve } from '@cess/crypto';
import { CESS, concatBytes, isCessError, toHex, utf8 } from '@cess/primitives';
import { REWARD_POT_ACCOUNT } from './accounts.js';
import { query, tx } from './index.js';
import { failsWith } from './test-support/fails.js';
import { alice, bob, carol, GENESIS_HASH, Harness } from './test-support/harness.js';
import { amountHeld, assertIssuanceAgrees } from './test-support/ledger-books.js';
import { SPEC_NAME } from './version.js';

const STAKE = 1_000n * CESS;
const seedOf = (byte: number) => new Uint8Array(32).fill(byte);
const members = [21, 22, 23, 24].map((byte) => createEd25519Signer(seedOf(byte)));
type Signer = typeof alice;

/** Eras of 8 slots, the second epoch of 4 elects. Four members of the genesis, four seats. */
class Eras extends Harness {
  constructor(rules: object = {}, authorities: readonly Signer[] = members) {
    super(1000, {
      authorities: authorities.map(({ publicKey }) => ({ key: publicKey, account: publicKey })),
      periods: { slotsPerEpoch: 4, epochsPerEra: 2 },
      stakingRules: { seats: 4, ...rules },
    });
  }

  get era(): bigint {
    return query.Session.Clock.get(this)?.era ?? -1n;
  }

  /** Closes empty blocks until the first block of this era, whose header it returns. */
  reachEra(era: bigint): Header {
    for (;;) {
      this.open();
      const { header } = this.close();
      if (this.era >= era) return header;
    }
  }

  seated(): string[] {
    return query.Session.Members.get(this).map(({ account }) => toHex(account));
  }
}

function registration(account: Signer, signer = account) {
  const message = concatBytes(utf8('CESS/r2s-key/v1'), GENESIS_HASH, account.publicKey);
  return { key: signer.publicKey, possession: signer.sign(message) };
}

const register = (account: Signer, stake: bigint) => tx.Staking.register({ stake, ...registration(account) });
const changesIn = (header: Header) => findGrandpaLogs(header.digest.logs);
const idOf = ({ publicKey }: Signer) => toHex(publicKey);

describe('elections in the state of the chain', () => {
  it('R2S-1, RS-12.3: the authorities of the genesis are candidates with the minimum stake on hold', () => {
    const chain = new Eras();
    for (const { publicKey } of members) {
      assert.equal(amountHeld(chain, publicKey, 'Staking.Stake'), STAKE);
      assert.equal(query.Staking.Candidates.get(chain, publicKey)?.state, 'Active');
    }
    assertIssuanceAgrees(chain);
  });

  it('R2S-3, R2S-6, RS-12.1, RS-12.4: more stake takes a seat in the next era, whose first block announces the voters', () => {
    const chain = new Eras();
    assert.equal(chain.run(alice, register(alice, 4n * STAKE)).error, undefined);
    const header = chain.reachEra(1n);
    assert.ok(chain.seated().includes(idOf(alice)));
    assert.equal(chain.seated().length, 4);
    const [change] = changesIn(header);
    assert.equal(change?.type, 'ScheduledChange');
    assert.equal(change?.value.delay, 0);
    assert.deepEqual(
      change?.value.next_authorities.map(([key, weight]) => [toHex(key), weight]),
      query.Session.Members.get(chain).map(({ key }) => [toHex(key), 1n]),
    );
    assert.equal(query.Grandpa.CurrentSetId.get(chain), 1n);
    const election = query.Staking.LastElection.get(chain);
    assert.equal(election?.outcome, 'Elected');
    assert.equal(toHex(election?.ranking[0]?.account ?? new Uint8Array()), idOf(alice));
    assert.equal(query.Staking.Pool.get(chain).length, 1, 'the one without a seat may replace others');
  });

  it('GR-50: an era with the members of the one before announces nothing', () => {
    const chain = new Eras();
    assert.deepEqual(changesIn(chain.reachEra(1n)), []);
    assert.deepEqual(changesIn(chain.reachEra(2n)), []);
    assert.equal(query.Grandpa.CurrentSetId.get(chain), 0n);
  });

  it('R2S-5: only the author of the slot can make its block', () => {
    const chain = new Eras();
    chain.advance(1);
    const seats = query.Session.Clock.get(chain)?.seats ?? [];
    assert.equal(seats.length, 4);
    const wrong = { slot: chain.slot + 1n, authority_index: Number((chain.slot + 2n) % 4n) };
    assert.throws(
      () => chain.beginWith(wrong),
      (thrown) => isCessError(thrown, 'BLOCK_INVALID'),
    );
  });

  it('R2S-4: of equal candidates the proofs decide, and each posts one, in time, by a key that is old enough', () => {
    const chain = new Eras();
    for (const account of [alice, bob]) chain.run(account, register(account, STAKE));
    const proofOf = (seed: Uint8Array) => {
      const clock = query.Session.Clock.get(chain);
      return vrfProve(seed, electionInput(clock?.seed.beacon ?? new Uint8Array(64), chain.era + 1n));
    };
    const posts = (candidate: Signer, seed: Uint8Array) =>
      tx.Staking.prove_vrf({ candidate: candidate.publicKey, proof: proofOf(seed) });
    const [member] = members as [Signer];
    failsWith(chain, carol, posts(member, seedOf(21)), 'ProofRefused');
    // The third era: the keys of Alice and Bob are older than the beacon of its seed.
    chain.reachEra(2n);
    while (query.Session.Clock.get(chain)?.epoch !== 5n) chain.advance(1);
    const before = chain.free(alice.publicKey);
    assert.equal(chain.run(alice, posts(alice, seedOf(1))).error, undefined);
    assert.equal(chain.free(alice.publicKey), before, 'a proof that counts is free');
    assert.ok(query.Staking.Outputs.has(chain, alice.publicKey));
    chain.reachEra(3n);
    assert.ok(chain.seated().includes(idOf(alice)), 'with a proof, among equals without one');
    assert.ok(!query.Staking.Outputs.has(chain, alice.publicKey), 'the next election asks for another one');
  });

  it('R2S-4: a second proof is refused, and one by another key', () => {
    const chain = new Eras();
    while (query.Session.Clock.get(chain)?.epoch !== 1n) chain.advance(1);
    const clock = query.Session.Clock.get(chain);
    const proof = vrfProve(seedOf(21), electionInput(clock?.seed.beacon ?? new Uint8Array(64), 1n));
    const call = tx.Staking.prove_vrf({ candidate: members[0]?.publicKey ?? new Uint8Array(32), proof });
    const foreign = vrfProve(seedOf(1), electionInput(clock?.seed.beacon ?? new Uint8Array(64), 1n));
    chain.open();
    assert.deepEqual(chain.apply(carol, call).value, { type: 'Ok' });
    chain.apply(carol, call);
    chain.apply(carol, tx.Staking.prove_vrf({ candidate: members[1]?.publicKey ?? seedOf(0), proof: foreign }));
    const failed = chain.close().events.filter(({ event }) => event.value.type === 'ExtrinsicFailed');
    assert.equal(failed.length, 2);
  });

  it('R2S-8: who exits is not elected again, and gets its stake back after the cooling-off period', () => {
    const chain = new Eras({ report_eras: 1, deferral_eras: 1, cooling_off_eras: 3 });
    chain.run(alice, register(alice, 4n * STAKE));
    chain.reachEra(1n);
    assert.equal(chain.run(alice, tx.Staking.announce_exit({})).error, undefined);
    failsWith(chain, alice, tx.Staking.bond_extra({ amount: CESS }), 'ExitUnderway');
    failsWith(chain, alice, tx.Staking.withdraw({}), 'HasSeat');
    chain.reachEra(2n);
    assert.ok(!chain.seated().includes(idOf(alice)));
    failsWith(chain, alice, tx.Staking.withdraw({}), 'CoolingOff');
    chain.reachEra(4n);
    assert.equal(chain.run(alice, tx.Staking.withdraw({})).error, undefined);
    assert.equal(amountHeld(chain, alice.publicKey, 'Staking.Stake'), 0n);
    assert.ok(!query.Staking.Candidates.has(chain, alice.publicKey));
    assertIssuanceAgrees(chain);
  });

  it('RS-12.3: 256 candidates at most', () => {
    const chain = new Eras();
    query.Staking.CandidateCount.put(chain, 256);
    failsWith(chain, alice, register(alice, STAKE), 'TooManyCandidates');
    query.Staking.CandidateCount.put(chain, 255);
    assert.equal(chain.run(alice, register(alice, STAKE)).error, undefined);
  });

  it('R2S-1, RS-12.2: a registration needs the minimum, a free key and its signature', () => {
    const chain = new Eras();
    failsWith(chain, alice, register(alice, STAKE - 1n), 'StakeTooLow');
    failsWith(chain, alice, tx.Staking.register({ stake: STAKE, ...registration(bob) }), 'BadPossession');
    const [member] = members as [Signer];
    failsWith(chain, alice, tx.Staking.register({ stake: STAKE, ...registration(alice, member) }), 'KeyInUse');
    chain.run(alice, register(alice, STAKE));
    failsWith(chain, alice, register(alice, STAKE), 'AlreadyCandidate');
    failsWith(chain, bob, tx.Staking.set_key(registration(bob)), 'NotCandidate');
  });

  it('RS-12.2: a new key takes effect with the next election, and the set changes with it', () => {
    const chain = new Eras();
    chain.run(alice, register(alice, 4n * STAKE));
    chain.reachEra(1n);
    chain.run(alice, tx.Staking.set_key(registration(alice, bob)));
    const keyNow = () =>
      toHex(query.Session.Members.get(chain).find(({ account }) => toHex(account) === idOf(alice))?.key ?? seedOf(0));
    assert.equal(keyNow(), idOf(alice));
    const header = chain.reachEra(2n);
    assert.equal(keyNow(), idOf(bob));
    assert.equal(changesIn(header).length, 1);
    assert.equal(query.Grandpa.CurrentSetId.get(chain), 2n);
  });

  it('R2S-6: a pause over several eras skips them, and the members go on', () => {
    const chain = new Eras();
    chain.run(alice, register(alice, 4n * STAKE));
    chain.slot += 50n;
    chain.open();
    const { header, events } = chain.close();
    assert.deepEqual(changesIn(header), []);
    const started = events.map(({ event }) => event.value).find(({ type }) => type === 'EraStarted');
    assert.deepEqual(started?.value, { era: chain.era, skipped: chain.era - 1n, is_elected: false, members: 4 });
    chain.reachEra(chain.era + 1n);
    assert.ok(chain.seated().includes(idOf(alice)), 'the next era that has a last epoch elects');
    assert.deepEqual(chain.hookFailures, []);
  });

  it('R2S-2: with fewer candidates than the least number of members the set goes on, even if all exit', () => {
    const chain = new Eras({ minimum_members: 4, report_eras: 0, deferral_eras: 0, cooling_off_eras: 1 });
    for (const { publicKey } of members) {
      const candidate = query.Staking.Candidates.get(chain, publicKey);
      assert.ok(candidate);
      query.Staking.Candidates.put(chain, publicKey, { ...candidate, state: 'Exiting', exit_announced: 0n });
    }
    chain.reachEra(3n);
    assert.equal(query.Staking.LastElection.get(chain)?.outcome, 'Kept');
    assert.deepEqual(chain.seated(), members.map(idOf).sort());
  });

  it('R2S-9, RS-12.8: the reward of an era is divided by points, from the pot, whatever the stake', () => {
    const chain = new Eras({ era_reward: 800n * CESS });
    const to = { type: 'Id', value: REWARD_POT_ACCOUNT } as const;
    chain.run(alice, tx.Balances.transfer_keep_alive({ dest: to, value: 1_000n * CESS }));
    const before = members.map(({ publicKey }) => chain.free(publicKey));
    while (chain.era < 1n) {
      chain.open();
      if (chain.era < 1n) chain.close();
    }
    const earned = members.map(({ publicKey }, i) => chain.free(publicKey) - (before[i] ?? 0n));
    assert.equal(
      earned.reduce((sum, each) => sum + each, 0n) >= 800n * CESS,
      true,
      'the reward, and the fee of the transfer',
    );
    for (const each of earned) assert.ok(each >= 200n * CESS, 'each made two of the eight blocks');
    chain.close();
    chain.reachEra(3n);
    assert.equal(chain.free(REWARD_POT_ACCOUNT), CESS, 'what the pot has left, down to the existential deposit');
    assertIssuanceAgrees(chain);
  });

  it('R2S-9: slots that pass without a block are counted for whose turn they were', () => {
    const chain = new Eras();
    chain.advance(1);
    const seats = query.Session.Clock.get(chain)?.seats ?? [];
    chain.slot++;
    const absent = seats[Number(chain.slot % 4n)]?.account ?? new Uint8Array();
    chain.advance(1);
    const noted = query.Staking.Points.get(chain).find(({ account }) => toHex(account) === toHex(absent));
    assert.deepEqual([noted?.missed, noted?.blocks], [1, 0]);
  });

  it('CHAIN-9, RS-12.10: a chain from a version before 7 goes on with its authorities, which keep seats that no candidate takes', () => {
    const chain = new Eras();
    chain.advance(3);
    for (const pallet of [query.Session, query.Staking, query.Grandpa]) {
      for (const item of Object.values(pallet)) {
        for (const key of [...chain.ext.keys(item.itemPrefix)]) chain.ext.delete(key);
      }
    }
    for (const { publicKey } of members) query.Balances.Holds.remove(chain, publicKey);
    query.Randomness.Authorities.put(
      chain,
      members.map(({ publicKey }) => ({ key: publicKey, account: publicKey })),
    );
    query.System.LastRuntimeUpgrade.put(chain, { spec_version: 6, spec_name: SPEC_NAME });
    chain.advance(1);
    assert.deepEqual(chain.hookFailures, []);
    query.Session.Periods.put(chain, { slots_per_epoch: 4, epochs_per_era: 2 });
    assert.deepEqual(chain.seated(), members.map(idOf).sort());
    chain.run(alice, register(alice, STAKE));
    const header = chain.reachEra(1n);
    assert.equal(chain.seated().length, 5, 'of eleven seats');
    assert.ok(chain.seated().includes(idOf(alice)));
    assert.equal(changesIn(header).length, 1);
    assert.deepEqual(chain.hookFailures, []);
  });
});
