// The network's side of the provider thread: starts it, asks it, ends it.
import { Worker } from 'node:worker_threads';
import type { ProviderAction, ProviderStatus } from '@cess/node-api';
import { CessError, type CodesWithoutData, createDeferred, type Deferred } from '@cess/primitives';
import type {
  ProviderNotice,
  ProviderReply,
  ProviderRequest,
  ProviderTexts,
  ProviderThreadData,
} from './provider-protocol.js';

export class ProviderHost {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Deferred<unknown>>();
  readonly #ready = createDeferred<void>();
  readonly #exited = createDeferred<void>();
  #nextId = 1;

  constructor(data: ProviderThreadData, onCrash: (reason: unknown) => void) {
    this.#worker = new Worker(new URL('./provider-thread.js', import.meta.url), { workerData: data });
    this.#ready.promise.catch(() => {});
    this.#worker.on('message', (message: ProviderNotice | ProviderReply) => this.#receive(message));
    this.#worker.on('error', (error) => {
      this.#ready.reject(error);
      onCrash(error);
    });
    this.#worker.on('exit', () => {
      const gone = new CessError('PROVIDER_THREAD_GONE', 'The thread of the providers has ended.');
      this.#ready.reject(gone);
      for (const { reject } of this.#pending.values()) reject(gone);
      this.#pending.clear();
      this.#exited.resolve();
    });
  }

  /** Resolves when all providers serve and are registered on chain. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  status(): Promise<readonly ProviderStatus[]> {
    return this.#ask({ type: 'status' }) as Promise<readonly ProviderStatus[]>;
  }

  /** Texts of the metrics of those that run, by name. */
  metrics(): Promise<ProviderTexts> {
    return this.#ask({ type: 'metrics' }) as Promise<ProviderTexts>;
  }

  async act(name: string, action: ProviderAction): Promise<ProviderStatus> {
    const [status] = (await this.#ask({ type: 'action', name, action })) as readonly ProviderStatus[];
    return status!;
  }

  async stop(): Promise<void> {
    await this.#ask({ type: 'shutdown' }).catch(() => {});
    await this.#exited.promise;
  }

  #ask(
    request: { type: 'status' | 'metrics' | 'shutdown' } | { type: 'action'; name: string; action: ProviderAction },
  ): Promise<unknown> {
    const id = this.#nextId++;
    const deferred = createDeferred<unknown>();
    this.#pending.set(id, deferred);
    this.#worker.postMessage({ ...request, id } satisfies ProviderRequest);
    return deferred.promise;
  }

  #receive(message: ProviderNotice | ProviderReply): void {
    if ('type' in message) {
      if (message.type === 'ready') this.#ready.resolve();
      else this.#ready.reject(new CessError(message.code as CodesWithoutData, message.message));
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.ok) pending?.resolve(message.value);
    else pending?.reject(new CessError(message.code as CodesWithoutData, message.message));
  }
}
