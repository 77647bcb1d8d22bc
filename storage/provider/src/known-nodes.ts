// Who may talk to this provider: gateways with the node key they registered (to store, delete, declare) and other
// registered nodes (to read). The list of the chain is kept in memory; an unknown key asks the chain at most once a
// second. While the chain does not answer the last list stays in force, so that uploads go on.
import { equalBytes, type Logger, messageOf, toHex } from '@cess/primitives';
import type { ProviderChain } from './chain-port.js';

const refreshIntervalMs = 30_000;
const missIntervalMs = 1_000;
const maxKnownMiners = 20_000;

export interface KnownNodesInit {
  readonly chain: Pick<ProviderChain, 'listGateways' | 'minerOfNodeKey'>;
  readonly nowMs: () => number;
  readonly logger: Logger;
}

export class KnownNodes {
  #keyOfGateway = new Map<string, Uint8Array>();
  #gatewayKeys = new Set<string>();
  /** Node keys of other providers, by when they were last confirmed. */
  readonly #minerKeys = new Map<string, number>();
  #refreshedAtMs = Number.NEGATIVE_INFINITY;
  #missAtMs = Number.NEGATIVE_INFINITY;
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
    if (now - (this.#minerKeys.get(name) ?? Number.NEGATIVE_INFINITY) < refreshIntervalMs) return true;
    if (!(await this.#refreshOnMiss())) return this.#gatewayKeys.has(name) || this.#minerKeys.has(name);
    if (this.#gatewayKeys.has(name)) return true;
    return this.#askForMiner(nodeKey, name);
  }

  /** Loads the list; failures are logged and leave the last one. */
  refresh(): Promise<void> {
    return this.#refresh();
  }

  async #askForMiner(nodeKey: Uint8Array, name: string): Promise<boolean> {
    try {
      if ((await this.init.chain.minerOfNodeKey(nodeKey)) === undefined) {
        this.#minerKeys.delete(name);
        return false;
      }
    } catch (error) {
      this.init.logger.debug({ cause: messageOf(error) }, 'the chain could not be asked for a node key');
      return this.#minerKeys.has(name);
    }
    if (this.#minerKeys.size >= maxKnownMiners) this.#minerKeys.clear();
    this.#minerKeys.set(name, this.init.nowMs());
    return true;
  }

  #isStale(): boolean {
    return this.init.nowMs() - this.#refreshedAtMs >= refreshIntervalMs;
  }

  /** Asks the chain for an unknown key, unless that was done within the last second; true if it was asked. */
  async #refreshOnMiss(): Promise<boolean> {
    const now = this.init.nowMs();
    if (this.#refreshing === undefined) {
      if (now - this.#missAtMs < missIntervalMs) return false;
      this.#missAtMs = now;
    }
    await this.#refresh();
    return true;
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
