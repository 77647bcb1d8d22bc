// Judges the proofs that the chain assigns to this worker, in batches, before their deadlines (docs/protocol/audit.md §4). It
// follows finalized blocks and scans the chain at the start. Failures are retried until the deadline. No state is stored,
// because the verdict on a proof is always the same.
import {
  BackgroundLoop,
  type BackgroundPorts,
  isAbort,
  isCessError,
  isRetryable,
  pause,
  SetAside,
} from '@cess/primitives';
import type { FinalizedHead, TeeChain, TeeEvent } from '../chain-port.js';
import { readRoundToJudge } from '../enclave/chain-claims.js';
import type { Enclave, Judgement } from '../enclave/enclave.js';
import { ReadingAt } from '../evidence.js';
import { type Due, DueRounds } from './due-rounds.js';

/** Most proofs in one call of the enclave. Tag requests run in between. */
const judgedAtOnce = 64;
const readsAtOnce = 16;
const backOff = { leastMs: 250, mostMs: 10_000 };
/** After this many rejections by the chain or the enclave, a round is set aside. */
const maxAttempts = 5;
/** A block with slots of 1 s has room for so many verdicts of the most that a round asks. */
const verdictsPerCall = 128;
/** Timeout of one submission. By then the deadlines of its rounds are near or have passed. */
const submissionTimeoutMs = 60_000;

export interface VerificationDutyInit extends BackgroundPorts {
  readonly chain: TeeChain;
  readonly enclave: Pick<Enclave, 'describe' | 'judge'>;
  readonly worker: number;
  readonly batchWaitMs: number;
  /** Called when the chain has suspended the worker. */
  readonly onSuspended: () => void;
}

/** Submitted verdicts since the start, and rounds that wait for a verdict. */
export interface VerdictCounts {
  readonly passed: number;
  readonly failed: number;
  readonly due: number;
}

export class VerificationDuty {
  readonly #due = new DueRounds();
  readonly #stopping = new AbortController();
  readonly #setAside: SetAside;
  readonly #loop: BackgroundLoop;
  #unfollow: (() => Promise<void>) | undefined;
  #passed = 0;
  #failed = 0;

  constructor(private readonly init: VerificationDutyInit) {
    const name = 'verification duty';
    this.#setAside = new SetAside(name, init, { attempts: maxAttempts });
    this.#loop = new BackgroundLoop({ ...init, name, task: (signal) => this.#run(signal), backOff });
  }

  get counts(): VerdictCounts {
    return { passed: this.#passed, failed: this.#failed, due: this.#due.size };
  }

  start(): void {
    const { chain, worker, onSuspended } = this.init;
    const listener = (events: readonly TeeEvent[], number: number): void => {
      this.#due.apply(events, number, worker);
      if (this.#due.size > 0) this.#loop.trigger();
      if (events.some((event) => event.type === 'suspended' && event.worker === worker)) onSuspended();
    };
    this.#unfollow = chain.follow(listener, () => {
      this.#due.askForScan();
      this.#loop.trigger();
    });
    this.#loop.trigger();
    this.#loop.start();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#unfollow?.();
    await this.#loop.stop();
  }

