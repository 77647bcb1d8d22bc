// The storage node, composed: HTTP server, fragment store, tags, registration, events of the chain and background duties.
import type { FragmentStore } from '@cess/fragment-store';
import { type NodeServer, ProviderClient, TeeClient } from '@cess/node-api';
import { type BackgroundPorts, CessError, messageOf, noMetrics, type Startable } from '@cess/primitives';
import { type DirectoryLock, lockDirectory } from '@cess/store';
import type { ProviderEvent } from './chain/chain-port.js';
import { Registrar } from './chain/registrar.js';
import type { ProviderComponents } from './components.js';
import type { ProviderConfig } from './config.js';
import { Duties } from './duties.js';
import { AttestedFragments } from './holdings/attested-fragments.js';
import { DeclaredFiles } from './holdings/declared-files.js';
import { openStore } from './holdings/open-store.js';
import { StoreWatch } from './holdings/store-watch.js';
import type { DutyProgress } from './metrics/duty-progress.js';
import { ProviderMetrics, type ProviderReadings } from './metrics/provider-metrics.js';
import { createServer } from './serving/create-server.js';
import { openTags } from './tagging/open-tags.js';
import type { TagStore } from './tagging/tag-store.js';

/** The parts that exist only while the provider runs. */
interface Running {
  readonly lock: DirectoryLock;
  readonly store: FragmentStore;
  readonly tags: TagStore;
  readonly server: NodeServer;
  readonly duties: Duties;
  readonly watch: StoreWatch;
  /** Clients of other nodes. */
  readonly clients: readonly { close(): void }[];
  readonly port: number;
  readonly endpoint: string;
  readonly stopping: AbortController;
  readonly unfollow: () => Promise<void>;
}

/** A provider that is not started yet. It may be started again after it was stopped. */
export function createProvider(components: ProviderComponents, config: ProviderConfig): Provider {
  return new Provider(components, config);
}

export class Provider implements Startable {
  #running: Running | undefined;
  readonly #registrar: Registrar;
  readonly #metrics: ProviderMetrics;

  /** @internal Use `createProvider`. */
  constructor(
    private readonly components: ProviderComponents,
    private readonly config: ProviderConfig,
  ) {
    const { chain, nodeSigner, account, logger } = components;
    const { dir, declaredBytes } = config;
    this.#registrar = new Registrar({ dir, declaredBytes, chain, nodeSigner, account, logger });
    this.#metrics = new ProviderMetrics(components.metrics ?? noMetrics, () => this.#readings());
  }

  /** Opens the store and listens. Registers in the background (see `whenRegistered`). */
  async start(): Promise<void> {
    if (this.#running !== undefined) return;
    const { components, config } = this;
    const lock = lockDirectory(config.dir);
    let store: FragmentStore | undefined;
    let tags: TagStore | undefined;
    try {
      await this.#registrar.open();
      store = await openStore(components, config);
      tags = await openTags(components, config);
      this.#running = await this.#assemble(lock, store, tags);
    } catch (error) {
      await tags?.close();
      await store?.close();
      lock.release();
      throw error;
    }
    const { endpoint } = this.#running;
    this.#registrar.start(endpoint);
    components.logger.info({ endpoint, ...store.usage() }, 'provider started');
  }

  /** Resolves with the index once the chain shows the registration. Rejects when the provider stops first. */
  whenRegistered(): Promise<number> {
    return this.#registrar.whenRegistered();
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
    return this.#registrar.index;
  }

  /** Fragments and bytes held; only while it runs. */
  usage(): ReturnType<FragmentStore['usage']> {
    return this.#requireRunning().store.usage();
  }

  /** Counts of the duties and the work that is left; only while it runs. */
  progress(): DutyProgress {
    return this.#requireRunning().duties.progress();
  }

  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    running.stopping.abort();
    const registering = this.#registrar.stop();
    await running.server.close();
    await running.unfollow();
    await running.watch.stop();
    await running.duties.stop();
    await registering;
    for (const client of running.clients) client.close();
    await running.tags.close();
    await running.store.close();
    running.lock.release();
  }

  async #assemble(lock: DirectoryLock, store: FragmentStore, tags: TagStore): Promise<Running> {
    const { components, config } = this;
    const { clock, nodeSigner, account } = components;
    const metrics = this.#metrics;
    const ownIndex = () => this.#registrar.index;
    const stopping = new AbortController();
    const declaredFiles = new DeclaredFiles(store, ownIndex);
    const attested = new AttestedFragments(store, () => components.chain.latestBlock());
    const common = { components, config, store, declaredFiles, attested, ownIndex, metrics };
    const server = createServer({ ...common, stopping: stopping.signal });
    const { port, endpoint } = await server.listen();
    const asNode = { signer: nodeSigner, account, nowMs: () => clock.nowMs() };
    const [source, teeClient] = [new ProviderClient(asNode), new TeeClient(asNode)];
    const tee = components.tee ?? teeClient;
    const duties = new Duties({ ...common, background: this.#background(), tags, source, tee });
    const unfollow = components.chain.follow((events) => this.#apply(events, declaredFiles, duties));
    duties.start();
    const watch = new StoreWatch({ ...this.#background(), store, onGone: () => duties.stop() });
    watch.start();
    const clients = [source, teeClient];
    return { lock, store, tags, server, duties, watch, clients, port, endpoint, stopping, unfollow };
  }

  #background(): BackgroundPorts {
    const { shared, rng, logger, onFatal, metrics = noMetrics } = this.components;
    return { timers: shared.timers, rng, logger, onFatal, metrics };
  }

  /** A failing disk does not stop the events of the other providers of the process. Upkeep applies what was missed. */
  async #apply(events: readonly ProviderEvent[], declaredFiles: DeclaredFiles, duties: Duties): Promise<void> {
    const { logger, chain } = this.components;
    await declaredFiles.apply(events).catch((error: unknown) => {
      logger.error({ cause: messageOf(error) }, 'failed to apply the events of a block; upkeep will retry');
    });
    duties.observe(events);
    this.#metrics.observe(events, this.index, chain.latestBlock()?.number);
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

  #requireRunning(): Running {
    if (this.#running === undefined) throw new CessError('PROVIDER_STOPPED', 'The provider is not running.');
    return this.#running;
  }
}
