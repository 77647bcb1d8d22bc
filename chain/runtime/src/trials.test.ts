// R2S-10: beside stake, candidates show that they follow the chain: the first block of an epoch asks for values of its state
// (docs/protocol/r2s.md §13).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blake2_256, createEd25519Signer } from '@cess/crypto';
import { CESS, concatBytes, equalBytes, toHex, utf8 } from '@cess/primitives';
import { query, TRIAL_BLOCKS, trialAnswer, tx } from './index.js';
import { failsWith } from './test-support/fails.js';
import { alice, bob, carol, GENESIS_HASH, Harness } from './test-support/harness.js';
import { assertIssuanceAgrees } from './test-support/ledger-books.js';
import type { MemoryExternalities } from './test-support/memory-externalities.js';

const STAKE = 4_000n * CESS;
const members = [21, 22, 23, 24].map((byte) => createEd25519Signer(new Uint8Array(32).fill(byte)));
type Signer = typeof alice;

/** Eras of two epochs of 16 slots; four seats; of the last 4 trials 3 must have been answered. */
class TrialChain extends Harness {
  /** The state before the block that asked last. */
  asked: MemoryExternalities = this.ext;

  constructor(trials = { of: 4, required: 3 }) {
    super(1000, {
      authorities: members.map(({ publicKey }) => ({ key: publicKey, account: publicKey })),
      periods: { slotsPerEpoch: 16, epochsPerEra: 2 },
      stakingRules: { seats: 4, minimum_members: 1 },
      trials,
    });
  }

  /** One block; remembers the state before one that asks. */
  next(call?: readonly [Signer, Uint8Array]): void {
    const before = this.ext.fork();
    const epoch = query.Staking.Trial.get(this)?.epoch;
    if (call === undefined) this.advance(1);
    else assert.equal(this.run(...call).error, undefined);
    if (query.Staking.Trial.get(this)?.epoch !== epoch) this.asked = before;
  }

  nextTrial(): void {
    const epoch = query.Staking.Trial.get(this)?.epoch;
    do this.next();
    while (query.Staking.Trial.get(this)?.epoch === epoch);
  }

  answerOf({ publicKey }: Signer): Uint8Array {
    return trialAnswer({ ext: this.asked }, query.Staking.Trial.get(this)?.seed ?? assert.fail(), publicKey);
  }

  answerCall(candidate: Signer, answer = this.answerOf(candidate)): Uint8Array {
    return tx.Staking.answer_trial({ candidate: candidate.publicKey, answer });
  }

  register(signer: Signer): void {
    const possession = signer.sign(concatBytes(utf8('CESS/r2s-key/v1'), GENESIS_HASH, signer.publicKey));
    this.next([signer, tx.Staking.register({ stake: STAKE, key: signer.publicKey, possession })]);
  }

  recordOf({ publicKey }: Signer) {
    return query.Staking.TrialRecords.get(this, publicKey);
  }

  isMember({ publicKey }: Signer): boolean {
    return query.Session.Members.get(this).some(({ account }) => equalBytes(account, publicKey));
  }
}

