// Code shared by both forms of the embedded network (all roles in one process, or one process for each role): home folder,
// log, admin socket, the record of earlier starts, and the clean shutdown.
import { existsSync, readFileSync } from 'node:fs';
import type {
  NetworkStatus,
  ProviderAction,
  ProviderStatus,
  TeeStatus,
  ValidatorAction,
  ValidatorStatus,
} from '@cess/node-api';
import {
  CessError,
  GiB,
  type Logger,
  messageOf,
  type OnFatal,
  present,
  runCleanups,
  systemClock,
} from '@cess/primitives';
import { createFatalHandler, handleUncaught } from '@cess/role-process';
import type { DirectoryLock } from '@cess/store';
import { writeFileAtomically } from '@cess/store';
import { AdminServer, type AdminTarget } from './admin-server.js';
import type { DevnetConfig } from './config.js';
import { type Credentials, Home, loadCredentials } from './home.js';
import { openLog } from './logging.js';
import { NetworkMetrics } from './network-metrics.js';
import { freeDiskBytes, requireFreePort } from './preflight.js';

/** Space that each provider of the embedded network declares: its share of the free disk space, within these limits. */
const minDeclaredBytes = GiB;
const maxDeclaredBytes = 64 * GiB;

/** Version of `network.json`. Files written by version 0.1 have the same fields but no version. */
const recordVersion = 1;

/** State that persists across restarts. */
export interface NetworkRecord {
  readonly declaredBytes: number;
  /** Of the providers. */
  readonly ports: Readonly<Record<string, number>>;
  readonly teePort?: number;
}

export abstract class NetworkShell implements AdminTarget {
  /** Resolves when the network receives a stop request or cannot continue. */
  readonly ended: Promise<string>;
  protected readonly folders: Home;
  /** Of the network itself. */
  protected readonly ownLogger: Logger;
  /** Of all roles of this process. */
  protected readonly onFatal: OnFatal;
  protected readonly metrics: NetworkMetrics;
  protected readonly cleanups: (() => unknown)[] = [];
  protected record: NetworkRecord;
  protected paused = false;
  readonly #startedAtMs = systemClock.nowMs();
  #announceEnd!: (reason: string) => void;
  readonly #log: Logger;
  #stopping: Promise<void> | undefined;
  #credentials: Credentials | undefined;

  constructor(
    protected readonly config: DevnetConfig,
    lock: DirectoryLock,
  ) {
    this.folders = new Home(config.home);
    this.#log = openLog(this.folders.logFile(), config.logLevel, true);
    this.ownLogger = this.logger('network');
    this.onFatal = createFatalHandler({
      logger: this.ownLogger,
      report: () => ({ paused: this.paused, uptimeSeconds: this.uptimeSeconds() }),
    });
    handleUncaught(this.onFatal);
    this.cleanups.push(() => lock.release());
    this.metrics = new NetworkMetrics({ host: config.host, port: config.metricsPort, logger: this.ownLogger });
    this.ended = new Promise((resolve) => {
      this.#announceEnd = resolve;
    });
    this.record = this.#loadRecord();
  }

  abstract start(progress: (step: string) => void): Promise<void>;
  abstract status(): Promise<NetworkStatus>;
  abstract retrySetAside(): Promise<void>;
  abstract validator(name: string, action: ValidatorAction): Promise<ValidatorStatus>;
  protected abstract act(name: string, action: ProviderAction): Promise<ProviderStatus>;
  protected abstract pauseOrResume(paused: boolean): void;

  get home(): string {
    return this.config.home;
  }

  get metricsEndpoint(): string {
    return this.metrics.endpoint;
  }

