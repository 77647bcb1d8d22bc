// The thread in which the providers of the embedded network run, each with its own directory, keys and port. They
// share one connection to the chain, one feed of finalized blocks, and one thread for proofs, nothing else.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { ChainClient, type ExtrinsicSigner, Submitter } from '@cess/client';
import { sr25519Account } from '@cess/client/signers';
import { MetricsRegistry } from '@cess/metrics';
import type { ProviderAction, ProviderStatus } from '@cess/node-api';
import { CessError, handledElsewhere, isCessError, type Logger, messageOf, type OnFatal } from '@cess/primitives';
import {
  createProviderOverChain,
  createSharedWork,
  FinalizedFeed,
  type Provider,
  type SharedWork,
} from '@cess/provider';
import { createFatalHandler, handleUncaught } from '@cess/role-process';
import { type Handlers, serveThread } from '@cess/workers';
import { openLog } from './logging.js';
import type { ProviderCalls, ProviderSpec, ProviderTexts, ProviderThreadData } from './provider-protocol.js';

/** State of a provider that survives a restart. */
interface Lasting {
  readonly spec: ProviderSpec;
  readonly account: ExtrinsicSigner;
  readonly submitter: Submitter;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
}

interface Hosted extends Lasting {
  provider: Provider;
  /** Assigned port; kept across restarts. */
  port: number;
  running: boolean;
}

class ProviderThread {
  readonly #hosted = new Map<string, Hosted>();
  readonly #feed: FinalizedFeed;
  readonly #shared: SharedWork;

  constructor(
    private readonly data: ProviderThreadData,
    private readonly client: ChainClient,
    private readonly logger: Logger,
    private readonly onFatal: OnFatal,
  ) {
    this.#feed = new FinalizedFeed(client);
    this.#shared = createSharedWork({ logger });
  }

  async start(): Promise<void> {
    for (const spec of this.data.providers) {
      const logger = this.logger.child({ name: spec.name });
      const metrics = new MetricsRegistry({ logger });
      const account = sr25519Account(spec.accountSeed);
      const submitter = new Submitter({ client: this.client, signer: account, logger });
      const lasting: Lasting = { spec, account, submitter, logger, metrics };
      const provider = this.#create(lasting, spec.port);
      const hosted: Hosted = { ...lasting, provider, port: spec.port, running: false };
      this.#hosted.set(spec.name, hosted);
      await this.#startOne(hosted);
    }
    await Promise.all([...this.#hosted.values()].map(({ provider }) => provider.whenRegistered()));
  }

  status(): ProviderStatus[] {
    return [...this.#hosted.values()].map(statusOf);
  }

  async metrics(): Promise<ProviderTexts> {
    const running = [...this.#hosted.values()].filter((hosted) => hosted.running);
    return new Map(
      await Promise.all(running.map(async ({ spec, metrics }) => [spec.name, await metrics.text()] as const)),
    );
  }

  async act(name: string, action: ProviderAction): Promise<ProviderStatus> {
    const hosted = this.#hosted.get(name);
    if (hosted === undefined)
      throw new CessError('PROVIDER_UNKNOWN', `There is no provider "${name}"; see: cess status`);
    if (action !== 'start') await this.#stopOne(hosted);
    // Delete fragments and tags; keep the provider's identity.
    const wiped = action === 'wipe' ? ['store', 'tags'] : [];
    for (const name of wiped) rmSync(join(hosted.spec.dir, name), { recursive: true, force: true });
    if (action !== 'stop' && !hosted.running) {
      hosted.provider = this.#create(hosted, hosted.port);
      await this.#startOne(hosted);
    }
    return statusOf(hosted);
  }

  async stop(): Promise<void> {
    const all = [...this.#hosted.values()];
    await Promise.all(all.map(({ submitter }) => submitter.stop()));
    await Promise.all(all.map((hosted) => this.#stopOne(hosted)));
    await this.#shared.stop();
    await this.client.close();
  }

  #create({ spec, account, submitter, logger, metrics }: Lasting, port: number): Provider {
    return createProviderOverChain(
      {
        client: this.client,
        feed: this.#feed,
        submitter,
        account,
        nodeSeed: spec.nodeSeed,
        shared: this.#shared,
        allowPrivateEndpoints: true,
        logger,
        onFatal: this.onFatal,
        metrics,
      },
      {
        dir: spec.dir,
        host: this.data.host,
        port,
        declaredBytes: spec.declaredBytes,
        minFreeBytes: this.data.minFreeBytes,
        scrubBytesPerSecond: this.data.scrubBytesPerSecond,
      },
    );
  }

  async #startOne(hosted: Hosted): Promise<void> {
    try {
      await hosted.provider.start();
    } catch (error) {
      if (hosted.port === 0 || !isCessError(error, 'PROVIDER_PORT_IN_USE')) throw error;
      // Another program took the port of the last run. Use any port: the new endpoint is recorded on chain.
      hosted.provider = this.#create(hosted, 0);
      await hosted.provider.start();
    }
    hosted.port = hosted.provider.port;
    hosted.running = true;
  }

  async #stopOne(hosted: Hosted): Promise<void> {
    if (!hosted.running) return;
    hosted.running = false;
    handledElsewhere(hosted.provider.whenRegistered());
    await hosted.provider.stop();
  }
}

function statusOf({ spec, provider, running }: Hosted): ProviderStatus {
  const usage = running ? provider.usage() : { usedBytes: 0, fragments: 0 };
  return {
    name: spec.name,
    running,
    miner: provider.index ?? null,
    endpoint: running ? provider.endpoint : null,
    usedBytes: usage.usedBytes,
    fragments: usage.fragments,
  };
}

/** The calls of the thread, over one connection to the chain. */
async function open(data: ProviderThreadData): Promise<Handlers<ProviderCalls>> {
  const log = openLog(data.logFile, data.logLevel, false);
  let thread: ProviderThread | undefined;
  const logger = log.child({ role: 'provider' });
  const report = (): unknown => thread?.status();
  const onFatal = createFatalHandler({ logger, report });
  handleUncaught(onFatal);
  const client = await ChainClient.connect({ endpoint: data.rpcEndpoint, logger, onFatal });
  const providers = new ProviderThread(data, client, logger, onFatal);
  thread = providers;
  return {
    whenReady: async () => {
      try {
        await providers.start();
      } catch (error) {
        logger.error({ cause: messageOf(error) }, 'starting a provider failed');
        throw error;
      }
      return undefined;
    },
    status: () => providers.status(),
    metrics: () => providers.metrics(),
    act: (name, action) => providers.act(name, action),
    shutdown: async () => {
      await providers.stop();
      return undefined;
    },
  };
}

serveThread<ProviderCalls>(await open(workerData as ProviderThreadData), { isSerial: false, lastCall: 'shutdown' });
