// The main thread's side of the provider thread: starts, calls and stops it.
import type { ProviderAction, ProviderStatus } from '@cess/node-api';
import { CessError, type Logger, systemTimers } from '@cess/primitives';
import { openThread, WorkerCall } from '@cess/workers';
import type { ProviderCalls, ProviderTexts, ProviderThreadData } from './provider-protocol.js';

const maxPending = 1_024;

export class ProviderHost {
  /** Resolves when all providers serve and are registered on chain. */
  readonly ready: Promise<void>;
  readonly #thread: WorkerCall<ProviderCalls>;
  readonly #exited: Promise<void>;
  #isStopping = false;

  /** `onCrash` is called when the thread exits unexpectedly. */
  constructor(data: ProviderThreadData, logger: Logger, onCrash: () => void) {
    const url = new URL('./provider-thread.js', import.meta.url);
    const worker = openThread({ name: 'providers', url, workerData: data });
    this.#exited = new Promise((resolve) => worker.onEnd(() => resolve()));
    this.#thread = new WorkerCall({
      name: 'providers',
      open: () => worker,
      maxPending,
      busy: gone,
      gone,
      restarts: false,
      onEnd: () => {
        if (!this.#isStopping) onCrash();
      },
      timers: systemTimers,
      logger,
    });
    this.ready = this.#thread.call('whenReady', []);
  }

  status(): Promise<readonly ProviderStatus[]> {
    return this.#thread.call('status', []);
  }

  /** Metrics texts of the running providers, by name. */
  metrics(): Promise<ProviderTexts> {
    return this.#thread.call('metrics', []);
  }

  act(name: string, action: ProviderAction): Promise<ProviderStatus> {
    return this.#thread.call('act', [name, action]);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    try {
      await this.#thread.call('shutdown', []);
    } catch (error) {
      // The thread has already exited.
      if (!(error instanceof CessError)) throw error;
    }
    await this.#exited;
  }
}

function gone(): CessError {
  return new CessError('PROVIDER_THREAD_GONE', 'The thread of the providers has ended.');
}
