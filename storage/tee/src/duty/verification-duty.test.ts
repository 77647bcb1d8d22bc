// The duty to judge: in batches, before the deadline, whatever happens to node, chain and enclave meanwhile.
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { CessError, createDeferred, noMetrics, silentLogger, systemTimers, throwFatal, webRng } from '@cess/primitives';
import type { DueRound, Enclave, Judgement, TeeEvent } from '../index.js';
import {
  description,
  newChain,
  newCore,
  provider,
  putRound,
  roundRef,
  worker,
} from '../test-support/enclave-fixture.js';
import { FakeTeeChain } from '../test-support/fake-chain.js';
import { DueRounds } from './due-rounds.js';
import { VerificationDuty } from './verification-duty.js';

const { keyId } = description;
const due = (round = roundRef.round, verifyBy = 100, of = provider): DueRound => ({
  provider: of,
  keyId,
  round,
  verifyBy,
});
const submittedEvent = (round: DueRound, given: number | undefined = worker): TeeEvent => ({
  type: 'due',
  worker: given,
  ...round,
});

describe('rounds that are due', () => {
  it('are those that finalized blocks give to this worker, the nearest deadline first', () => {
    const rounds = new DueRounds();
    const events = [submittedEvent(due(1, 60)), submittedEvent(due(2, 50)), submittedEvent(due(3), worker + 1)];
    rounds.apply(events, 10, worker);
    assert.deepEqual(
      rounds.next(9).map(({ round }) => round),
      [2, 1],
    );
    assert.equal(rounds.next(1).length, 1);
  });

  it('end with a verdict, a close, another verifier, or their deadline', () => {
    const rounds = new DueRounds();
    const all = [1, 2, 3].map((round) => submittedEvent(due(round)));
    rounds.apply([...all, submittedEvent(due(4, 12))], 10, worker);
    rounds.apply([{ type: 'settled', ...due(1) }, submittedEvent(due(2), worker + 1)], 11, worker);
    assert.deepEqual(
      rounds.next(9).map(({ round }) => round),
      [4, 3],
    );
    rounds.apply([], 12, worker);
    assert.deepEqual(
      rounds.next(9).map(({ round }) => round),
      [3],
    );
  });

  it('a verdict that came too late does not take away a round that was given to the worker again', () => {
    const rounds = new DueRounds();
    rounds.apply([submittedEvent(due(1, 20))], 10, worker);
    const [first] = rounds.next(1);
    rounds.apply([submittedEvent(due(1, 40))], 21, worker);
    rounds.done(first!);
    assert.deepEqual(
      rounds.next(1).map(({ verifyBy }) => verifyBy),
      [40],
    );
  });

  it('what does not fit asks for a scan', () => {
    const rounds = new DueRounds(2);
    rounds.beginScan();
    rounds.apply([submittedEvent(due(1)), submittedEvent(due(2))], 10, worker);
    assert.equal(rounds.needsScan, false);
    rounds.apply([submittedEvent(due(3))], 11, worker);
    assert.deepEqual([rounds.size, rounds.needsScan], [2, true]);
  });
});