  get credentials(): Credentials {
    return present(this.#credentials, 'the credentials');
  }

  /** Number of providers to run; never less than the number that exists. */
  protected get providerCount(): number {
    return Math.max(this.config.providers, Object.keys(this.record.ports).length);
  }

  provider(name: string, action: ProviderAction): Promise<ProviderStatus> {
    this.ownLogger.info({ provider: name, action }, 'received a request for a provider');
    return this.act(name, action);
  }

  pauseChain(): void {
    this.paused = true;
    this.pauseOrResume(true);
  }

  resumeChain(): void {
    this.paused = false;
    this.pauseOrResume(false);
  }

  requestStop(): void {
    this.announceEnd('received a stop request');
  }

  /** Stops everything in reverse start order. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#cleanUp();
    return this.#stopping;
  }

  protected get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  protected announceEnd(reason: string): void {
    this.#announceEnd(reason);
  }

  /** Runs first, so that obstacles are reported before anything starts. */
  protected async takePorts(): Promise<void> {
    const { host, s3Port, consolePort, rpcPort, metricsPort } = this.config;
    await requireFreePort(host, s3Port, 'the S3 gateway', 'CESS_S3_PORT');
    await requireFreePort(host, consolePort, 'the console', 'CESS_CONSOLE_PORT');
    await requireFreePort(host, rpcPort, 'the chain RPC', 'CESS_RPC_PORT');
    await requireFreePort(host, metricsPort, 'the metrics', 'CESS_METRICS_PORT');
    await this.metrics.start();
    this.cleanups.push(() => this.metrics.stop());
  }

  protected setCredentials(endpoint: string): Credentials {
    this.#credentials = loadCredentials(this.folders, endpoint);
    return this.#credentials;
  }

  /** Port of a provider: the configured one, else that of the last run, else 0 for any free port. */
  protected portOf(name: string, index: number): number {
    const { providerPort } = this.config;
    return providerPort === 0 ? (this.record.ports[name] ?? 0) : providerPort + index;
  }

  protected rememberPorts(providers: readonly ProviderStatus[], tee: TeeStatus): void {
    const portIn = (endpoint: string) => Number(new URL(endpoint).port);
    const ports: Record<string, number> = {};
    for (const { name, endpoint } of providers) if (endpoint !== null) ports[name] = portIn(endpoint);
    const teePort = tee.endpoint === null ? {} : { teePort: portIn(tee.endpoint) };
    this.record = { ...this.record, ports, ...teePort };
    writeFileAtomically(
      this.folders.networkFile(),
      `${JSON.stringify({ version: recordVersion, ...this.record }, null, 2)}\n`,
    );
  }

  protected async startAdmin(): Promise<void> {
    const admin = new AdminServer(this.config.home, this.folders.logFile(), this);
    await admin.start();
    this.cleanups.push(() => admin.stop());
  }

  protected uptimeSeconds(): number {
    return Math.round((systemClock.nowMs() - this.#startedAtMs) / 1000);
  }

  protected logger(role: string): Logger {
    return this.#log.child({ role });
  }

  async #cleanUp(): Promise<void> {
    try {
      await runCleanups(this.cleanups);
    } catch (error) {
      this.ownLogger.error({ cause: messageOf(error) }, 'closing some resources failed');
      throw error;
    }
  }

  #loadRecord(): NetworkRecord {
    const file = this.folders.networkFile();
    if (existsSync(file)) return readRecord(file);
    const share = (freeDiskBytes(this.config.home) * 0.9) / this.config.providers;
    const declaredBytes = Math.min(maxDeclaredBytes, Math.max(minDeclaredBytes, Math.floor(share / GiB) * GiB));
    return { declaredBytes, ports: {} };
  }
}

/** Throws `HOME_VERSION` for a record written by a newer version. */
function readRecord(file: string): NetworkRecord {
  const { version = recordVersion, ...record } = JSON.parse(readFileSync(file, 'utf8')) as NetworkRecord & {
    readonly version?: number;
  };
  if (version === recordVersion) return record;
  throw new CessError(
    'HOME_VERSION',
    `${file} has version ${version}, and this program reads ${recordVersion}. Update the program.`,
    { version },
  );
}