  async #run(signal: AbortSignal): Promise<'again' | undefined> {
    if (this.#due.needsScan) await this.#scan();
    if (this.#due.size === 0) return undefined;
    if (this.#due.size < verdictsPerCall) await pause(this.init.timers, this.init.batchWaitMs, signal);
    if (signal.aborted) return undefined;
    const settled = await this.#settleEach(this.#due.next(verdictsPerCall), signal);
    if (this.#due.size === 0) return undefined;
    // The node's finalized block is older than the event. A retry finds a newer one.
    if (settled === 0) await pause(this.init.timers, backOff.leastMs, signal);
    return 'again';
  }

  /** Settles each round of a failed batch alone, and sets the failing one aside until the next scan. */
  async #settleEach(batch: readonly Due[], signal: AbortSignal): Promise<number> {
    try {
      return await this.#settle(batch);
    } catch (error) {
      if (signal.aborted || !isCessError(error) || isRetryable(error) || isAbort(error)) throw error;
      const [only, ...others] = batch;
      if (only !== undefined && others.length === 0) {
        const name = `round ${only.round} of provider ${only.provider}`;
        this.#setAside.refuse(name, error);
        if (!this.#setAside.has(name)) return 0;
        this.#setAside.forget(name);
        this.#due.done(only);
        return 1;
      }
      let settled = 0;
      for (const due of batch) settled += await this.#settleEach([due], signal);
      return settled;
    }
  }

  async #scan(): Promise<void> {
    const { chain, worker, logger } = this.init;
    const { number: seenAt } = await chain.finalizedHead();
    this.#due.beginScan();
    let found = 0;
    try {
      for await (const round of chain.roundsDue(worker)) {
        if (this.#stopping.signal.aborted) return;
        if (!this.#due.add({ ...round, seenAt })) break;
        found++;
      }
    } catch (error) {
      this.#due.askForScan();
      throw error;
    }
    if (found > 0) logger.info({ found }, 'found proofs that wait for a verdict');
  }

  /** Returns the number of settled rounds. */
  async #settle(batch: readonly Due[]): Promise<number> {
    if (batch.length === 0) return 0;
    const { chain, logger } = this.init;
    const { signal } = this.#stopping;
    const head = await chain.finalizedHead();
    const judgements: Judgement[] = [];
    const judged: Due[] = [];
    let dropped = 0;
    for (let from = 0; from < batch.length && !signal.aborted; from += judgedAtOnce) {
      const some = batch.slice(from, from + judgedAtOnce);
      for (const [due, judgement] of await this.#judge(head, some)) {
        if (judgement !== undefined) {
          judgements.push(judgement);
          judged.push(due);
        } else if (head.number >= due.seenAt) {
          this.#due.done(due);
          dropped++;
        }
      }
    }
    if (judgements.length === 0) return dropped;
    await this.#submit(judgements);
    for (const due of judged) this.#due.done(due);
    const failed = judgements.filter(({ passed }) => !passed);
    this.#failed += failed.length;
    this.#passed += judgements.length - failed.length;
    logger.info({ verdicts: judgements.length, failed: failed.length }, 'submitted verdicts');
    for (const { provider, round } of failed) logger.warn({ provider, round }, 'judged a proof as wrong');
    return dropped + judged.length;
  }

  async #submit(judgements: readonly Judgement[]): Promise<void> {
    const { signal } = this.#stopping;
    const waiting = new AbortController();
    const giveUp = () => waiting.abort();
    const timer = setTimeout(giveUp, submissionTimeoutMs);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await this.init.chain.submitVerdicts(judgements, waiting.signal);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Undefined for a round that this worker must not judge in the state of the head. */
  async #judge(head: FinalizedHead, batch: readonly Due[]): Promise<(readonly [Due, Judgement | undefined])[]> {
    const { enclave } = this.init;
    const asked: { readonly due: Due; readonly proof: readonly Uint8Array[] }[] = [];
    for (let from = 0; from < batch.length; from += readsAtOnce) {
      const proofs = await Promise.all(batch.slice(from, from + readsAtOnce).map((due) => this.#prove(head, due)));
      asked.push(...proofs);
    }
    const rounds = asked.map(({ due: { provider, keyId, round }, proof }) => ({ provider, keyId, round, proof }));
    const { header, justification, setChanges } = head;
    const block = { header, justification, setChanges };
    const judgements = await enclave.judge({ block, rounds }, this.#stopping.signal);
    return asked.map(({ due }, i) => [due, judgements[i]] as const);
  }

  /** The proof also covers absent rounds, which the enclave detects itself. */
  async #prove(head: FinalizedHead, due: Due) {
    const { chain, enclave } = this.init;
    const reading = new ReadingAt(chain, head);
    await readRoundToJudge(reading.read, due, { genesis: chain.genesis, signerKey: enclave.describe().signerKey });
    return { due, proof: await reading.prove() };
  }
}
