// The engine as the node's thread sees it: promises over a worker thread, with a bound on what waits. Its thread is never
// started again: the node ends when it dies.
import { CessError, type Logger, messageOf, systemTimers } from '@cess/primitives';
import { type EndReason, openThread, WorkerCall } from '@cess/workers';
import type { EngineCalls, EngineInit, EngineMethod } from './engine-types.js';

const maxPending = 4096;

export class EngineHost {
  readonly #thread: WorkerCall<EngineCalls>;
  readonly #exited: Promise<void>;
  #closing: Promise<void> | undefined;

  /** `onFailure` is called once when the thread exits unexpectedly. */
  constructor(init: EngineInit, logger: Logger, onFailure: (reason: CessError) => void) {
    const url = new URL('./engine-worker.js', import.meta.url);
    const worker = openThread({ name: 'chain-engine', url, workerData: init });
    this.#exited = new Promise((resolve) => worker.onEnd(() => resolve()));
    this.#thread = new WorkerCall({
      name: 'chain-engine',
      open: () => worker,
      maxPending,
      busy: () => new CessError('ENGINE_BUSY', 'Too many requests wait for the chain. Try again later.'),
      gone: endOf,
      restarts: false,
      onEnd: (reason) => {
        if (this.#closing === undefined) onFailure(endOf(reason));
      },
      timers: systemTimers,
      logger,
    });
  }

  /** Runs one engine call. Rejects with the engine's `CessError`, `ENGINE_BUSY`, `ENGINE_STOPPED` or `ENGINE_FAILED`. */
  run<M extends EngineMethod>(method: M, ...args: EngineCalls[M]['args']): Promise<EngineCalls[M]['result']> {
    if (this.#closing !== undefined) return Promise.reject(endOf(undefined));
    return this.#thread.call(method, args);
  }

  /** Waits for running calls, closes the database, and waits until the thread has exited. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#thread.call('close', []);
    } catch (error) {
      // The thread has already exited, or opening its database failed.
      if (!(error instanceof CessError)) throw error;
    }
    await this.#exited;
  }
}

function endOf(reason: EndReason | undefined): CessError {
  if (reason?.error !== undefined) {
    const cause = reason.error;
    return new CessError('ENGINE_FAILED', `The chain engine stopped: ${messageOf(cause)}`, {}, { cause });
  }
  return new CessError('ENGINE_STOPPED', 'The chain engine is stopped.', reason?.code ? { code: reason.code } : {});
}
