// The nodes that may use this provider: gateways, by their registered node key (to store, delete and declare), and other
// registered nodes (to read). Gateways that store need an owner, too, who has locked space of a live territory for them;
// registering costs a stranger only a deposit. The list of gateways is cached. An unknown key reloads it, at most once a second. Provider
// keys are looked up one by one, with a limit per second, because a repair brings many unknown readers at once. While the
// chain does not answer, the cached answers stay valid, so uploads continue.
import { equalBytes, type Logger, messageOf, toHex } from '@cess/primitives';
import type { ProviderChain } from '../chain/chain-port.js';

const refreshIntervalMs = 30_000;
const missIntervalMs = 1_000;
const maxKnownProviders = 20_000;
/**
 * How long a gateway stays authorised without locked space. A gateway has none for a moment when all of it is used, and needs
 * its providers to declare what they hold and to fill holes.
 */
const authorisedForMs = 7 * 24 * 3_600_000;
/** Loading takes at most one part in so many of the time. */
const pausePerLoad = 10;
/** Most lookups of unknown keys per second. */
const maxLookups = 64;

export interface KnownNodesInit {
  readonly chain: Pick<ProviderChain, 'listGateways' | 'providerOfNodeKey'>;
  readonly nowMs: () => number;
  readonly logger: Logger;
}

export class KnownNodes {
  #keyOfGateway = new Map<string, Uint8Array>();
  #gatewayKeys = new Set<string>();
  /** Gateways with locked space, by account, with the time of the last list that said so. */
  readonly #quotaSeenAtMs = new Map<string, number>();
  /** Time of the last list that the chain answered with. */
  #loadedAtMs = Number.NEGATIVE_INFINITY;
  #loadMs = 0;
  /** Node keys of other providers, with the time of the last confirmation. */
  readonly #providerKeys = new Map<string, number>();
  #refreshedAtMs = Number.NEGATIVE_INFINITY;
  #missAtMs = Number.NEGATIVE_INFINITY;
  #lookupsSinceMs = Number.NEGATIVE_INFINITY;
  #lookups = 0;
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

  /** True if space of a live territory is locked for the gateway, or was within the week before the chain last answered. */
  async isAuthorised(account: Uint8Array): Promise<boolean> {
    const name = toHex(account);
    const isSeen = () => {
      const seenAtMs = this.#quotaSeenAtMs.get(name);
      return seenAtMs !== undefined && this.#loadedAtMs - seenAtMs <= authorisedForMs;
    };
    if (isSeen()) return true;
    await this.#refreshOnMiss();
    return isSeen();
  }

  /** True if a gateway or provider registered this node key. */
  async isNode(nodeKey: Uint8Array): Promise<boolean> {
    const name = toHex(nodeKey);
    const now = this.init.nowMs();
    if (this.#gatewayKeys.has(name)) {
      if (this.#isStale()) void this.#refresh();
      return true;
    }
    if (now - (this.#providerKeys.get(name) ?? Number.NEGATIVE_INFINITY) < refreshIntervalMs) return true;
    if (this.#mayLookUp(now) && (await this.#isProvider(nodeKey, name))) return true;
    await this.#refreshOnMiss();
    return this.#gatewayKeys.has(name) || this.#providerKeys.has(name);
  }

  /** Loads the list of gateways. A failure is logged and keeps the last list. */
  refresh(): Promise<void> {
    return this.#refresh();
  }

  async #isProvider(nodeKey: Uint8Array, name: string): Promise<boolean> {
    try {
      if ((await this.init.chain.providerOfNodeKey(nodeKey)) === undefined) {
        this.#providerKeys.delete(name);
        return false;
      }
    } catch (error) {
      this.init.logger.debug({ cause: messageOf(error) }, 'failed to look up a node key on chain');
      return this.#providerKeys.has(name);
    }
    if (this.#providerKeys.size >= maxKnownProviders) this.#providerKeys.clear();
    this.#providerKeys.set(name, this.init.nowMs());
    return true;
  }

  #mayLookUp(now: number): boolean {
    if (now - this.#lookupsSinceMs >= missIntervalMs) {
      this.#lookupsSinceMs = now;
      this.#lookups = 0;
    }
    return this.#lookups++ < maxLookups;
  }

  #isStale(): boolean {
    return this.init.nowMs() - this.#refreshedAtMs >= Math.max(refreshIntervalMs, pausePerLoad * this.#loadMs);
  }

  /** Reloads the list of gateways for an unknown key, unless that was tried within the last second, or loading takes long. */
  async #refreshOnMiss(): Promise<void> {
    const now = this.init.nowMs();
    if (this.#refreshing === undefined) {
      if (now - this.#missAtMs < Math.max(missIntervalMs, pausePerLoad * this.#loadMs)) return;
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
    // After a failure, too, the next attempt waits for the interval or an unknown key.
    const now = this.init.nowMs();
    this.#refreshedAtMs = now;
    try {
      const gateways = await this.init.chain.listGateways();
      this.#keyOfGateway = new Map(gateways.map(({ account, nodeKey }) => [toHex(account), nodeKey]));
      this.#gatewayKeys = new Set(gateways.map(({ nodeKey }) => toHex(nodeKey)));
      this.#loadedAtMs = now;
      for (const { account, hasQuota } of gateways) if (hasQuota) this.#quotaSeenAtMs.set(toHex(account), now);
      for (const [name, seenAtMs] of this.#quotaSeenAtMs)
        if (now - seenAtMs > authorisedForMs) this.#quotaSeenAtMs.delete(name);
    } catch (error) {
      this.init.logger.warn({ cause: messageOf(error) }, 'failed to load the list of gateways; keeping the last one');
    } finally {
      this.#loadMs = this.init.nowMs() - now;
    }
  }
}
