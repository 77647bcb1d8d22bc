// A worker that judges honest proofs as failed (docs/protocol/audit.md §4): its stake bounds how many of them stand, and one found
// wrong brings all of them before another worker.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CESS, elementAt, toHex } from '@cess/primitives';
import { query, stakeFor, tx, WORKER_STAKE } from '../../index.js';
import { AuditScenario, find } from '../../test-support/audit-scenario.js';
import { failsWith } from '../../test-support/fails.js';
import { carol } from '../../test-support/harness.js';

const HOLDERS = [0, 1, 2, 3, 4, 5];
const keyOf = (chain: AuditScenario) => elementAt(chain.workers, 0).keyId;
const stateOf = (chain: AuditScenario, provider: number) =>
  query.Audit.Challenges.get(chain, provider, keyOf(chain))?.state;
const provider = (chain: AuditScenario, index: number) => query.Sminer.Miners.get(chain, index)!;
const worker = (chain: AuditScenario, index: number) => query.TeeWorker.Workers.get(chain, index)!;
const ref = (chain: AuditScenario, miner: number, round = 0) => ({ miner, key_id: keyOf(chain), round });

/** Six providers whose honest proofs all wait for worker 0. */
function answered(stake: bigint): AuditScenario {
  const chain = new AuditScenario(2);
  query.Audit.Periods.put(chain, { cycle: 12, proof: 40, verdict: 40, dispute: 30, claim: 60 });
  chain.tagFile(chain.storeFile());
  for (const holder of HOLDERS) chain.untilChallenged(holder);
  query.Audit.Periods.put(chain, { ...query.Audit.Periods.get(chain), cycle: 100_000 });
  for (const holder of HOLDERS) {
    chain.answer(holder);
    assignTo(chain, holder, 0);
  }
  query.TeeWorker.Workers.put(chain, 0, { ...worker(chain, 0), staked: stake });
  return chain;
}

function assignTo(chain: AuditScenario, holder: number, index: number): void {
  const round = query.Audit.Challenges.get(chain, holder, keyOf(chain))!;
  assert.ok(round.state.type === 'Answered' && round.state.value.worker !== undefined);
  const { worker: drawn } = round.state.value;
  if (drawn === index) return;
  const state = { type: 'Answered' as const, value: { ...round.state.value, worker: index } };
  query.Audit.Challenges.put(chain, holder, keyOf(chain), { ...round, state });
  for (const [who, change] of [
    [drawn, -1],
    [index, 1],
  ] as const) {
    query.TeeWorker.Workers.put(chain, who, { ...worker(chain, who), duties: worker(chain, who).duties + change });
  }
}

/** Worker 0 judges all that waits for it as failed. */
function lie(chain: AuditScenario): void {
  const liar = elementAt(chain.workers, 0);
  const verdicts = HOLDERS.filter((holder) => {
    const state = stateOf(chain, holder);
    return state?.type === 'Answered' && state.value.worker === 0;
  }).map((holder) => chain.verdict(liar, holder, false));
  if (verdicts.length > 0) chain.must(liar.controller, tx.Audit.submit_verdicts({ verdicts }));
}

/** Worker 1 judges what waits for it honestly, until all rounds but the disputed one have ended. */
function judgeHonestly(chain: AuditScenario): Map<number, string> {
  const outcomes = new Map<number, string>();
  for (let i = 0; i < 400 && outcomes.size < HOLDERS.length - 1; i++) {
    chain.open();
    for (const holder of HOLDERS) {
      const state = stateOf(chain, holder);
      if (state?.type !== 'Answered' || state.value.worker !== 1) continue;
      const honest = elementAt(chain.workers, 1);
      const verdicts = [chain.verdict(honest, holder, true)];
      chain.apply(honest.controller, tx.Audit.submit_verdicts({ verdicts }));
    }
    for (const { event } of chain.close().events) {
      if (event.type !== 'Audit' || event.value.type !== 'RoundClosed') continue;
      outcomes.set(event.value.value.miner, event.value.value.outcome);
    }
  }
  return outcomes;
}

const failed = (chain: AuditScenario) =>
  HOLDERS.filter((holder) => {
    const state = stateOf(chain, holder);
    return state?.type === 'Judged' && !state.value.passed;
  });

