// The embedded network in one process: chain node, TEE worker and gateway here, the providers in a thread of their own. Only
// the worker's enclave is a separate process.
import { ChainClient } from '@cess/client';
import { assetsFolder } from '@cess/console';
import { type Gateway, openGatewayOverChain, recoverIfLost } from '@cess/gateway';
import { type ChainNode, type ChainSpec, parseRpcOrigins } from '@cess/node';
import type { NetworkStatus, ProviderAction, ProviderStatus, TeeStatus } from '@cess/node-api';
import { CessError, present, toHex } from '@cess/primitives';
import { openVoterEpoch, startAuthorityNode } from '@cess/role-node';
import { openPeerNetwork, peerSeedOf } from '@cess/role-process';
import type { TeeWorker } from '@cess/tee';
import { setUpChain, smallObjects, territoryName } from './chain-setup.js';
import { p2pOf } from './config.js';
import { region } from './home.js';
import { authorityName, type Identities, loadChainSpec, loadIdentities, teeName } from './identities.js';
import { NetworkShell } from './network-shell.js';
import { ProviderHost } from './provider-host.js';
import type { ProviderSpec } from './provider-protocol.js';
import { startTee } from './tee.js';

export class SingleProcessNetwork extends NetworkShell {
  #node: ChainNode | undefined;
  #tee: TeeWorker | undefined;
  #gateway: Gateway | undefined;
  #providers: ProviderHost | undefined;

  get rpcEndpoint(): string {
    return present(this.#node, 'the node').rpcEndpoint;
  }

  get consoleEndpoint(): string {
    return present(this.#gateway?.consoleEndpoint, 'the console');
  }

  async start(progress: (step: string) => void): Promise<void> {
    await this.takePorts();
    const identities = await loadIdentities(this.folders, this.providerCount);

    progress('starting the chain');
    const chainSpec = loadChainSpec(this.folders, identities, this.config);
    const p2p = p2pOf(this.config);
    const dataDir = this.folders.chain();
    const ports = {
      logger: this.logger('node'),
      metrics: this.metrics.registry('node', 'node'),
      onFatal: this.onFatal,
    };
    const node = await startAuthorityNode({
      dataDir,
      chainSpec,
      authority: {
        seed: identities.authoritySeed,
        voterEpoch: openVoterEpoch(this.folders.keyFile(authorityName), this.cleanups),
      },
      host: this.config.host,
      rpcPort: this.config.rpcPort,
      rpcOrigins: parseRpcOrigins(this.config.rpcCors) ?? [],
      ...ports,
      cleanups: this.cleanups,
      ...(p2p === null
        ? {}
        : {
            openNetwork: (genesis) => openPeerNetwork(p2p, { ...ports, dataDir, genesis, seed: peerSeedOf(dataDir) }),
          }),
    });
    this.#node = node;

    progress('starting the TEE worker with a software enclave');
    this.#tee = await startTee({
      rpcEndpoint: node.rpcEndpoint,
      account: identities.tee,
      chainSpec,
      dir: this.folders.tee(teeName),
      host: this.config.host,
      port: this.record.teePort ?? 0,
      logger: this.logger('tee'),
      onFatal: this.onFatal,
      metrics: this.metrics.registry('tee', teeName),
      cleanups: this.cleanups,
    });
    progress(`starting ${identities.providers.length} storage providers`);
    await this.#startProviders(identities);
    progress('starting the gateway');
    await this.#startGateway(identities, chainSpec);
    await this.startAdmin();
  }

