// The engine as the node's thread sees it: promises over a worker thread, with a bound on what waits.
import { Worker } from 'node:worker_threads';
import { CessError, createDeferred, type Deferred, type ErrorCode, type Logger } from '@cess/primitives';
import type { EngineCalls, EngineInit, EngineMethod, EngineReply, EngineRequest } from './engine-types.js';

const maxPending = 4096;

export class EngineHost {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Deferred<unknown>>();
  readonly #exited: Promise<void>;
  readonly #logger: Logger;
  #nextId = 1;
  #failure: CessError | undefined;
  #closing: Promise<void> | undefined;

  /** `onFailure` is called once when the thread dies without being asked to. */
  constructor(init: EngineInit, logger: Logger, onFailure: (reason: CessError) => void) {
    this.#logger = logger;
    this.#worker = new Worker(new URL('./engine-worker.js', import.meta.url), {
      workerData: init,
      name: 'chain-engine',
    });
    this.#worker.on('message', (reply: EngineReply) => this.#settle(reply));
    this.#worker.on('error', (cause) => {
      this.#fail(
        new CessError('ENGINE_FAILED', `The chain engine stopped: ${cause.message}`, {}, { cause }),
        onFailure,
      );
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#fail(new CessError('ENGINE_STOPPED', 'The chain engine is stopped.', { code }), onFailure);
        resolve();
      });
    });
  }

  /** Runs one engine call. Rejects with the engine's `CessError`, `ENGINE_BUSY` or `ENGINE_STOPPED`. */
  run<M extends EngineMethod>(method: M, ...args: EngineCalls[M]['args']): Promise<EngineCalls[M]['result']> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#closing && method !== 'close') return Promise.reject(stopped());
    if (this.#pending.size >= maxPending) {
      return Promise.reject(new CessError('ENGINE_BUSY', 'Too many requests wait for the chain. Try again later.'));
    }
    const id = this.#nextId++;
    const deferred = createDeferred<unknown>();
    this.#pending.set(id, deferred);
    this.#worker.postMessage({ id, method, args } as EngineRequest);
    return deferred.promise as Promise<EngineCalls[M]['result']>;
  }

  /** Lets running calls end, closes the database, and waits for the thread to be gone. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      if (!this.#failure) {
        await new Promise<void>((resolve) => {
          const id = this.#nextId++;
          const deferred = createDeferred<unknown>();
          this.#pending.set(id, deferred);
          deferred.promise.then(
            () => resolve(),
            () => resolve(),
          );
          this.#worker.postMessage({ id, method: 'close', args: [] } satisfies EngineRequest);
        });
      }
      await this.#exited;
    })();
    return this.#closing;
  }

  #settle(reply: EngineReply): void {
    const deferred = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (!deferred) return;
    if (reply.ok) deferred.resolve(reply.value);
    else {
      if (reply.code === 'ENGINE_FAILED') this.#logger.error({ data: reply.data }, reply.message);
      deferred.reject(new CessError(reply.code as ErrorCode, reply.message, reply.data as never));
    }
  }

  #fail(failure: CessError, onFailure: (reason: CessError) => void): void {
    if (this.#failure) return;
    this.#failure = failure;
    for (const deferred of this.#pending.values()) deferred.reject(failure);
    this.#pending.clear();
    if (!this.#closing) onFailure(failure);
  }
}

function stopped(): CessError {
  return new CessError('ENGINE_STOPPED', 'The chain engine is stopped.');
}