describe('verification duty', () => {
  const running: VerificationDuty[] = [];
  afterEach(async () => {
    for (const duty of running.splice(0)) await duty.stop();
  });

  function start(chain: FakeTeeChain, enclave: Pick<Enclave, 'describe' | 'judge'> = newCore(), batchWaitMs = 0) {
    const suspended = createDeferred<void>();
    const duty = new VerificationDuty({
      ...{ timers: systemTimers, rng: webRng, logger: silentLogger, metrics: noMetrics, onFatal: throwFatal },
      ...{ chain, enclave, worker, batchWaitMs },
      onSuspended: () => suspended.resolve(),
    });
    running.push(duty);
    duty.start();
    return { duty, suspended: suspended.promise };
  }
  const flat = (chain: FakeTeeChain) => chain.submitted.flat().map(({ round, passed }) => [round, passed]);

  it('PODR2-6: a proof that a finalized block gives to the worker is judged by the enclave and submitted', async () => {
    const chain = new FakeTeeChain(newChain());
    start(chain);
    const submission = chain.nextSubmission();
    chain.finalize(submittedEvent(due()));
    await submission;
    assert.deepEqual(flat(chain), [[roundRef.round, false]]);
  });

  it('after a start the chain is asked what waits, also what a crash left', async () => {
    const chain = new FakeTeeChain(newChain());
    chain.waiting.push(due());
    const submission = chain.nextSubmission();
    start(chain);
    await submission;
    assert.deepEqual(flat(chain), [[roundRef.round, false]]);
  });

  it('tries again after the node, the enclave and the chain failed, with the same verdict', async () => {
    const chain = new FakeTeeChain(newChain());
    const core = newCore();
    const given: Judgement[] = [];
    let deaths = 1;
    const enclave = {
      describe: () => core.describe(),
      judge: async (request: Parameters<Enclave['judge']>[0]) => {
        if (deaths-- > 0) throw new CessError('ENCLAVE_GONE', 'died');
        const judgements = await core.judge(request);
        given.push(...judgements.flatMap((judgement) => judgement ?? []));
        return judgements;
      },
    };
    chain.failures.push(new CessError('CHAIN_DISPATCH_FAILED', 'refused'));
    chain.isDown = true;
    start(chain, enclave);
    const submission = chain.nextSubmission();
    chain.finalize(submittedEvent(due()));
    chain.isDown = false;
    await submission;
    assert.equal(given.length, 2);
    assert.deepEqual(given[0], given[1]);
    assert.deepEqual(flat(chain), [[roundRef.round, false]]);
  });

  it('collects what comes within its wait into one submission', async () => {
    const chain = new FakeTeeChain(newChain());
    const batches: number[] = [];
    const enclave = {
      describe: () => description,
      judge: async ({ rounds }: Parameters<Enclave['judge']>[0]) => {
        batches.push(rounds.length);
        return rounds.map(({ round }) => ({ provider, keyId, round, passed: true, signature: new Uint8Array(64) }));
      },
    };
    start(chain, enclave, 50);
    const submission = chain.nextSubmission();
    chain.finalize(submittedEvent(due(1)));
    chain.finalize(submittedEvent(due(2)), submittedEvent(due(3)));
    await submission;
    assert.deepEqual(batches, [3]);
    assert.deepEqual(
      chain.submitted.map((verdicts) => verdicts.length),
      [3],
    );
  });

  it('a hundred proofs go to the enclave in parts, so that tags have their turn, and to the chain together', async () => {
    const chain = new FakeTeeChain(newChain());
    const batches: number[] = [];
    const enclave = {
      describe: () => description,
      judge: async ({ rounds }: Parameters<Enclave['judge']>[0]) => {
        batches.push(rounds.length);
        return rounds.map(({ round }) => ({ provider, keyId, round, passed: true, signature: new Uint8Array(64) }));
      },
    };
    chain.waiting.push(...Array.from({ length: 100 }, (_, round) => due(round)));
    const submission = chain.nextSubmission();
    start(chain, enclave);
    await submission;
    assert.deepEqual(batches, [64, 36]);
    assert.equal(chain.submitted[0]!.length, 100);
  });

  it('gives no verdict on a round that is over or given to another in the state that it proves', async () => {
    const state = newChain();
    putRound(state, { worker: worker + 1 });
    const chain = new FakeTeeChain(state);
    start(chain);
    chain.finalize(submittedEvent(due()));
    const submission = chain.nextSubmission();
    putRound(state, {});
    chain.finalize(submittedEvent(due(roundRef.round, 120)));
    await submission;
    assert.deepEqual(flat(chain), [[roundRef.round, false]]);
  });

  it('does not take a round for over that the node does not show yet', async () => {
    const state = newChain();
    putRound(state, { isOpen: true });
    const chain = new FakeTeeChain(state);
    const lagging = await chain.finalizedHead();
    chain.finalizedHead = async () => {
      if (chain.calls.filter((call) => call === 'lagging').length < 3) {
        chain.calls.push('lagging');
        return lagging;
      }
      return FakeTeeChain.prototype.finalizedHead.call(chain);
    };
    start(chain);
    const submission = chain.nextSubmission();
    putRound(state, {});
    chain.finalize(submittedEvent(due()));
    await submission;
    assert.deepEqual(flat(chain), [[roundRef.round, false]]);
  });

  it('TEE-3: hears of its suspension, and of no one else’s', async () => {
    const chain = new FakeTeeChain(newChain());
    const { suspended } = start(chain);
    let heard = false;
    void suspended.then(() => {
      heard = true;
    });
    chain.finalize({ type: 'suspended', worker: worker + 1 });
    await Promise.resolve();
    assert.equal(heard, false);
    chain.finalize({ type: 'suspended', worker });
    await suspended;
  });

  it('stops while it waits, judges or submits', async () => {
    const chain = new FakeTeeChain(newChain());
    const { duty: idle } = start(chain);
    await idle.stop();
    const judging = createDeferred<void>();
    const enclave = {
      describe: () => description,
      judge: (_request: unknown, signal?: AbortSignal) => {
        judging.resolve();
        return new Promise<never>((_, reject) => {
          signal?.addEventListener('abort', () => reject(new CessError('ABORTED', 'aborted')));
        });
      },
    };
    const { duty } = start(chain, enclave);
    chain.finalize(submittedEvent(due()));
    await judging.promise;
    await duty.stop();
    assert.deepEqual(chain.submitted, []);
  });
});
