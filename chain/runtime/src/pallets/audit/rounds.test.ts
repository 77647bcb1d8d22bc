import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CESS, toHex } from '@cess/primitives';
import { query, stakeFor, tx } from '../../index.js';
import { AuditScenario, find, flipByte } from '../../test-support/audit-scenario.js';
import { failsWith } from '../../test-support/fails.js';
import { alice, bob, carol } from '../../test-support/harness.js';
import { DISPUTE_DEPOSIT } from './declaration.js';

const beginnings = new Map<string, AuditScenario>();
/** Two files, tagged at all of their holders or at these, so that nobody else is asked. */
function tagged(workers = 1, providers?: readonly number[]): AuditScenario {
  const name = `${workers}/${providers ?? 'all'}`;
  const known = beginnings.get(name);
  if (known !== undefined) return known.fork();
  const chain = new AuditScenario(workers);
  for (let i = 0; i < 2; i++) chain.tagFile(chain.storeFile(), providers);
  beginnings.set(name, chain);
  return chain.fork();
}
const registry = (chain: AuditScenario, provider = 0) =>
  query.Audit.Registries.get(chain, provider, chain.workers[0]!.keyId)!;
const challenge = (chain: AuditScenario, provider = 0) =>
  query.Audit.Challenges.get(chain, provider, chain.workers[0]!.keyId);
const providerAt = (chain: AuditScenario, index = 0) => query.Sminer.Miners.get(chain, index)!;
const worker = (chain: AuditScenario, index = 0) => query.TeeWorker.Workers.get(chain, index)!;
const reserved = (chain: AuditScenario, account: Uint8Array) => query.System.Account.get(chain, account).data.reserved;
const proofCall = (chain: AuditScenario, round: number, proof: Uint8Array, asOf = chain.number) =>
  tx.Audit.submit_proof({ key_id: chain.workers[0]!.keyId, round, as_of: asOf, proof });