describe('trials of candidates', () => {
  it('RS-13.1: the first block of an epoch asks every candidate, also the first block of the chain', () => {
    const chain = new TrialChain();
    chain.next();
    const trial = query.Staking.Trial.get(chain) ?? assert.fail();
    assert.deepEqual([trial.epoch, trial.asked_in], [0n, 1]);
    for (const member of members) assert.ok(chain.recordOf(member).open);
    assert.equal(new Set(members.map((member) => toHex(chain.recordOf(member).open ?? assert.fail()))).size, 4);
    chain.nextTrial();
    assert.equal(query.Staking.Trial.get(chain)?.epoch, 1n);
    assert.deepEqual(chain.hookFailures, []);
  });

  it('RS-13.2: who has the state answers, for nothing, by its account or its key', () => {
    const chain = new TrialChain();
    chain.register(alice);
    chain.nextTrial();
    const before = chain.free(alice.publicKey);
    chain.next([alice, chain.answerCall(alice)]);
    assert.equal(chain.free(alice.publicKey), before);
    assert.deepEqual(chain.recordOf(alice), { passed: 1, open: undefined });
    failsWith(chain, alice, chain.answerCall(alice), 'NoTrial');
    assertIssuanceAgrees(chain);
  });

  it('RS-13.2: wrong answers, those of others, and late ones are refused, for a fee', () => {
    const chain = new TrialChain();
    chain.register(alice);
    chain.register(bob);
    chain.nextTrial();
    const answer = chain.answerOf(bob);
    chain.next([bob, chain.answerCall(bob)]);
    const before = chain.free(alice.publicKey);
    failsWith(chain, alice, chain.answerCall(alice, answer), 'AnswerWrong');
    assert.ok(chain.free(alice.publicKey) < before);
    failsWith(chain, alice, chain.answerCall(alice, chain.recordOf(alice).open), 'AnswerWrong');
    failsWith(chain, alice, chain.answerCall(alice, new Uint8Array(32)), 'AnswerWrong');
    failsWith(chain, carol, chain.answerCall(alice), 'NotCandidate');
    failsWith(chain, carol, chain.answerCall(carol), 'NotCandidate');
    const { asked_in } = query.Staking.Trial.get(chain) ?? assert.fail();
    while (chain.number < asked_in + TRIAL_BLOCKS) chain.next();
    failsWith(chain, alice, chain.answerCall(alice), 'NoTrial');
    assert.equal(chain.recordOf(alice).passed, 0);
  });

  it('RS-13.2: an answer comes from the state: another value of an account gives another one', () => {
    const chain = new TrialChain();
    chain.register(alice);
    chain.nextTrial();
    const seed = query.Staking.Trial.get(chain)?.seed ?? assert.fail();
    const right = toHex(chain.answerOf(alice));
    assert.equal(toHex(trialAnswer({ ext: chain.asked }, seed, alice.publicKey)), right);
    assert.notEqual(toHex(trialAnswer({ ext: chain.asked }, blake2_256(seed), alice.publicKey)), right);
    let changed = 0;
    const accounts = [alice, bob, carol, ...members];
    for (const { publicKey } of accounts) {
      const state = chain.asked.fork();
      const record = query.System.Account.get({ ext: state }, publicKey);
      query.System.Account.put({ ext: state }, publicKey, { ...record, nonce: record.nonce + 7 });
      if (toHex(trialAnswer({ ext: state }, seed, alice.publicKey)) !== right) changed++;
    }
    assert.ok(changed >= 2, `${changed} of ${accounts.length} accounts are part of the answer`);
    const stored = chain.asked.fork();
    const info = { root: new Uint8Array(32), holder: 1, declared_at: 1, restored: 0 };
    query.FileBank.Fragments.put({ ext: stored }, new Uint8Array(32).fill(1), 0, 0, info);
    assert.notEqual(toHex(trialAnswer({ ext: stored }, seed, alice.publicKey)), right);
  });

  it('R2S-10, RS-13.3: a candidate that answers takes a seat, one with as much stake that does not takes none', () => {
    const chain = new TrialChain();
    chain.register(alice);
    chain.register(bob);
    for (
      let era = query.Session.Clock.get(chain)?.era ?? 0n;
      era < 5n;
      era = query.Session.Clock.get(chain)?.era ?? 9n
    ) {
      const open = chain.recordOf(alice).open !== undefined;
      chain.next(
        open && query.Staking.Trial.get(chain)?.asked_in === chain.number
          ? [alice, chain.answerCall(alice)]
          : undefined,
      );
    }
    assert.ok(chain.isMember(alice));
    assert.ok(!chain.isMember(bob));
    // The first block of the era asked again.
    assert.equal(chain.recordOf(alice).passed & 0b111, 0b110);
    assert.equal(chain.recordOf(bob).passed, 0);
    const ranked = query.Staking.LastElection.get(chain)?.ranking ?? [];
    assert.deepEqual(
      ranked.map(({ account }) => toHex(account)),
      [toHex(alice.publicKey)],
    );
    assert.deepEqual(chain.hookFailures, []);
  });

  it('RS-4.6, RS-13.3: members that answer nothing keep seats that no other candidate takes', () => {
    const chain = new TrialChain();
    while ((query.Session.Clock.get(chain)?.era ?? 0n) < 6n) chain.next();
    for (const member of members) assert.ok(chain.isMember(member));
    for (const member of members) assert.equal(chain.recordOf(member).passed & 0b1111, 0);
    assert.equal(query.Staking.LastElection.get(chain)?.outcome, 'Short');
  });

  it('RS-13.3: authorities of the genesis begin as if they had answered all', () => {
    const chain = new TrialChain();
    while ((query.Session.Clock.get(chain)?.era ?? 0n) < 1n) chain.next();
    assert.equal(query.Staking.LastElection.get(chain)?.outcome, 'Elected');
    assert.equal(query.Staking.LastElection.get(chain)?.ranking.length, 4);
  });

  it('RS-13.4: a chain without rules of trials, as all before version 8, asks nothing and elects as before', () => {
    const chain = new TrialChain({ of: 0, required: 0 });
    while ((query.Session.Clock.get(chain)?.era ?? 0n) < 2n) chain.next();
    assert.equal(query.Staking.Trial.get(chain), undefined);
    assert.equal(query.Staking.LastElection.get(chain)?.outcome, 'Elected');
    assert.throws(() => new TrialChain({ of: 32, required: 1 }), /GENESIS|trials/);
    assert.throws(() => new TrialChain({ of: 3, required: 4 }), /GENESIS|trials/);
  });

  it('RS-13.1: who exits or was removed is asked no more, and who left leaves nothing behind', () => {
    const chain = new TrialChain();
    chain.register(alice);
    chain.nextTrial();
    chain.next([alice, tx.Staking.announce_exit({})]);
    const { passed } = chain.recordOf(alice);
    chain.nextTrial();
    chain.nextTrial();
    assert.equal(chain.recordOf(alice).passed, passed);
  });
});
