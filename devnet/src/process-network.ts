// The embedded network with every role in a process of its own, over the same home folder. This process only supervises the
// others, prepares the chain with the owner's key, and serves the admin socket.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ChainClient, SS58_PREFIX } from '@cess/client';
import { encodeSs58 } from '@cess/crypto';
import { parseRpcOrigins } from '@cess/node';
import type {
  NetworkStatus,
  ProviderAction,
  ProviderStatus,
  TeeStatus,
  ValidatorAction,
  ValidatorStatus,
} from '@cess/node-api';
import { CessError, delay, type Logger, messageOf, present, toHex0x } from '@cess/primitives';
import type { GatewayReport, P2pConfig, ProviderReport, TeeReport } from '@cess/role-process';
import { ChainProcesses } from './chain-processes.js';
import { setUpChain, smallObjects, territoryName } from './chain-setup.js';
import { p2pOf } from './config.js';
import { region } from './home.js';
import {
  authorityName,
  type Identities,
  loadChainSpec,
  loadIdentities,
  teeName,
  validatorNames,
} from './identities.js';
import { NetworkShell } from './network-shell.js';
import { RoleProcess, type RoleProcessInit } from './role-process.js';

const registrationPollMs = 100;
/** Share of one CPU for background work of all providers during uploads. */
const backgroundShareOfAll = 0.1;

interface HostedProvider {
  readonly name: string;
  readonly process: RoleProcess;
  /** Kept across restarts; 0 selects a free port. */
  port: number;
  index: number | null;
}

