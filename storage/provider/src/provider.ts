// The storage node: takes fragments from gateways and signs receipts for what is on disk, serves ranges of them,
// attests declaration batches, follows the chain's deletions and collects what was never declared.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FragmentStore } from '@cess/fragment-store';
import { maxClockSkewSeconds, ProviderClient, ReplayGuard, TeeClient } from '@cess/node-api';
import {
  aborted,
  type BackgroundPorts,
  CessError,
  createDeferred,
  hostAndPort,
  messageOf,
  noMetrics,
  type Startable,
} from '@cess/primitives';
import { type DirectoryLock, lockDirectory } from '@cess/store';
import type { ProviderEvent } from './chain/chain-port.js';
import { ensureRegistered, rememberedIndex } from './chain/registration.js';
import type { ProviderComponents } from './components.js';
import {
  defaultMaxFragmentBytes,
  defaultRetentionSeconds,
  defaultUpkeepIntervalMs,
  type ProviderConfig,
} from './config.js';
import { Duties, type DutiesInit } from './duties.js';
import { DeclaredFiles } from './holdings/declared-files.js';
import { openStore, openTags } from './holdings/open-stores.js';
import { Upkeep } from './holdings/upkeep.js';
import type { DutyProgress } from './metrics/duty-progress.js';
import { ProviderMetrics, type ProviderReadings } from './metrics/provider-metrics.js';
import { RequestRefused } from './serving/errors.js';
import type { HandlerContext } from './serving/handler-context.js';
import { KnownNodes } from './serving/known-nodes.js';
import { route } from './serving/router.js';
import { ProviderServer, sendJson } from './serving/server.js';
import type { TagStore } from './tagging/tag-store.js';

/** What is only there while the provider runs. */
interface Running {
  readonly lock: DirectoryLock;
  readonly store: FragmentStore;
  readonly tags: TagStore;
  readonly server: ProviderServer;
  readonly upkeep: Upkeep;
  readonly duties: Duties;
  /** What it asks other nodes with. */
  readonly clients: readonly { close(): void }[];
  readonly port: number;
  readonly endpoint: string;
  readonly unfollow: () => Promise<void>;
}

/** A provider that is not started yet. It may be started again after it was stopped. */
export function createProvider(components: ProviderComponents, config: ProviderConfig): Provider {
  return new Provider(components, config);
}

export class Provider implements Startable {
  #running: Running | undefined;
  #index: number | undefined;
  #stopping = new AbortController();
  #registered = createDeferred<number>();
  #registering: Promise<void> = Promise.resolve();
  #uploads = 0;
  readonly #metrics: ProviderMetrics;

  /** @internal Use `createProvider`. */
  constructor(
    private readonly components: ProviderComponents,
    private readonly config: ProviderConfig,
  ) {
    this.#metrics = new ProviderMetrics(components.metrics ?? noMetrics, () => this.#readings());
  }

