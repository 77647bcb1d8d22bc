// The reader's thread as the node's thread sees it: one call at a time, with bounds on what waits, on time and
// on memory. A call that exceeds one loses its thread; the next call starts another one. The time of a
// call begins when its thread has opened the database: terminating a thread inside the native code that opens it ends the process.
import {
  CessError,
  handledElsewhere,
  isCessError,
  type Logger,
  pause,
  systemTimers,
  type Timers,
} from '@cess/primitives';
import { openThread, WorkerCall } from '@cess/workers';

export interface ReaderInit {
  readonly dataDir: string;
}

export interface ReaderCalls {
  /** Resolves when the thread takes calls. */
  ready: { args: []; result: undefined };
  call: { args: [blockHash: Uint8Array, api: string, args: Uint8Array]; result: Uint8Array };
  metadata: { args: [version: 14 | 15 | 16, number: number]; result: Uint8Array };
  close: { args: []; result: undefined };
}

const maxPending = 256;
const maxCallMs = 5000;
const maxHeapMb = 512;

export class ReaderHost {
  readonly #thread: WorkerCall<ReaderCalls>;
  readonly #timers: Timers;
  #exited: Promise<void> = Promise.resolve();
  #pending = 0;
  #isClosing = false;
  /** Whether the thread of now has opened the database. */
  #isReady = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(init: ReaderInit, logger: Logger, timers: Timers = systemTimers) {
    this.#timers = timers;
    const url = new URL('./reader-worker.js', import.meta.url);
    this.#thread = new WorkerCall({
      name: 'chain-reader',
      open: () => {
        const worker = openThread({ name: 'chain-reader', url, workerData: init, maxHeapMb });
        this.#exited = new Promise((resolve) => worker.onEnd(() => resolve()));
        this.#isReady = false;
        return worker;
      },
      maxPending,
      busy,
      gone: callLimit,
      timers: systemTimers,
      logger,
    });
  }

  /** Rejects with the runtime's `CessError`, `ENGINE_BUSY` or `RPC_CALL_LIMIT`. */
  async run<M extends Exclude<keyof ReaderCalls, 'ready' | 'close'>>(
    method: M,
    ...args: ReaderCalls[M]['args']
  ): Promise<ReaderCalls[M]['result']> {
    if (this.#pending >= maxPending) throw busy();
    this.#pending++;
    const before = this.#last;
    const result = before.then(() => this.#limited(method, args));
    this.#last = Promise.allSettled([result]);
    try {
      return await result;
    } finally {
      this.#pending--;
    }
  }

  /**
   * Rejects what waits, lets a running call end, closes the database, and waits until the thread is gone by itself:
   * terminating it while it closes the database can block for ever.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#last;
    if (this.#thread.isRunning) {
      await this.#thread.call('close', []);
      await this.#exited;
    }
    await this.#thread.stop();
  }

  async #limited<M extends keyof ReaderCalls>(
    method: M,
    args: ReaderCalls[M]['args'],
  ): Promise<ReaderCalls[M]['result']> {
    if (this.#isClosing) throw new CessError('ENGINE_STOPPED', 'The chain node is stopping.', {});
    await this.#awaitReady();
    const limit = new AbortController();
    const done = new AbortController();
    const timeOut = async () => {
      await pause(this.#timers, maxCallMs, done.signal);
      if (!done.signal.aborted) limit.abort();
    };
    void timeOut();
    try {
      return await this.#thread.call(method, args, { signal: limit.signal });
    } catch (thrown) {
      if (!isCessError(thrown, 'ABORTED')) throw thrown;
      // The next call gets a new thread and need not wait until this one is gone.
      handledElsewhere(this.#thread.rest());
      throw callLimit();
    } finally {
      done.abort();
    }
  }

  async #awaitReady(): Promise<void> {
    if (this.#isReady && this.#thread.isRunning) return;
    await this.#thread.call('ready', []);
    this.#isReady = true;
  }
}

function busy(): CessError {
  return new CessError('ENGINE_BUSY', 'Too many runtime calls wait. Try again later.');
}

function callLimit(): CessError {
  return new CessError('RPC_CALL_LIMIT', 'The runtime call took too long or too much memory and was aborted.');
}
