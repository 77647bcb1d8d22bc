// Looks every few seconds whether the folder of the fragment store is still there. When it is gone, the provider answers 503
// (serving/router.ts) and stops its duties, which would take every fragment for lost and report it. The failures of the loop
// are logged and counted with their code until the provider is restarted.
import type { FragmentStore } from '@cess/fragment-store';
import { BackgroundLoop, type BackgroundPorts, isCessError } from '@cess/primitives';

const periodMs = 2_000;

export interface StoreWatchInit extends BackgroundPorts {
  readonly store: Pick<FragmentStore, 'checkPresence'>;
  /** Called once, when the store is gone. */
  readonly onGone: () => Promise<void>;
}

export class StoreWatch {
  readonly #loop: BackgroundLoop;
  #isGone = false;

  constructor(private readonly init: StoreWatchInit) {
    this.#loop = new BackgroundLoop({ ...init, name: 'store watch', task: () => this.#look(), periodMs });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #look(): Promise<void> {
    try {
      await this.init.store.checkPresence();
    } catch (thrown) {
      if (isCessError(thrown, 'FRAGMENT_STORE_GONE')) await this.#stopDuties(thrown.message);
      throw thrown;
    }
  }

  async #stopDuties(reason: string): Promise<void> {
    if (this.#isGone) return;
    this.#isGone = true;
    this.init.logger.error({ reason }, 'the fragment store is gone; the provider answers 503 until it is restarted');
    await this.init.onGone();
  }
}