export class ProcessNetwork extends NetworkShell {
  readonly #providers = new Map<string, HostedProvider>();
  #chain: ChainProcesses | undefined;
  #tee: RoleProcess | undefined;
  #worker: number | null = null;
  #gateway: RoleProcess | undefined;
  #rpcEndpoint = '';
  #gatewayReport: GatewayReport = {
    undeclared: 0,
    unexportedSeconds: null,
    console: null,
    setAside: {},
    unrecorded: {},
  };

  get rpcEndpoint(): string {
    return this.#rpcEndpoint;
  }

  get consoleEndpoint(): string {
    return present(this.#gatewayReport.console, 'the console');
  }

  async start(progress: (step: string) => void): Promise<void> {
    await this.takePorts();
    const identities = await loadIdentities(this.folders, this.providerCount, this.config.validators);
    const spec = loadChainSpec(this.folders, identities, this.config);
    const names = validatorNames(spec.authorities.length);

    progress(
      names.length === 1
        ? 'starting the chain in its own process'
        : `starting ${names.length} validators, each in its own process`,
    );
    this.#chain = this.#createChain(names);
    await this.#chain.start();
    progress('starting the TEE worker in its own process, with a software enclave');
    await this.#startTee();
    progress(`starting ${identities.providers.length} storage providers, each in its own process`);
    await this.#startProviders(identities);
    progress('starting the gateway in its own process');
    await this.#startGateway(identities);
    await this.startAdmin();
  }

  async status(): Promise<NetworkStatus> {
    const chain = present(this.#chain, 'the chain');
    const [heads, validators, report, tee, providers] = await Promise.all([
      chain.report(),
      chain.validators(),
      this.#askGateway(),
      this.#askTee(),
      Promise.all([...this.#providers.values()].map((hosted) => this.#statusOf(hosted))),
    ]);
    return {
      pid: process.pid,
      uptimeSeconds: this.uptimeSeconds(),
      home: this.config.home,
      metrics: this.metricsEndpoint,
      chain: { rpc: this.#rpcEndpoint, ...heads, paused: this.paused, validators },
      gateway: { s3: this.credentials.endpoint, ...report },
      tee,
      providers,
    };
  }

  protected async act(name: string, action: ProviderAction): Promise<ProviderStatus> {
    const hosted = this.#providers.get(name);
    if (hosted === undefined)
      throw new CessError('PROVIDER_UNKNOWN', `There is no provider "${name}"; see: cess status`);
    if (action !== 'start') await hosted.process.stop();
    if (action === 'wipe') {
      for (const part of ['store', 'tags'])
        rmSync(join(this.folders.provider(name), part), { recursive: true, force: true });
    }
    if (action !== 'stop') await hosted.process.start();
    return this.#statusOf(hosted);
  }

  async retrySetAside(): Promise<void> {
    await present(this.#gateway, 'the gateway').ask('retry');
  }

  protected pauseOrResume(paused: boolean): void {
    this.#chain?.setPaused(paused);
  }

  validator(name: string, action: ValidatorAction): Promise<ValidatorStatus> {
    return present(this.#chain, 'the chain').act(name, action);
  }

  #createChain(names: readonly string[]): ChainProcesses {
    const chain = new ChainProcesses({
      names,
      process: (name, init) => this.#process('node', name === authorityName ? 'node' : name, init),
      configOf: (name, port, p2p) => this.#nodeConfig(name, port, p2p),
      p2p: p2pOf(this.config),
      onReady: (endpoint) => {
        this.#rpcEndpoint = endpoint;
      },
      onGiveUp: (reason) => this.announceEnd(reason),
      logger: this.ownLogger,
    });
    this.cleanups.push(() => chain.stop());
    return chain;
  }

  #nodeConfig(name: string, port: number | undefined, p2p: P2pConfig | null): object {
    const { host, rpcPort, rpcCors, tls: rpcTls, logLevel } = this.config;
    const isFirst = name === authorityName;
    return {
      chainSpecFile: this.folders.chainSpecFile(),
      dataDir: isFirst ? this.folders.chain() : this.folders.validator(name),
      authorityKeyFile: this.folders.keyFile(name),
      authorityKeyPurpose: name,
      host,
      rpcPort: port ?? (isFirst ? rpcPort : 0),
      rpcTls,
      rpcCors: parseRpcOrigins(rpcCors),
      p2p,
      logLevel,
    };
  }

  async #startTee(): Promise<void> {
    const { host, tls, logLevel } = this.config;
    let port = this.record.teePort ?? 0;
    const tee = this.#process('tee', teeName, {
      config: (lastFailure) => ({
        chainSpecFile: this.folders.chainSpecFile(),
        chainRpc: this.#rpcEndpoint,
        dataDir: this.folders.tee(teeName),
        keyFile: this.folders.keyFile(teeName),
        keyPurpose: teeName,
        host,
        port: lastFailure === 'TEE_PORT_IN_USE' ? 0 : port,
        tls,
        logLevel,
      }),
      onReady: (endpoint) => {
        port = Number(new URL(endpoint).port);
      },
      onGiveUp: (reason) => this.ownLogger.error({ name: teeName, reason }, 'not restarting the TEE worker'),
    });
    this.cleanups.push(() => tee.stop());
    this.#tee = tee;
    await tee.start();
  }

  async #startProviders(identities: Identities): Promise<void> {
    const all = identities.providers.map(({ name }, index) => this.#createProvider(name, this.portOf(name, index)));
    for (const hosted of all) this.#providers.set(hosted.name, hosted);
    this.cleanups.push(() => Promise.all(all.map(({ process }) => process.stop())));
    await Promise.all(all.map(({ process }) => process.start()));
    await Promise.all(all.map((hosted) => this.#until(async () => (await this.#statusOf(hosted)).miner !== null)));
    await this.#until(async () => (await this.#askTee()).worker !== null);
    this.rememberPorts(await Promise.all(all.map((hosted) => this.#statusOf(hosted))), await this.#askTee());
  }

  #createProvider(name: string, wantedPort: number): HostedProvider {
    const { host, tls, minFreeBytes, logLevel } = this.config;
    const hosted: HostedProvider = {
      name,
      port: wantedPort,
      index: null,
      process: this.#process('provider', name, {
        config: (lastFailure) => ({
          chainSpecFile: this.folders.chainSpecFile(),
          chainRpc: this.#rpcEndpoint,
          dataDir: this.folders.provider(name),
          keyFile: this.folders.keyFile(name),
          keyPurpose: name,
          host,
          // If another program took the port of the last run, use any port: the new endpoint is recorded on chain.
          port: lastFailure === 'PROVIDER_PORT_IN_USE' ? 0 : hosted.port,
          tls,
          declaredBytes: this.record.declaredBytes,
          minFreeBytes,
          scrubBytesPerSecond: this.config.scrubBytesPerSecond,
          backgroundShare: backgroundShareOfAll / this.providerCount,
          logLevel,
        }),
        onReady: (endpoint) => {
          hosted.port = Number(new URL(endpoint).port);
        },
        onGiveUp: (reason) => this.ownLogger.error({ name, reason }, 'not restarting a provider'),
      }),
    };
    return hosted;
  }

  async #startGateway(identities: Identities): Promise<void> {
    const { host, s3Port, logLevel, indexExportSeconds } = this.config;
    let { consolePort } = this.config;
    const logger = this.ownLogger;
    const { endpoint } = this.setCredentials(`http://${host}:${s3Port}`);
    const client = await ChainClient.connect({ endpoint: this.#rpcEndpoint, logger });
    try {
      await setUpChain({
        client,
        owner: identities.owner,
        gateway: identities.gateway.account,
        gatewayNodeKey: identities.gateway.node.publicKey,
        gatewayWrappingKey: identities.gateway.wrappingKey.publicKey,
        gatewayEndpoint: endpoint,
        logger,
      });
    } finally {
      await client.close();
    }
    const owner = encodeSs58(identities.owner.account, SS58_PREFIX);
    const ownerKey = toHex0x(identities.ownerKey.publicKey);
    let port = s3Port;
    const gateway = this.#process('gateway', 'gateway', {
      config: () => ({
        chainSpecFile: this.folders.chainSpecFile(),
        chainRpc: this.#rpcEndpoint,
        dataDir: this.folders.gateway(),
        keyFile: this.folders.keyFile('gateway'),
        s3Host: host,
        s3Port: port,
        console: { host, port: consolePort },
        endpoint,
        region,
        nativeApi: {},
        storageClasses: ['CESS_2_1', 'CESS_16_24'],
        acceptLostIndex: this.config.acceptLostIndex,
        indexExport: indexExportSeconds === 0 ? null : { everySeconds: indexExportSeconds },
        recoverLostIndex: !this.config.acceptLostIndex,
        smallObjects,
        accounts: [{ credentialsFile: this.folders.credentialsFile(), owner, ownerKey, territory: territoryName }],
        logLevel,
      }),
      onReady: (s3) => {
        port = Number(new URL(s3).port);
        this.setCredentials(s3);
      },
      onGiveUp: (reason) => this.announceEnd(`the gateway cannot continue: ${reason}`),
    });
    this.cleanups.push(() => gateway.stop());
    this.#gateway = gateway;
    await gateway.start();
    // A gateway that starts again takes the same port.
    consolePort = Number(new URL(present((await this.#askGateway()).console, 'the console')).port);
  }

  #process(
    role: RoleProcessInit['role'],
    name: string,
    init: Pick<RoleProcessInit, 'config' | 'onReady' | 'onGiveUp'>,
  ): RoleProcess {
    const configFile = join(this.config.home, 'processes', `${name}.json`);
    const process = new RoleProcess({
      role,
      name,
      configFile,
      logFile: this.folders.logFile(),
      logger: this.ownLogger,
      ...init,
    });
    const texts = async () => new Map([[name, (await process.ask('metrics')) as string]]);
    this.metrics.add({ role, names: [name], texts });
    return process;
  }

  /** Polls, because a process reports its registration only on request. */
  async #until(holds: () => Promise<boolean>): Promise<void> {
    while (!this.stopping && !(await holds())) await delay(registrationPollMs);
  }

  async #askGateway(): Promise<GatewayReport> {
    try {
      this.#gatewayReport = (await present(this.#gateway, 'the gateway').ask('status')) as GatewayReport;
    } catch {
      // The gateway is restarting, as above.
    }
    return this.#gatewayReport;
  }

  async #askTee(): Promise<TeeStatus> {
    const report = (await tryAsk(present(this.#tee, 'the TEE worker'), this.ownLogger)) as TeeReport | undefined;
    this.#worker = report?.worker ?? this.#worker;
    const running = report !== undefined;
    return {
      name: teeName,
      running,
      worker: this.#worker,
      endpoint: running ? (present(this.#tee, 'the TEE worker').endpoint ?? null) : null,
    };
  }

  async #statusOf(hosted: HostedProvider): Promise<ProviderStatus> {
    const { name, process: child } = hosted;
    const report = (await tryAsk(child, this.ownLogger)) as ProviderReport | undefined;
    hosted.index = report?.index ?? hosted.index;
    return {
      name,
      running: report !== undefined,
      miner: hosted.index,
      endpoint: report === undefined ? null : (child.endpoint ?? null),
      usedBytes: report?.usedBytes ?? 0,
      fragments: report?.fragments ?? 0,
    };
  }
}

/** The status of a process; undefined while it is down or restarting. */
async function tryAsk(child: RoleProcess, logger: Logger): Promise<unknown> {
  try {
    return await child.ask('status');
  } catch (error) {
    logger.debug({ cause: messageOf(error) }, 'a process did not report its status');
    return undefined;
  }
}