  async status(): Promise<NetworkStatus> {
    const node = present(this.#node, 'the node');
    const { best, finalized } = node.heads();
    return {
      pid: process.pid,
      uptimeSeconds: this.uptimeSeconds(),
      home: this.config.home,
      metrics: this.metricsEndpoint,
      chain: {
        genesis: toHex(node.genesisHash),
        rpc: node.rpcEndpoint,
        best: best.number,
        finalized: finalized.number,
        paused: this.paused,
        validators: [{ name: authorityName, running: true, best: best.number, finalized: finalized.number }],
      },
      gateway: {
        s3: present(this.#gateway, 'the gateway').s3Endpoint,
        console: this.consoleEndpoint,
        undeclared: await present(this.#gateway, 'the gateway').backlog(),
        unexportedSeconds: present(this.#gateway, 'the gateway').unexportedSeconds() ?? null,
        setAside: present(this.#gateway, 'the gateway').setAside(),
        unrecorded: await present(this.#gateway, 'the gateway').unrecorded(),
      },
      tee: this.#teeStatus(),
      providers: await present(this.#providers, 'the providers').status(),
    };
  }

  async retrySetAside(): Promise<void> {
    present(this.#gateway, 'the gateway').retrySetAside();
  }

  async validator(): Promise<never> {
    throw new CessError(
      'VALIDATOR_UNKNOWN',
      'Validators are stopped and started alone only in a network of processes.',
    );
  }

  protected act(name: string, action: ProviderAction): Promise<ProviderStatus> {
    return present(this.#providers, 'the providers').act(name, action);
  }

  protected pauseOrResume(paused: boolean): void {
    if (paused) present(this.#node, 'the node').pause();
    else present(this.#node, 'the node').resume();
  }

  #teeStatus(): TeeStatus {
    const tee = present(this.#tee, 'the TEE worker');
    return { name: teeName, running: true, worker: tee.worker ?? null, endpoint: tee.endpoint };
  }

  async #startProviders(identities: Identities): Promise<void> {
    const specs = identities.providers.map(
      ({ name, nodeSeed, accountSeed }, index): ProviderSpec => ({
        name,
        dir: this.folders.provider(name),
        nodeSeed,
        accountSeed,
        port: this.portOf(name, index),
        declaredBytes: this.record.declaredBytes,
      }),
    );
    const providers = new ProviderHost(
      {
        rpcEndpoint: this.rpcEndpoint,
        host: this.config.host,
        minFreeBytes: this.config.minFreeBytes,
        scrubBytesPerSecond: this.config.scrubBytesPerSecond,
        logFile: this.folders.logFile(),
        logLevel: this.config.logLevel,
        providers: specs,
      },
      this.ownLogger,
      () => this.announceEnd('the thread of the providers crashed; see the log'),
    );
    this.cleanups.push(() => providers.stop());
    this.#providers = providers;
    this.metrics.add({ role: 'provider', names: specs.map(({ name }) => name), texts: () => providers.metrics() });
    await providers.ready;
    await present(this.#tee, 'the TEE worker').whenRegistered();
    this.rememberPorts(await providers.status(), this.#teeStatus());
  }

  async #startGateway(identities: Identities, chainSpec: ChainSpec): Promise<void> {
    const { config } = this;
    const logger = this.logger('gateway');
    const { onFatal } = this;
    const metrics = this.metrics.registry('gateway', 'gateway');
    const client = await ChainClient.connect({ endpoint: this.rpcEndpoint, logger, metrics, onFatal });
    this.cleanups.push(() => client.close());
    const credentials = this.setCredentials(`http://${config.host}:${config.s3Port}`);
    const account = identities.gateway.account;
    await setUpChain({
      client,
      owner: identities.owner,
      gateway: account,
      gatewayNodeKey: identities.gateway.node.publicKey,
      gatewayWrappingKey: identities.gateway.wrappingKey.publicKey,
      gatewayEndpoint: credentials.endpoint,
      logger,
    });
    await this.#recoverLostIndex(identities, chainSpec, client);
    const opened = await openGatewayOverChain(
      {
        connect: async () => client,
        account,
        nodeSigner: identities.gateway.node,
        wrappingKey: identities.gateway.wrappingKey,
        dataDir: this.folders.gateway(),
        allowPrivateEndpoints: true,
        logger,
        onFatal,
        metrics,
      },
      {
        accounts: [
          {
            accessKeyId: credentials.accessKeyId,
            secretAccessKey: credentials.secretAccessKey,
            owner: identities.owner.account,
            ownerKey: identities.ownerKey.publicKey,
            territory: territoryName,
          },
        ],
        s3Host: config.host,
        s3Port: config.s3Port,
        console: {
          host: config.host,
          port: config.consolePort,
          assets: assetsFolder,
          chainRpc: this.rpcEndpoint,
          authorities: chainSpec.authorities.map(({ key }) => toHex(key)),
        },
        region,
        storageClasses: ['CESS_2_1', 'CESS_16_24'],
        nativeApi: { reads: 'fid', signatureWindowMs: 900_000 },
        acceptLostIndex: config.acceptLostIndex,
        ...(config.indexExportSeconds === 0 ? {} : { indexExportMs: config.indexExportSeconds * 1000 }),
        batchBelowBytes: smallObjects.maxBytes,
        packAfterMs: smallObjects.packAfterSeconds * 1000,
      },
    );
    this.cleanups.push(() => opened.stop());
    this.#gateway = opened.gateway;
    this.setCredentials(opened.gateway.s3Endpoint);
  }

  /** No other gateway has this key: the home has a lock. */
  async #recoverLostIndex({ gateway }: Identities, { authorities }: ChainSpec, client: ChainClient): Promise<void> {
    if (this.config.acceptLostIndex) return;
    const logger = this.logger('gateway');
    const report = await recoverIfLost({
      client,
      authorities: { setId: 0n, authorities: authorities.map(({ key }) => ({ key, weight: 1n })) },
      account: gateway.account,
      nodeSigner: gateway.node,
      wrappingKey: gateway.wrappingKey,
      dataDir: this.folders.gateway(),
      isForced: false,
      allowPrivateEndpoints: true,
      logger,
      onProgress: () => {},
      signal: new AbortController().signal,
    });
    if (report === undefined) return;
    const { entries, unknown } = report;
    logger.warn(
      { entries, unknown: unknown.length },
      'the index of the gateway was lost and is recovered from the network',
    );
  }
}
