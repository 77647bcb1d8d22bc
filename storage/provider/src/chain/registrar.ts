// The registration of one provider while it runs: its index on chain, from the provider's directory or from the chain.
import { aborted, createDeferred, messageOf } from '@cess/primitives';
import { ensureRegistered, type RegistrationInit, rememberedIndex } from './registration.js';

export class Registrar {
  #index: number | undefined;
  #registered = createDeferred<number>();
  #stopping = new AbortController();
  #registering: Promise<void> = Promise.resolve();

  constructor(private readonly init: Omit<RegistrationInit, 'endpoint'>) {}

  /** Index on chain; undefined before the first registration. */
  get index(): number | undefined {
    return this.#index;
  }

  /** Resolves with the index once the chain shows the registration. Rejects when the provider stops first. */
  whenRegistered(): Promise<number> {
    return this.#registered.promise;
  }

  /** Loads the index from the directory. Throws `PROVIDER_DIRECTORY` for the directory of another provider. */
  async open(): Promise<void> {
    const { dir, account, chain } = this.init;
    this.#stopping = new AbortController();
    this.#registered = createDeferred();
    this.#registered.promise.catch(() => {
      // Nobody has to wait for the registration.
    });
    this.#index = await rememberedIndex({ dir, account, genesis: chain.genesis });
  }

  /** Registers in the background, or updates the record on chain. */
  start(endpoint: string): void {
    this.#registering = this.#register(endpoint);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#registered.reject(aborted());
    await this.#registering;
  }

  async #register(endpoint: string): Promise<void> {
    const { logger } = this.init;
    try {
      this.#index = await ensureRegistered({ ...this.init, endpoint }, this.#stopping.signal);
      this.#registered.resolve(this.#index);
      logger.info({ index: this.#index, endpoint }, 'provider registered');
    } catch (error) {
      logger.debug({ cause: messageOf(error) }, 'stopped registering');
    }
  }
}