describe('Audit: a flood of wrong verdicts', () => {
  it('TEE-3: no more failed verdicts stand than the stake of their worker covers', () => {
    const chain = answered((WORKER_STAKE * 2n) / 10n);
    lie(chain);
    assert.equal(failed(chain).length, 2);
    const waiting = HOLDERS.filter((holder) => stateOf(chain, holder)?.type === 'Answered');
    assert.equal(waiting.length, 4, 'the others wait for another worker');
    for (const holder of waiting) {
      const state = stateOf(chain, holder);
      assert.ok(state?.type === 'Answered' && state.value.worker === 1);
    }
  });

  it('TEE-3: one dispute brings all failed verdicts of its worker before another; nobody honest pays', () => {
    const chain = answered(WORKER_STAKE);
    lie(chain);
    assert.equal(failed(chain).length, 6);
    const before = chain.free(carol.publicKey);
    chain.must(carol, tx.Audit.dispute(ref(chain, 0)));
    assert.equal(worker(chain, 0).state, 'Suspended');
    const outcomes = judgeHonestly(chain);
    assert.deepEqual([...outcomes.values()], Array(5).fill('Passed'));
    for (const holder of HOLDERS) {
      assert.equal(provider(chain, holder).staked, stakeFor(provider(chain, holder).declared_space));
      assert.equal(provider(chain, holder).failures, 0);
    }
    assert.ok(chain.free(carol.publicKey) > before + 2_000n * CESS);
    assert.equal(worker(chain, 0).staked, 45_000n * CESS, 'the liar alone has paid');
    assert.deepEqual([worker(chain, 0).duties, worker(chain, 1).duties], [0, 0]);
    assert.deepEqual([...query.Audit.OpenFailed.entries(chain, [])], []);
    assert.deepEqual([...query.Audit.FailedAt.entries(chain, [])], []);
  });

  it('TEE-3: a suspended worker fails nobody any more', () => {
    const chain = answered(WORKER_STAKE);
    const liar = elementAt(chain.workers, 0);
    chain.judge(liar, 0, false);
    chain.must(carol, tx.Audit.dispute(ref(chain, 0)));
    lie(chain);
    assert.deepEqual(failed(chain), []);
  });

  it('PODR2-6: several verdicts are disputed in one call, those that cannot be are skipped', () => {
    const chain = answered(WORKER_STAKE);
    lie(chain);
    // A longer list would not fit into a block with slots of 1 s.
    query.Timestamp.SlotDuration.put(chain, 6000n);
    const rounds = [ref(chain, 0), ref(chain, 1), ref(chain, 2, 7), ref(chain, 3)];
    const events = chain.must(carol, tx.Audit.dispute_batch({ rounds }));
    const disputed = events.filter(({ event }) => event.value.type === 'VerdictDisputed');
    assert.equal(disputed.length, 3);
    assert.equal(toHex((find(events, 'VerdictDisputed') as { disputer: Uint8Array }).disputer), toHex(carol.publicKey));
    assert.equal(worker(chain, 0).record.wrong, 3);
    failsWith(chain, carol, tx.Audit.dispute_batch({ rounds }), 'NothingToDispute');
    assert.equal(query.System.Account.get(chain, carol.publicKey).data.reserved, 0n);
  });

  it('PODR2-6: a verdict that was given when the question was asked before does not count when it is asked again', () => {
    const chain = answered(WORKER_STAKE);
    query.Audit.Periods.put(chain, { ...query.Audit.Periods.get(chain), cycle: 12 });
    const liar = elementAt(chain.workers, 0);
    const old = chain.verdict(liar, 0, false);
    const proof = stateOf(chain, 0);
    assert.ok(proof?.type === 'Answered');
    // Nobody submits a verdict in time.
    for (const index of [0, 1])
      query.TeeWorker.Workers.put(chain, index, { ...worker(chain, index), staked: WORKER_STAKE });
    assert.equal(chain.untilClosed(0), 'Void');
    for (const { controller, index } of chain.workers) {
      if (worker(chain, index).state === 'Suspended') chain.must(controller, tx.TeeWorker.resume({}));
    }
    chain.untilChallenged(0);
    chain.answer(0, proof.value.proof);
    assignTo(chain, 0, 0);
    const call = tx.Audit.submit_verdicts({ verdicts: [old] });
    failsWith(chain, liar.controller, call, 'BadVerdictSignature');
  });

  it('a failed verdict of an honest worker stands: its provider is slashed', () => {
    const chain = answered(WORKER_STAKE);
    chain.judge(elementAt(chain.workers, 0), 0, false);
    assert.equal(chain.untilClosed(0), 'Invalid');
    assert.ok(provider(chain, 0).staked < stakeFor(provider(chain, 0).declared_space));
  });
});