describe('Audit: rounds', () => {
  it('PODR2-6: every provider is asked within a cycle, answers, and its bytes count as proven', () => {
    const chain = tagged();
    const { cycle } = query.Audit.Periods.get(chain);
    const asked = new Set<number>();
    for (let i = 0; i < cycle + 20; i++) {
      chain.open();
      for (const { event } of chain.close().events) {
        if (event.type === 'Audit' && event.value.type === 'ChallengeOpened') asked.add(event.value.value.miner);
      }
    }
    assert.deepEqual([...asked].sort(), [0, 1, 2, 3, 4, 5]);
    // Their deadlines are over for most; a new one is answered.
    chain.passRound(0);
    assert.equal(registry(chain).proven_bytes, 70_000n);
    assert.equal(providerAt(chain).proven_space, 70_000n);
    assert.equal(query.Sminer.TotalProvenSpace.get(chain), 70_000n);
    assert.equal(worker(chain).record.verified_bytes, 70_000n);
    assert.equal(chain.untilClosed(0), 'Passed');
    assert.equal(worker(chain).duties, 0);
    assert.equal(providerAt(chain).staked, stakeFor(providerAt(chain).declared_space));
  });

  it('proofs and verdicts that are due cost nothing, all others do', () => {
    const chain = tagged();
    const round = chain.untilChallenged(0);
    const account = chain.providers[0]!.account;
    const free = chain.free(account.publicKey);
    const proof = chain.prove(0);
    chain.must(account, proofCall(chain, round, proof));
    assert.equal(chain.free(account.publicKey), free);
    failsWith(chain, account, proofCall(chain, round, proof), 'NoChallenge');
    assert.ok(chain.free(account.publicKey) < free);
    const judge = chain.workers[0]!;
    const before = chain.free(judge.controller.publicKey);
    const verdicts = [chain.verdict(judge, 0, true)];
    chain.must(judge.controller, tx.Audit.submit_verdicts({ verdicts }));
    assert.equal(chain.free(judge.controller.publicKey), before);
    failsWith(chain, judge.controller, tx.Audit.submit_verdicts({ verdicts }), 'NothingToDo');
    assert.ok(chain.free(judge.controller.publicKey) < before);
  });

  it('a proof is for this round, this key and its own provider, before the deadline, as of a block of the round', () => {
    const chain = tagged();
    const round = chain.untilChallenged(0);
    const account = chain.providers[0]!.account;
    const proof = chain.prove(0);
    const opened = challenge(chain)!.opened_at;
    failsWith(chain, account, proofCall(chain, round + 1, proof), 'NoChallenge');
    failsWith(chain, account, proofCall(chain, round, proof, opened - 1), 'AsOfOutOfRange');
    failsWith(chain, account, proofCall(chain, round, proof, chain.number + 50), 'AsOfOutOfRange');
    failsWith(chain, alice, proofCall(chain, round, proof), 'NotMiner');
    const wrongKey = tx.Audit.submit_proof({ key_id: new Uint8Array(32), round, as_of: chain.number, proof });
    failsWith(chain, account, wrongKey, 'NoChallenge');
    assert.equal(challenge(chain)!.state.type, 'Open');
  });

  it('only the drawn worker judges, with the signature of its enclave over this very proof', () => {
    const chain = tagged(2);
    chain.untilChallenged(0);
    const { worker: drawn } = chain.answer(0);
    const other = chain.workers.find(({ index }) => index !== drawn.index)!;
    const submit = (by: typeof drawn, claim: ReturnType<AuditScenario['verdict']>, name: string) =>
      failsWith(chain, by.controller, tx.Audit.submit_verdicts({ verdicts: [claim] }), name);
    submit(other, chain.verdict(other, 0, true), 'NothingToDo');
    submit(drawn, chain.verdict(other, 0, true), 'BadVerdictSignature');
    submit(drawn, chain.verdict(drawn, 0, true, { proof: new Uint8Array(128) }), 'BadVerdictSignature');
    submit(drawn, { ...chain.verdict(drawn, 0, true), passed: false }, 'BadVerdictSignature');
    submit(drawn, chain.verdict(drawn, 0, true, { round: 7 }), 'NothingToDo');
    failsWith(chain, carol, tx.Audit.submit_verdicts({ verdicts: [chain.verdict(drawn, 0, true)] }), 'NotVerifier');
    chain.judge(drawn, 0, true);
  });

  it('PODR2-4: without an answer a strike, two are tolerated, the third expels and slashes', () => {
    const chain = tagged(1, [0]);
    const stake = providerAt(chain).staked;
    for (const strikes of [1, 2]) {
      chain.untilChallenged(0);
      assert.equal(chain.untilClosed(0), 'Late');
      assert.equal(registry(chain).strikes, strikes);
      assert.equal(providerAt(chain).staked, stake);
    }
    chain.untilChallenged(0);
    assert.equal(chain.untilClosed(0), 'Late');
    assert.equal(providerAt(chain).state, 'Expelled');
    const treasury = stake / 10n;
    chain.advance(3);
    const after = providerAt(chain);
    assert.deepEqual([after.fragment_count, after.service_space, after.proven_space, after.staked], [0n, 0n, 0n, 0n]);
    // The rest of the stake unbonds: what is missing then are the slash and the refunds.
    while (query.Sminer.UnbondingTotal.has(chain, 0)) chain.advance(1);
    const { free, reserved: held } = query.System.Account.get(chain, chain.providers[0]!.account.publicKey).data;
    assert.equal(held, 0n);
    assert.ok(free < 10_000n * CESS - treasury && free > 9_000n * CESS);
    assert.equal([...query.FileBank.RestoralOrders.entries(chain, [])].length, 2);
    // It may come back as another provider.
    assert.equal(query.Sminer.MinerIndex.get(chain, chain.providers[0]!.account.publicKey), undefined);
  });

  it('PODR2-4: an answer ends the strikes', () => {
    const chain = tagged();
    chain.untilChallenged(0);
    assert.equal(chain.untilClosed(0), 'Late');
    assert.equal(registry(chain).proven_bytes, 0n);
    chain.passRound(0);
    assert.equal(registry(chain).strikes, 0);
    assert.equal(registry(chain).proven_bytes, 70_000n);
  });

  it('ECON-3, ECON-4: an invalid proof costs stake, owners are paid back first, and its fragments are to be restored', () => {
    const chain = tagged();
    chain.untilChallenged(0);
    const owner = chain.free(alice.publicKey);
    const { worker: judge } = chain.answer(0, flipByte(chain.prove(0), 3));
    chain.judge(judge, 0, false);
    assert.equal(
      providerAt(chain).staked,
      stakeFor(providerAt(chain).declared_space),
      'nothing before the dispute window ends',
    );
    assert.equal(chain.untilClosed(0), 'Invalid');
    const slash = stakeFor(providerAt(chain).declared_space) / 20n;
    assert.equal(providerAt(chain).staked, stakeFor(providerAt(chain).declared_space) - slash);
    assert.deepEqual([providerAt(chain).fragment_count, providerAt(chain).failures], [0n, 1]);
    // Two fragments of 35,000 bytes for a begun day at 1 CESS a GiB.
    const refund = 2n * ((CESS * 35_000n + 1_073_741_823n) / 1_073_741_824n);
    assert.equal(chain.free(alice.publicKey) - owner, refund);
    const orders = [...query.FileBank.RestoralOrders.entries(chain, [])].map(([, order]) => order);
    assert.deepEqual(
      orders.map(({ reason, margin }) => [reason, margin]),
      [
        ['Failed', 3],
        ['Failed', 3],
      ],
    );
    assert.equal(query.Audit.Registries.get(chain, 0, chain.workers[0]!.keyId), undefined);
  });

  it('rounds that fail at once are dealt with a few in a block, and all of them in the end', () => {
    const chain = new AuditScenario();
    query.Audit.Periods.put(chain, { ...query.Audit.Periods.get(chain), cycle: 1 });
    chain.tagFile(chain.storeFile());
    const providers = [0, 1, 2, 3, 4, 5];
    for (const index of providers) {
      chain.untilChallenged(index);
      chain.answer(index, new Uint8Array(128));
    }
    const [judge] = chain.workers;
    const verdicts = providers.map((index) => chain.verdict(judge!, index, false));
    chain.must(judge!.controller, tx.Audit.submit_verdicts({ verdicts }));
    chain.advance(query.Audit.Periods.get(chain).dispute);
    const closed: number[] = [];
    for (let i = 0; i < 3; i++) {
      chain.open();
      closed.push(chain.close().events.filter(({ event }) => event.value.type === 'RoundClosed').length);
    }
    assert.deepEqual(closed, [4, 2, 0]);
  });

  it('conceding costs a fifth of it and takes effect at once', () => {
    const chain = tagged();
    const round = chain.untilChallenged(0);
    const { keyId } = chain.workers[0]!;
    failsWith(chain, chain.providers[1]!.account, tx.Audit.concede({ key_id: keyId, round }), 'NoChallenge');
    const events = chain.must(chain.providers[0]!.account, tx.Audit.concede({ key_id: keyId, round }));
    assert.equal((find(events, 'RoundClosed') as { outcome: string }).outcome, 'Conceded');
    const needed = stakeFor(providerAt(chain).declared_space);
    assert.equal(providerAt(chain).staked, needed - needed / 100n);
    assert.equal(providerAt(chain).fragment_count, 0n);
  });

  it('TEE-3: a worker that does not judge pays, others are drawn, and the provider is never harmed', () => {
    const chain = tagged(2);
    const stakes = [worker(chain, 0).staked, worker(chain, 1).staked];
    chain.untilChallenged(0);
    const { worker: drawn } = chain.answer(0);
    const { verdict } = query.Audit.Periods.get(chain);
    chain.advance(verdict + 1);
    const state = challenge(chain)!.state;
    assert.ok(state.type === 'Answered' && state.value.worker !== drawn.index && state.value.drawn === 2);
    assert.ok(worker(chain, drawn.index).staked < stakes[drawn.index]!);
    assert.equal(chain.untilClosed(0), 'Void');
    assert.equal(providerAt(chain).staked, stakeFor(providerAt(chain).declared_space));
    assert.equal(registry(chain).strikes, 0);
    assert.deepEqual([worker(chain, 0).duties, worker(chain, 1).duties], [0, 0]);
  });

  it('TEE-3: three missed verifications in a row suspend a worker, which comes back by itself', () => {
    const chain = tagged(1, [0, 1]);
    chain.untilChallenged(0);
    chain.answer(0);
    assert.equal(chain.untilClosed(0), 'Void');
    assert.equal(worker(chain).state, 'Suspended');
    assert.equal(query.TeeWorker.VerifierCount.get(chain), 0);
    // Nobody can judge: rounds that are answered end without consequence.
    chain.untilChallenged(1);
    const call = proofCall(chain, challenge(chain, 1)!.round, chain.prove(1));
    chain.must(chain.providers[1]!.account, call);
    assert.equal(chain.untilClosed(1), 'Void');
    assert.equal(providerAt(chain, 1).staked, stakeFor(providerAt(chain, 1).declared_space));
    chain.must(chain.workers[0]!.controller, tx.TeeWorker.resume({}));
    chain.passRound(1);
    assert.equal(worker(chain).record.missed_in_a_row, 0);
  });

  it('PODR2-6: a wrong "passed" is disputed by anyone: the worker is slashed, the provider fails', () => {
    const chain = tagged();
    const round = chain.untilChallenged(0);
    const { worker: judge } = chain.answer(0, flipByte(chain.prove(0), 3));
    chain.judge(judge, 0, true);
    assert.equal(registry(chain).proven_bytes, 70_000n, 'it counts until somebody looks');
    const before = chain.free(carol.publicKey);
    const events = chain.must(carol, tx.Audit.dispute({ miner: 0, key_id: judge.keyId, round }));
    assert.equal((find(events, 'VerdictDisputed') as { upheld: boolean }).upheld, false);
    assert.equal((find(events, 'RoundClosed') as { outcome: string }).outcome, 'Invalid');
    assert.equal(worker(chain).staked, 45_000n * CESS);
    assert.equal(worker(chain).state, 'Suspended');
    assert.ok(chain.free(carol.publicKey) > before + 2_000n * CESS, 'half of the slash is the disputer’s');
    assert.equal(reserved(chain, carol.publicKey), 0n);
    assert.equal(providerAt(chain).proven_space, 0n);
    assert.ok(providerAt(chain).staked < stakeFor(providerAt(chain).declared_space));
  });

  it('PODR2-6: a wrong "failed" is disputed by the provider, who keeps everything', () => {
    const chain = tagged();
    const round = chain.untilChallenged(0);
    const { worker: judge } = chain.answer(0);
    chain.judge(judge, 0, false);
    const call = tx.Audit.dispute({ miner: 0, key_id: judge.keyId, round });
    const events = chain.must(chain.providers[0]!.account, call);
    assert.equal((find(events, 'RoundClosed') as { outcome: string }).outcome, 'Passed');
    assert.equal(providerAt(chain).staked, stakeFor(providerAt(chain).declared_space));
    assert.equal(registry(chain).proven_bytes, 70_000n);
    assert.equal(worker(chain).record.wrong, 1);
  });

  it('who disputes a right verdict loses the deposit', () => {
    const chain = tagged();
    const round = chain.untilChallenged(0);
    const { worker: judge } = chain.answer(0);
    const call = tx.Audit.dispute({ miner: 0, key_id: judge.keyId, round });
    failsWith(chain, carol, call, 'NothingToDispute');
    chain.judge(judge, 0, true);
    const before = chain.free(carol.publicKey);
    chain.must(carol, call);
    assert.ok(chain.free(carol.publicKey) <= before - DISPUTE_DEPOSIT);
    assert.equal(worker(chain).staked, 50_000n * CESS);
    assert.equal(challenge(chain), undefined);
    failsWith(chain, carol, call, 'NothingToDispute');
  });

  it('PODR2-4: proofs of damaged data, of an old round and of another provider are wrong', () => {
    const chain = tagged();
    chain.untilChallenged(0);
    const old = chain.prove(0);
    chain.passRound(0);
    chain.untilClosed(0);
    const attacks: Readonly<Record<string, () => Uint8Array>> = {
      'an old proof': () => old,
      'the proof of another': () => {
        chain.untilChallenged(1);
        return chain.prove(1);
      },
      'one flipped bit': () => {
        for (const held of chain.disks.values()) held.bytes = flipByte(held.bytes, 100);
        return chain.prove(0);
      },
    };
    for (const [what, make] of Object.entries(attacks)) {
      chain.tagFile(chain.storeFile(), [0]);
      const round = chain.untilChallenged(0);
      const { worker: judge } = chain.answer(0, make());
      chain.judge(judge, 0, false);
      // The runtime agrees with the verdict: the disputer loses, the round ends as invalid.
      const events = chain.must(carol, tx.Audit.dispute({ miner: 0, key_id: judge.keyId, round }));
      assert.equal((find(events, 'VerdictDisputed') as { upheld: boolean }).upheld, true, what);
      assert.equal((find(events, 'RoundClosed') as { outcome: string }).outcome, 'Invalid', what);
    }
    assert.equal(providerAt(chain).state, 'Expelled', 'three failures without a passed round between');
  });

  it('STORE-5: a proof covers what was there as of the block that it names, before a deletion or after it', () => {
    const chain = new AuditScenario();
    const [kept, deleted] = [chain.storeFile(), chain.storeFile()];
    for (const file of [kept, deleted]) chain.tagFile(file);
    const round = chain.untilChallenged(0);
    const early = { proof: chain.prove(0), asOf: chain.number };
    chain.must(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [deleted] }));
    // What was deleted need not be there any more.
    chain.disks.delete(`0/${toHex(deleted)}/0`);
    const late = { proof: chain.prove(0), asOf: chain.number };
    /** Whether the runtime finds the proof right. */
    const isRight = (proof: Uint8Array, asOf: number) => {
      const fork = chain.fork();
      const { worker: judge } = fork.answer(0, proof, asOf);
      fork.judge(judge, 0, true);
      const events = fork.must(carol, tx.Audit.dispute({ miner: 0, key_id: judge.keyId, round }));
      return (find(events, 'VerdictDisputed') as { upheld: boolean }).upheld;
    };
    assert.equal(isRight(early.proof, early.asOf), true, 'the early proof as of the early block');
    assert.equal(isRight(late.proof, late.asOf), true, 'the late proof as of the late block');
    assert.equal(isRight(early.proof, late.asOf), false, 'the early proof as of the late block');
    assert.equal(isRight(late.proof, early.asOf), false, 'the late proof as of the early block');
  });

  it('ECON-3: a loss that is reported while the round runs is asked about all the same', () => {
    const chain = tagged();
    chain.untilChallenged(0);
    const whole = chain.prove(0);
    const lost = query.Audit.Slots.get(chain, 0, chain.workers[0]!.keyId, 0)!;
    const places = [{ file_id: lost.file_id, segment: lost.segment, fragment: lost.fragment }];
    chain.must(chain.providers[0]!.account, tx.FileBank.report_loss({ places }));
    assert.deepEqual(chain.prove(0), whole, 'the challenge has not become smaller');
    assert.equal(chain.untilClosed(0), 'Late');
  });

  it('STORE-5: a round of which everything was deleted asks for nothing', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    chain.tagFile(file);
    chain.untilChallenged(0);
    chain.must(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [file] }));
    assert.equal(chain.untilClosed(0), 'Void');
    assert.equal(providerAt(chain).staked, stakeFor(providerAt(chain).declared_space));
    chain.advance(2);
    assert.equal(query.Audit.Registries.get(chain, 0, chain.workers[0]!.keyId), undefined);
  });

  it('the file status goes from Declared over Tagged to Proven, and back when a fragment is lost', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    const status = () => {
      const args = new Uint8Array(33);
      args[0] = 4;
      args.set(file, 1);
      return ['Unknown', 'Declared', 'Tagged', 'Proven'][
        chain.runtime.call(chain.ext, 'FileBankApi_file_status', args)[0]!
      ];
    };
    assert.equal(status(), 'Declared');
    chain.tagFile(file);
    assert.equal(status(), 'Tagged');
    for (let index = 0; index < 6; index++) {
      chain.passRound(index);
    }
    assert.equal(status(), 'Proven');
    const place = { file_id: file, segment: 0, fragment: 2 };
    chain.must(chain.providers[2]!.account, tx.FileBank.report_loss({ places: [place] }));
    assert.equal(status(), 'Declared');
    chain.must(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [file] }));
    assert.equal(status(), 'Unknown');
  });
});
