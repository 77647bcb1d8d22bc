// The one loop for background work. It runs a task again and again: periodically, when triggered, or both. An error that
// is retryable by its declaration is retried with back-off. Any other error is a bug or needs a person, so it ends the loop
// and reaches the process's fatal handler: no failure is swallowed. A trigger is never lost, also while the task runs.
import { pause } from './async.js';
import { isAbort, isCessError, isRetryable, messageOf } from './error.js';
import type { Counter, Metrics } from './metrics.js';
import type { Logger, Rng, Timers } from './ports.js';

/** Called with an error after which the process must not continue, and the name of the loop that met it. */
export type OnFatal = (error: unknown, loop: string) => void;

/** The handler of a process that has none of its own, such as a test: an uncaught exception ends it. */
export const throwFatal: OnFatal = (error) => {
  queueMicrotask(() => {
    throw error;
  });
};

/** Decides whether work may run now: several processes may share it, and only one of them does it at a time. */
export interface Gate {
  /** Undefined: not now. Otherwise call the result when the work has ended. */
  enter(): (() => void) | undefined;
}

/** What all background work of a process needs; its composition root provides one. */
export interface BackgroundPorts {
  readonly timers: Timers;
  /** Jitter, so that processes that failed together do not retry together. */
  readonly rng: Rng;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly onFatal: OnFatal;
  /** Default: open. */
  readonly gate?: Gate | undefined;
}

export interface BackOffLimits {
  /** Pause after the first failure; doubles with each failure in a row. */
  readonly leastMs: number;
  readonly mostMs: number;
}

export interface BackgroundLoopInit extends BackgroundPorts {
  /** Names the loop in logs and metrics. */
  readonly name: string;
  /** One run. Resolving with 'again' starts the next run at once. */
  readonly task: (signal: AbortSignal) => Promise<unknown>;
  /** Pause between two runs; without it the task runs only when triggered. Read after every run. */
  readonly periodMs?: number | (() => number);
  /** Pause before the first run of a periodic loop. Default 0. */
  readonly firstPauseMs?: number;
  /** Default 500 ms to 15 s. */
  readonly backOff?: BackOffLimits;
}

/** Pause between two looks at a closed gate. */
const gatePauseMs = 500;

const defaultBackOff: BackOffLimits = { leastMs: 500, mostMs: 15_000 };

export function declareFailureCounter(metrics: Metrics): Counter<'loop' | 'code'> {
  return metrics.counter({
    name: 'cess_background_failures_total',
    help: 'Failures of background work, by loop and error code',
    labels: ['loop', 'code'],
  });
}

export class BackgroundLoop {
  readonly #stopping = new AbortController();
  readonly #failed: Counter<'loop' | 'code'>;
  /** Ends the pause under way. */
  #pause = new AbortController();
  #isTriggered = false;
  #isBackingOff = false;
  #failures = 0;
  #running: Promise<void> | undefined;

  constructor(private readonly init: BackgroundLoopInit) {
    this.#failed = declareFailureCounter(init.metrics);
  }

  /** Idempotent. A stopped loop does not start again. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Aborts the run under way and waits until it ends. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#pause.abort();
    await this.#running;
  }

  /** Runs the task soon: at once if it pauses, once more if it runs, and after the back-off if it failed. */
  trigger(): void {
    this.#isTriggered = true;
    if (!this.#isBackingOff) this.#pause.abort();
  }

  /** The same, and ends a back-off: the cause of the failure may be gone. */
  retryNow(): void {
    this.#isTriggered = true;
    this.#pause.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { periodMs, firstPauseMs = 0 } = this.init;
    if (periodMs === undefined || firstPauseMs > 0) await this.#rest(periodMs === undefined ? undefined : firstPauseMs);
    while (!signal.aborted) {
      const leave = await this.#enter();
      if (leave === undefined) return;
      this.#isTriggered = false;
      try {
        const next = await this.#runTask(leave);
        this.#failures = 0;
        if (next !== 'again') await this.#rest(typeof periodMs === 'function' ? periodMs() : periodMs);
      } catch (error) {
        if (signal.aborted && (isAbort(error) || isCessError(error))) return;
        if (!isRetryable(error) && !isAbort(error)) return this.#fatal(error);
        await this.#backOff(error);
      }
    }
  }

  /** Waits for the gate. Undefined: the loop is stopped. */
  async #enter(): Promise<(() => void) | undefined> {
    const { gate, timers } = this.init;
    if (gate === undefined) return () => {};
    for (;;) {
      if (this.#stopping.signal.aborted) return undefined;
      const leave = gate.enter();
      if (leave !== undefined) return leave;
      await pause(timers, gatePauseMs, this.#stopping.signal);
    }
  }

  async #runTask(leave: () => void): Promise<unknown> {
    try {
      return await this.init.task(this.#stopping.signal);
    } finally {
      leave();
    }
  }

  /** Without `ms`, until the loop is triggered or stopped. */
  async #rest(ms: number | undefined): Promise<void> {
    if (this.#isTriggered || this.#stopping.signal.aborted) return;
    this.#pause = new AbortController();
    const { signal } = this.#pause;
    if (ms !== undefined) return pause(this.init.timers, ms, signal);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  async #backOff(error: unknown): Promise<void> {
    const { name, logger, rng, timers, backOff = defaultBackOff } = this.init;
    const code = isCessError(error) ? error.code : 'ABORTED';
    this.#failed.add(1, { loop: name, code });
    const mostMs = Math.min(backOff.mostMs, backOff.leastMs * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    const retryInMs = Math.round((mostMs * (1 + randomShare(rng))) / 2);
    const fields = { loop: name, code, cause: messageOf(error), failures: this.#failures, retryInMs };
    logger.warn(fields, 'background work failed; retrying');
    this.#pause = new AbortController();
    this.#isBackingOff = true;
    if (!this.#stopping.signal.aborted) await pause(timers, retryInMs, this.#pause.signal);
    this.#isBackingOff = false;
  }

  #fatal(error: unknown): void {
    const { name, onFatal } = this.init;
    this.#failed.add(1, { loop: name, code: isCessError(error) ? error.code : 'UNEXPECTED' });
    onFatal(error, name);
  }
}

/** At least 0, below 1. */
export function randomShare(rng: Rng): number {
  const [low = 0, high = 0] = rng.bytes(2);
  return (low + 256 * high) / 65_536;
}
