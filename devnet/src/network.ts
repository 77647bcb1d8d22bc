// The embedded network (docs/architecture.md): one process with a chain authority, storage providers and an S3
// gateway, each over its own data and keys, talking to each other only through RPC and HTTP.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChainClient } from '@cess/client';
import { type Gateway, openGatewayOverChain } from '@cess/gateway';
import { type ChainNode, createChainNode } from '@cess/node';
import type { NetworkStatus, ProviderAction, ProviderStatus } from '@cess/node-api';
import { CessError, GiB, systemClock, toHex } from '@cess/primitives';
import { type DirectoryLock, lockDirectory } from '@cess/store';
import { AdminServer } from './admin-server.js';
import { setUpChain, territoryName } from './chain-setup.js';
import type { DevnetConfig } from './config.js';
import { type Credentials, Home, loadCredentials, region, writeAtomically } from './home.js';
import { type Identities, loadChainSpec, loadIdentities } from './identities.js';
import { type FileLogger, openLog } from './logging.js';
import { freeDiskBytes, requireFreeDisk, requireFreePort, requireWritable } from './preflight.js';
import { ProviderHost } from './provider-host.js';
import type { ProviderSpec } from './provider-protocol.js';

/** Space that each provider of the embedded network declares: its share of the free disk, within these bounds. */
const minDeclaredBytes = GiB;
const maxDeclaredBytes = 64 * GiB;

/** What later starts must know of earlier ones. */
interface NetworkRecord {
  readonly declaredBytes: number;
  readonly ports: Readonly<Record<string, number>>;
}

export interface Network {
  readonly credentials: Credentials;
  readonly rpcEndpoint: string;
  readonly home: string;
  /** Ends everything, cleanly. Idempotent. */
  stop(): Promise<void>;
  /** Resolves when the network was asked to stop from outside, or cannot go on. */
  readonly ended: Promise<string>;
}

/** Starts the network; `progress` is told of each step. What throws leaves nothing running. */
export async function startNetwork(config: DevnetConfig, progress: (step: string) => void): Promise<Network> {
  requireWritable(config.home);
  requireFreeDisk(config.home, config.minFreeBytes);
  const lock = lockDirectory(config.home);
  const network = new EmbeddedNetwork(config, lock);
  try {
    await network.start(progress);
    return network;
  } catch (error) {
    await network.stop();
    throw error;
  }
}

class EmbeddedNetwork implements Network {
  readonly ended: Promise<string>;
  readonly #home: Home;
  readonly #log: FileLogger;
  readonly #cleanups: (() => unknown)[] = [];
  readonly #startedAtMs = systemClock.nowMs();
  #announceEnd!: (reason: string) => void;
  #stopping: Promise<void> | undefined;
  #node: ChainNode | undefined;
  #gateway: Gateway | undefined;
  #providers: ProviderHost | undefined;
  #credentials: Credentials | undefined;
  #paused = false;

