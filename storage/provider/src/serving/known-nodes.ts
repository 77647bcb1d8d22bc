// Who may talk to this provider: gateways with the node key they registered (to store, delete, declare) and other
// registered nodes (to read). The list of gateways is kept in memory and read again for an unknown key at most once a
// second; whether a key is a provider's is asked key by key, so many times a second at most, for during a repair many
// strangers come at once. While the chain does not answer the last answers stay in force, so that uploads go on.
import { equalBytes, type Logger, messageOf, toHex } from '@cess/primitives';
import type { ProviderChain } from '../chain/chain-port.js';

const refreshIntervalMs = 30_000;
const missIntervalMs = 1_000;
const maxKnownProviders = 20_000;
/** Questions to the chain about unknown keys within a second. */
const maxQuestions = 64;

export interface KnownNodesInit {
  readonly chain: Pick<ProviderChain, 'listGateways' | 'providerOfNodeKey'>;
  readonly nowMs: () => number;
  readonly logger: Logger;
}

export class KnownNodes {
  #keyOfGateway = new Map<string, Uint8Array>();
  #gatewayKeys = new Set<string>();
  /** Node keys of other providers, by when they were last confirmed. */
  readonly #providerKeys = new Map<string, number>();
  #refreshedAtMs = Number.NEGATIVE_INFINITY;
  #missAtMs = Number.NEGATIVE_INFINITY;
  #questionsSinceMs = Number.NEGATIVE_INFINITY;
  #questions = 0;
  #refreshing: Promise<void> | undefined;

  constructor(private readonly init: KnownNodesInit) {}

  /** True if `nodeKey` is the registered key of the gateway with this account. */
  async isGateway(account: Uint8Array, nodeKey: Uint8Array): Promise<boolean> {
    const name = toHex(account);
    const matches = () => {
      const registered = this.#keyOfGateway.get(name);
      return registered !== undefined && equalBytes(registered, nodeKey);
    };
    if (matches()) {
      if (this.#isStale()) void this.#refresh();
      return true;
    }
    await this.#refreshOnMiss();
    return matches();
  }

  /** True if some gateway or provider registered this node key. */
  async isNode(nodeKey: Uint8Array): Promise<boolean> {
    const name = toHex(nodeKey);
    const now = this.init.nowMs();
    if (this.#gatewayKeys.has(name)) {
      if (this.#isStale()) void this.#refresh();
      return true;
    }
    if (now - (this.#providerKeys.get(name) ?? Number.NEGATIVE_INFINITY) < refreshIntervalMs) return true;
    if (this.#mayAsk(now) && (await this.#askForProvider(nodeKey, name))) return true;
    await this.#refreshOnMiss();
    return this.#gatewayKeys.has(name) || this.#providerKeys.has(name);
  }

  /** Loads the list; failures are logged and leave the last one. */
  refresh(): Promise<void> {
    return this.#refresh();
  }

  async #askForProvider(nodeKey: Uint8Array, name: string): Promise<boolean> {
    try {
      if ((await this.init.chain.providerOfNodeKey(nodeKey)) === undefined) {
        this.#providerKeys.delete(name);
        return false;
      }
    } catch (error) {
      this.init.logger.debug({ cause: messageOf(error) }, 'the chain could not be asked for a node key');
      return this.#providerKeys.has(name);
    }
    if (this.#providerKeys.size >= maxKnownProviders) this.#providerKeys.clear();
    this.#providerKeys.set(name, this.init.nowMs());
    return true;
  }

  #mayAsk(now: number): boolean {
    if (now - this.#questionsSinceMs >= missIntervalMs) {
      this.#questionsSinceMs = now;
      this.#questions = 0;
    }
    return this.#questions++ < maxQuestions;
  }

  #isStale(): boolean {
    return this.init.nowMs() - this.#refreshedAtMs >= refreshIntervalMs;
  }

  /** Reads the list of gateways for an unknown key, unless that was done within the last second. */
  async #refreshOnMiss(): Promise<void> {
    const now = this.init.nowMs();
    if (this.#refreshing === undefined) {
      if (now - this.#missAtMs < missIntervalMs) return;
      this.#missAtMs = now;
    }
    await this.#refresh();
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#load().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #load(): Promise<void> {
    // Also after a failure the next attempt waits for the interval or an unknown key.
    this.#refreshedAtMs = this.init.nowMs();
    try {
      const gateways = await this.init.chain.listGateways();
      this.#keyOfGateway = new Map(gateways.map(({ account, nodeKey }) => [toHex(account), nodeKey]));
      this.#gatewayKeys = new Set(gateways.map(({ nodeKey }) => toHex(nodeKey)));
    } catch (error) {
      this.init.logger.warn({ cause: messageOf(error) }, 'the list of gateways could not be read; the last one stays');
    }
  }
}