  /** Opens the store, listens, and goes on to register in the background (see `whenRegistered`). */
  async start(): Promise<void> {
    if (this.#running !== undefined) return;
    const { components, config } = this;
    this.#stopping = new AbortController();
    this.#registered = createDeferred();
    this.#registered.promise.catch(() => {});
    const lock = lockDirectory(config.dir);
    let store: FragmentStore | undefined;
    let tags: TagStore | undefined;
    try {
      const { genesis } = components.chain;
      this.#index = await rememberedIndex({ dir: config.dir, account: components.account, genesis });
      store = await openStore(components, config);
      tags = await openTags(components, config);
      this.#running = await this.#assemble(lock, store, tags);
    } catch (error) {
      await tags?.close();
      await store?.close();
      lock.release();
      throw error;
    }
    this.#registering = this.#register(this.#running.endpoint);
    components.logger.info({ endpoint: this.#running.endpoint, ...store.usage() }, 'provider serves');
  }

  /** Resolves with the index on chain once the provider is registered there. Rejects when it is stopped before. */
  whenRegistered(): Promise<number> {
    return this.#registered.promise;
  }

  /** Port that it listens on; only while it runs. */
  get port(): number {
    return this.#requireRunning().port;
  }

  get endpoint(): string {
    return this.#requireRunning().endpoint;
  }

  /** Index on chain; undefined before the first registration. */
  get index(): number | undefined {
    return this.#index;
  }

  /** Fragments and bytes held; only while it runs. */
  usage(): ReturnType<FragmentStore['usage']> {
    return this.#requireRunning().store.usage();
  }

  /** What the audit duties have done and have to do; only while it runs. */
  progress(): DutyProgress {
    return this.#requireRunning().duties.progress();
  }

  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    this.#stopping.abort();
    this.#registered.reject(aborted());
    await running.server.close();
    await running.unfollow();
    await running.duties.stop();
    await running.upkeep.stop();
    await this.#registering;
    for (const client of running.clients) client.close();
    await running.tags.close();
    await running.store.close();
    running.lock.release();
  }

  async #assemble(lock: DirectoryLock, store: FragmentStore, tags: TagStore): Promise<Running> {
    const { chain, clock, logger, nodeSigner, account } = this.components;
    const { host, port: wantedPort, maxRequests = 256, stallTimeoutMs = 30_000 } = this.config;
    const declared = new DeclaredFiles(store, () => this.#index);
    const context = this.#handlerContext(store, declared);
    const handle = (message: IncomingMessage, response: ServerResponse) =>
      this.#metrics.timed(message, () => route(context, message, response));
    const onRefused = (code: string) => this.#metrics.refusals.add(1, { code });
    const init = { host, port: wantedPort, maxRequests, stallTimeoutMs, logger, handle, onRefused };
    const server = new ProviderServer(init);
    const port = await server.listen();
    void context.auth.known.refresh();
    const asNode = { signer: nodeSigner, account, nowMs: () => clock.nowMs() };
    const [source, tee] = [new ProviderClient(asNode), new TeeClient(asNode)];
    const duties = this.#createDuties({ store, declared, tags, source, tee: this.components.tee ?? tee });
    const unfollow = chain.follow((events) => this.#apply(events, declared, duties));
    const upkeep = new Upkeep({
      ...this.#background(),
      store,
      declared,
      chain,
      duties: this.components.duties,
      restoring: () => duties.restoring(),
      nowSeconds: () => Math.floor(clock.nowMs() / 1000),
      ownIndex: () => this.#index,
      intervalMs: this.config.upkeepIntervalMs ?? defaultUpkeepIntervalMs,
    });
    upkeep.start();
    duties.start();
    const endpoint = this.config.endpoint ?? `http://${hostAndPort(host, port)}`;
    return { lock, store, tags, server, upkeep, duties, clients: [source, tee], port, endpoint, unfollow };
  }

  #createDuties(own: Pick<DutiesInit, 'store' | 'declared' | 'tags' | 'source' | 'tee'>): Duties {
    const { duties: chain, shared } = this.components;
    const [metrics, ownIndex] = [this.#metrics, () => this.#index];
    return new Duties({
      ...own,
      chain,
      shared,
      ownIndex,
      config: this.config,
      background: this.#background(),
      metrics,
    });
  }

  #background(): BackgroundPorts {
    const { shared, rng, logger, onFatal, metrics = noMetrics } = this.components;
    return { timers: shared.timers, rng, logger, onFatal, metrics };
  }

  /** What a failing disk keeps from being applied the upkeep finds again; other providers of the process go on. */
  async #apply(events: readonly ProviderEvent[], declared: DeclaredFiles, duties: Duties): Promise<void> {
    await declared.apply(events).catch((error: unknown) => {
      const { logger } = this.components;
      logger.error({ cause: messageOf(error) }, 'events of a block could not be applied; upkeep will settle them');
    });
    duties.observe(events);
    this.#metrics.observe(events, this.#index, this.components.chain.latestBlock()?.number);
  }

  #readings(): ProviderReadings | undefined {
    if (this.#running === undefined) return undefined;
    const { store, duties } = this.#running;
    const { chain, clock } = this.components;
    return {
      declaredBytes: this.config.declaredBytes,
      usage: () => store.usage(),
      freeBytes: () => store.freeBytes(),
      progress: () => duties.progress(),
      chainLagSeconds: () => {
        const latest = chain.latestBlock();
        return latest === undefined ? undefined : Math.max(0, clock.nowMs() - latest.seenAtMs) / 1000;
      },
    };
  }

  #handlerContext(store: FragmentStore, declared: DeclaredFiles): HandlerContext {
    const { chain, clock, logger, nodeSigner } = this.components;
    const { declaredBytes, maxUploads = 64 } = this.config;
    const nowMs = () => clock.nowMs();
    const replayGuard = new ReplayGuard(maxClockSkewSeconds);
    const known = new KnownNodes({ chain, nowMs, logger });
    return {
      store,
      declared,
      signer: nodeSigner,
      genesis: chain.genesis,
      auth: { nodeKey: nodeSigner.publicKey, replayGuard, known, nowMs },
      maxFragmentBytes: this.config.maxFragmentBytes ?? defaultMaxFragmentBytes,
      retentionSeconds: this.config.retentionSeconds ?? defaultRetentionSeconds,
      declaredBytes,
      stopping: this.#stopping.signal,
      nowSeconds: () => Math.floor(nowMs() / 1000),
      ownIndex: () => this.#index,
      requireIndex: () => {
        if (this.#index !== undefined) return this.#index;
        throw new RequestRefused(503, 'PROVIDER_NOT_REGISTERED', 'The provider is not registered on chain yet.');
      },
      enterUpload: () => {
        if (this.#uploads >= maxUploads) {
          throw new RequestRefused(503, 'PROVIDER_BUSY', 'The provider takes as many uploads as it can. Try again.');
        }
        this.#uploads++;
        const end = this.components.shared.activity.begin();
        return () => {
          this.#uploads--;
          end();
        };
      },
      json: sendJson,
      metrics: this.#metrics,
    };
  }

  async #register(endpoint: string): Promise<void> {
    const { chain, nodeSigner, account, logger } = this.components;
    const { dir, declaredBytes } = this.config;
    try {
      const init = { dir, chain, nodeSigner, account, declaredBytes, endpoint, logger };
      this.#index = await ensureRegistered(init, this.#stopping.signal);
      this.#registered.resolve(this.#index);
      logger.info({ index: this.#index, endpoint }, 'provider registered');
    } catch (error) {
      logger.debug({ cause: messageOf(error) }, 'registration ended');
    }
  }

  #requireRunning(): Running {
    if (this.#running === undefined) throw new CessError('PROVIDER_STOPPED', 'The provider is not running.');
    return this.#running;
  }
}