  constructor(
    private readonly config: DevnetConfig,
    lock: DirectoryLock,
  ) {
    this.#home = new Home(config.home);
    this.#log = openLog(this.#home.logFile(), config.logLevel, 'network');
    this.#cleanups.push(
      () => lock.release(),
      () => this.#log.flush(),
    );
    this.ended = new Promise((resolve) => {
      this.#announceEnd = resolve;
    });
  }

  get home(): string {
    return this.config.home;
  }

  get credentials(): Credentials {
    return this.#credentials!;
  }

  get rpcEndpoint(): string {
    return this.#node!.rpcEndpoint;
  }

  async start(progress: (step: string) => void): Promise<void> {
    const { host, s3Port, rpcPort, slotMs } = this.config;
    await requireFreePort(host, s3Port, 'the S3 gateway', 'CESS_S3_PORT');
    await requireFreePort(host, rpcPort, 'the chain RPC', 'CESS_RPC_PORT');
    const record = this.#loadRecord();
    const providerCount = Math.max(this.config.providers, Object.keys(record.ports).length);
    const identities = await loadIdentities(this.#home, providerCount);

    progress('starting the chain');
    const node = createChainNode({
      dataDir: this.#home.chain(),
      chainSpec: loadChainSpec(this.#home, identities, slotMs),
      authoritySeed: identities.authoritySeed,
      host,
      rpcPort,
      logger: this.#logger('chain'),
      onFatal: () => this.#announceEnd('the chain node cannot go on; see the log'),
    });
    await node.start();
    this.#cleanups.push(() => node.stop());
    this.#node = node;

    progress(`starting ${identities.providers.length} storage providers`);
    await this.#startProviders(identities, record);
    progress('starting the gateway');
    await this.#startGateway(identities);
    const admin = new AdminServer(this.config.home, this.#home.logFile(), {
      status: () => this.#status(),
      provider: (name, action) => this.#actOnProvider(name, action),
      pauseChain: () => this.#pause(true),
      resumeChain: () => this.#pause(false),
      requestStop: () => this.#announceEnd('asked to stop'),
    });
    await admin.start();
    this.#cleanups.push(() => admin.stop());
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#cleanUp();
    return this.#stopping;
  }

  async #cleanUp(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup();
  }

  async #startProviders(identities: Identities, record: NetworkRecord): Promise<void> {
    const specs = identities.providers.map(({ name, identity }, index): ProviderSpec => {
      const chosen = this.config.providerPort === 0 ? 0 : this.config.providerPort + index;
      return {
        name,
        dir: this.#home.provider(name),
        nodeSeed: identity.nodeSeed,
        accountSeed: identity.accountSeed,
        port: chosen === 0 ? (record.ports[name] ?? 0) : chosen,
        declaredBytes: record.declaredBytes,
      };
    });
    const providers = new ProviderHost(
      {
        rpcEndpoint: this.#node!.rpcEndpoint,
        host: this.config.host,
        minFreeBytes: this.config.minFreeBytes,
        logFile: this.#home.logFile(),
        logLevel: this.config.logLevel,
        providers: specs,
      },
      () => this.#announceEnd('the thread of the providers crashed; see the log'),
    );
    this.#cleanups.push(() => providers.stop());
    this.#providers = providers;
    await providers.ready;
    const ports: Record<string, number> = {};
    for (const { name, endpoint } of await providers.status())
      if (endpoint !== null) ports[name] = Number(new URL(endpoint).port);
    writeAtomically(this.#home.networkFile(), `${JSON.stringify({ ...record, ports }, null, 2)}\n`);
  }

  async #startGateway(identities: Identities): Promise<void> {
    const { config } = this;
    const logger = this.#logger('gateway');
    const client = await ChainClient.connect({ endpoint: this.#node!.rpcEndpoint, logger });
    this.#cleanups.push(() => client.close());
    this.#credentials = loadCredentials(this.#home, `http://${config.host}:${config.s3Port}`);
    await setUpChain({
      client,
      owner: identities.owner,
      gateway: identities.gateway.account,
      gatewayNodeKey: identities.gateway.node.publicKey,
      gatewayWrappingKey: identities.gatewayWrappingKey.publicKey,
      gatewayEndpoint: this.#credentials.endpoint,
      logger,
    });
    const opened = await openGatewayOverChain(
      {
        client,
        account: identities.gateway.account,
        nodeSigner: identities.gateway.node,
        wrappingKey: identities.gatewayWrappingKey,
        dataDir: this.#home.gateway(),
        allowPrivateEndpoints: true,
        logger,
      },
      {
        accounts: [
          {
            accessKeyId: this.#credentials.accessKeyId,
            secretAccessKey: this.#credentials.secretAccessKey,
            owner: identities.owner.account,
            ownerKey: identities.ownerKey.publicKey,
            territory: territoryName,
          },
        ],
        s3Host: config.host,
        s3Port: config.s3Port,
        region,
      },
    );
    this.#cleanups.push(() => opened.stop());
    this.#gateway = opened.gateway;
    this.#credentials = loadCredentials(this.#home, opened.gateway.s3Endpoint);
  }

  async #status(): Promise<NetworkStatus> {
    const node = this.#node!;
    const { best, finalized } = node.heads();
    return {
      pid: process.pid,
      uptimeSeconds: Math.round((systemClock.nowMs() - this.#startedAtMs) / 1000),
      home: this.config.home,
      chain: {
        genesis: toHex(node.genesisHash),
        rpc: node.rpcEndpoint,
        best: best.number,
        finalized: finalized.number,
        paused: this.#paused,
      },
      gateway: { s3: this.#gateway!.s3Endpoint, undeclared: this.#gateway!.backlog },
      providers: await this.#providers!.status(),
    };
  }

  async #actOnProvider(name: string, action: ProviderAction): Promise<ProviderStatus> {
    this.#log.logger.info({ provider: name, action }, 'asked to act on a provider');
    return this.#providers!.act(name, action);
  }

  #pause(paused: boolean): void {
    this.#paused = paused;
    if (paused) this.#node!.pause();
    else this.#node!.resume();
  }

  #logger(role: string) {
    return this.#log.logger.child({ role });
  }

  #loadRecord(): NetworkRecord {
    const file = this.#home.networkFile();
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as NetworkRecord;
    const share = (freeDiskBytes(this.config.home) * 0.9) / this.config.providers;
    const declaredBytes = Math.min(maxDeclaredBytes, Math.max(minDeclaredBytes, Math.floor(share / GiB) * GiB));
    return { declaredBytes, ports: {} };
  }
}

/** Deletes all data of a network that is not running. Throws `KV_LOCKED` while it runs. */
export function assertNotRunning(home: string): void {
  if (!existsSync(join(home, 'chain-spec.json')))
    throw new CessError('HOME_NOT_A_NETWORK', `${home} holds no network.`);
  lockDirectory(home).release();
}
