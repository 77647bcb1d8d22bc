// R2S-2: candidates without a seat get more of the drawn work than members, within a bound that no share of the workers exceeds.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sha256 } from '@cess/crypto';
import { CESS, elementAt, toHex, utf8 } from '@cess/primitives';
import { query } from './index.js';
import { createSchedulerCredit } from './pallets/scheduler-credit/index.js';
import { awaitsSeat, newCandidate } from './pallets/staking/candidates.js';
import { drawVerifier } from './pallets/tee-worker/duties.js';
import { contextOver, Harness } from './test-support/harness.js';

const STAKE = 1_000n * CESS;
const draws = 40_000;
const candidateOf = (index: number) => new Uint8Array(32).fill(100 + index);

/** Active workers, each bound to a candidate of its own, or to none where there is no candidate of its number. */
function withWorkers(count: number, candidates = count): Harness {
  const chain = new Harness();
  for (let worker = 0; worker < count; worker++) {
    query.TeeWorker.Workers.put(chain, worker, {
      controller: candidateOf(worker),
      signer_key: new Uint8Array(32),
      endpoint: utf8('http://127.0.0.1'),
      bond: worker < candidates ? candidateOf(worker) : undefined,
      tag_key: new Uint8Array(32),
      staked: 0n,
      state: 'Active',
      seat: worker,
      duties: 0,
      record: { tagged_bytes: 0n, verified_bytes: 0n, verdicts: 0, missed: 0, missed_in_a_row: 0, wrong: 0 },
      registered_at: 1,
    });
    query.TeeWorker.Verifiers.put(chain, worker, worker);
    if (worker < candidates) {
      const candidate = newCandidate(candidateOf(worker), STAKE, { registeredIn: undefined, era: 0n });
      query.Staking.Candidates.put(chain, candidateOf(worker), candidate);
    }
  }
  query.TeeWorker.VerifierCount.put(chain, count);
  return chain;
}

/** How often each worker is drawn when the first candidates have seats. */
function drawn(chain: Harness, workers: number, seated: number, except?: number): number[] {
  const ctx = contextOver(chain.ext);
  const holders = Array.from({ length: seated }, (_, i) => ({ account: candidateOf(i), key: candidateOf(i) }));
  const needs = {
    awaitsSeat: (at: typeof ctx, account: Uint8Array) => awaitsSeat(at, { holders: () => holders }, account),
  };
  const counts = Array.from({ length: workers }, () => 0);
  for (let i = 0; i < draws; i++) {
    const worker = drawVerifier(ctx, needs, sha256(utf8(`draw ${i}`)), except) ?? assert.fail();
    counts[worker] = elementAt(counts, worker) + 1;
  }
  return counts;
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

function isNear(count: number, share: number): void {
  assert.ok(Math.abs(count / draws - share) < 0.012, `${count / draws}, not ${share}`);
}

describe('auxiliary work', () => {
  it('R2S-2: of 20 candidates with a worker each, the 9 without a seat get 57 % of the draws and not 45 %', () => {
    const counts = drawn(withWorkers(20), 20, 11);
    isNear(sum(counts.slice(11)), 0.574);
    for (const count of counts.slice(0, 11)) isNear(count, 0.426 / 11);
    for (const count of counts.slice(11)) isNear(count, 0.574 / 9);
  });

  it('R2S-2: so their credit passes that of members that do as much for each draw', () => {
    const chain = withWorkers(20);
    const counts = drawn(chain, 20, 11);
    const credit = createSchedulerCredit({ era: () => 0n, isCandidate: () => true });
    const ctx = contextOver(chain.ext);
    for (const [worker, count] of counts.entries()) {
      credit.noteWork(ctx, candidateOf(worker), { verifiedServiceBytes: BigInt(count) << 40n });
    }
    const creditsOf = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => credit.creditOf(ctx, candidateOf(from + i), 1n));
    assert.ok(Math.min(...creditsOf(11, 20)) > 1.5 * Math.max(...creditsOf(0, 11)));
  });

  it('R2S-2, RS-5.5: whoever runs a share of the workers is drawn at most one and a half times as often as that', () => {
    for (const [workers, own] of [
      [40, 1],
      [40, 4],
      [40, 13],
      [40, 20],
      [40, 39],
    ] as const) {
      // All that are bound to candidates without a seat are its own: nobody shares the preference.
      const counts = drawn(withWorkers(workers, own), workers, 0);
      const share = sum(counts.slice(0, own)) / draws;
      const fair = own / workers;
      assert.ok(share > fair, `${share} of ${fair}`);
      assert.ok(share < 1.5 * fair * 1.1, `${share} of ${fair}`);
      isNear(sum(counts.slice(0, own)), fair * (1.5 - fair / 2));
    }
  });

  it('R2S-2: nobody is left out, and without candidates that wait all workers are drawn alike', () => {
    for (const count of drawn(withWorkers(20), 20, 20)) isNear(count, 1 / 20);
    for (const count of drawn(withWorkers(20, 0), 20, 0)) isNear(count, 1 / 20);
    assert.deepEqual(drawn(withWorkers(1), 1, 0), [draws]);
    assert.equal(
      drawVerifier(contextOver(withWorkers(0).ext), { awaitsSeat: () => true }, new Uint8Array(32)),
      undefined,
    );
  });

  it('R2S-2: who missed the verdict is not drawn again for it', () => {
    const counts = drawn(withWorkers(5), 5, 2, 3);
    assert.equal(counts[3], 0);
    assert.ok(counts.every((count, worker) => worker === 3 || count > 0));
  });

  it('R2S-2, RS-5.5: waits for a seat who could have one: with stake, active, and not seated', () => {
    const chain = withWorkers(5);
    const change = (index: number, how: object) =>
      query.Staking.Candidates.put(chain, candidateOf(index), {
        ...newCandidate(candidateOf(index), STAKE, { registeredIn: undefined, era: 0n }),
        ...how,
      });
    change(1, { stake: STAKE - 1n });
    change(2, { state: 'Exiting' });
    change(3, { state: 'Removed' });
    const holders = () => [{ account: candidateOf(4), key: candidateOf(4) }];
    const waiting = [0, 1, 2, 3, 4, 9].filter((index) => awaitsSeat(chain, { holders }, candidateOf(index)));
    assert.deepEqual(waiting.map(candidateOf).map(toHex), [toHex(candidateOf(0))]);
  });
});
