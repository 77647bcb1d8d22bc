// The TEE worker: makes tags for providers over HTTP and judges the proofs that the chain assigns to it. Everything that needs
// keys happens in the enclave. This process passes requests and chain evidence to it, and returns its answers.

import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemRng } from '@cess/crypto';
import { maxClockSkewSeconds, NodeServer, ReplayGuard } from '@cess/node-api';
import {
  aborted,
  CessError,
  type Clock,
  createDeferred,
  handledElsewhere,
  isAbort,
  isCessError,
  type Logger,
  type Metrics,
  messageOf,
  noMetrics,
  type OnFatal,
  type Startable,
  systemTimers,
} from '@cess/primitives';
import type { DirectoryLock } from '@cess/store';
import type { TlsBinding } from '@cess/tls';
import type { TeeChain } from './chain-port.js';
import { defaultMemoryBudgetBytes, type TeeWorkerConfig } from './config.js';
import { enclaveDirectory, takeDirectory } from './directory.js';
import { VerificationDuty } from './duty/verification-duty.js';
import type { Enclave } from './enclave/enclave.js';
import { CallerGate } from './http/caller-gate.js';
import { teeNames } from './http/errors.js';
import { MemoryBudget } from './http/memory-budget.js';
import { route } from './http/router.js';
import { ensureWorkerRegistered } from './registration.js';
import { TeeMetrics, type TeeReadings } from './tee-metrics.js';

export interface TeeWorkerComponents {
  readonly chain: TeeChain;
  /** Opens the enclave whose sealed files are in the directory. */
  readonly openEnclave: (dir: string) => Promise<Enclave>;
  /** Account that registers and stakes. */
  readonly account: Uint8Array;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the process after an error of background work that a retry cannot help. */
  readonly onFatal: OnFatal;
  /** Default: none. */
  readonly metrics?: Metrics;
}

/** The parts that exist only while the worker runs. */
interface Running {
  readonly lock: DirectoryLock;
  readonly enclave: Enclave;
  readonly memory: MemoryBudget;
  readonly server: NodeServer;
  readonly endpoint: string;
}

/** A worker that is not started yet. It may be started again after it was stopped. */
export function createTeeWorker(components: TeeWorkerComponents, config: TeeWorkerConfig): TeeWorker {
  return new TeeWorker(components, config);
}

export class TeeWorker implements Startable {
  #running: Running | undefined;
  #worker: number | undefined;
  #duty: VerificationDuty | undefined;
  #stopping = new AbortController();
  #registered = createDeferred<number>();
  #registering: Promise<void> = Promise.resolve();
  readonly #metrics: TeeMetrics;

  /** @internal Use `createTeeWorker`. */
  constructor(
    private readonly components: TeeWorkerComponents,
    private readonly config: TeeWorkerConfig,
  ) {
    this.#metrics = new TeeMetrics(components.metrics ?? noMetrics, () => this.#readings());
  }

  /** Opens the enclave and listens. Registers in the background (see `whenRegistered`). */
  async start(): Promise<void> {
    if (this.#running !== undefined) return;
    const { chain, account, openEnclave, logger } = this.components;
    this.#stopping = new AbortController();
    this.#registered = createDeferred();
    handledElsewhere(this.#registered.promise);
    const lock = takeDirectory(this.config.dir, { genesis: chain.genesis, account });
    let enclave: Enclave | undefined;
    try {
      enclave = await openEnclave(enclaveDirectory(this.config.dir));
      const memory = new MemoryBudget(this.config.memoryBudgetBytes ?? defaultMemoryBudgetBytes);
      const { server, endpoint } = await this.#listen(enclave, memory);
      this.#running = { lock, enclave, memory, server, endpoint };
    } catch (error) {
      await enclave?.close();
      lock.release();
      throw error;
    }
    this.#keepRegistered();
    logger.info({ endpoint: this.endpoint, enclave: enclave.describe().kind }, 'TEE worker started');
  }

  /** Resolves with the index on chain. Rejects when the worker stops first, or is registered with another enclave. */
  whenRegistered(): Promise<number> {
    return this.#registered.promise;
  }

  /** URL that is registered on chain; only while it runs. */
  get endpoint(): string {
    if (this.#running === undefined) throw new CessError('TEE_STOPPED', 'The TEE worker is not running.');
    return this.#running.endpoint;
  }

  /** Index on chain; undefined before it is known. */
  get worker(): number | undefined {
    return this.#worker;
  }

  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    this.#stopping.abort();
    this.#registered.reject(aborted());
    await running.server.close();
    await this.#duty?.stop();
    await this.#registering;
    this.#duty = undefined;
    await running.enclave.close();
    running.lock.release();
  }

  #readings(): TeeReadings | undefined {
    if (this.#running === undefined) return undefined;
    const { memory, enclave } = this.#running;
    return { waiting: memory.inUse, verdicts: this.#duty?.counts, enclaveRestarts: enclave.restarts ?? 0 };
  }

  async #listen(enclave: Enclave, memory: MemoryBudget): Promise<{ server: NodeServer; endpoint: string }> {
    const { chain, clock, logger } = this.components;
    const { host, port, endpoint, isTlsOnLoopback, maxRequests = 256, stallTimeoutMs = 30_000 } = this.config;
    // Every waiting request adds a listener. This is not a leak.
    setMaxListeners(maxRequests + 1, this.#stopping.signal);
    const nowMs = () => clock.nowMs();
    const context = {
      chain,
      enclave: this.#metrics.timed(enclave),
      replayGuard: new ReplayGuard(maxClockSkewSeconds),
      callers: new CallerGate(nowMs),
      memory,
      nowMs,
      stallTimeoutMs,
      stopping: this.#stopping.signal,
      worker: () => this.#worker,
    };
    const handle = (message: IncomingMessage, response: ServerResponse) => route(context, message, response);
    const onRefused = (code: string) => this.#metrics.refusals.add(1, { code });
    const identity = {
      publicKey: enclave.describe().signerKey,
      bindTlsKey: (binding: TlsBinding) => enclave.bindTlsKey(binding),
    };
    const init = {
      ...{ host, port, endpoint, identity, isTlsOnLoopback, nowMs },
      ...{ maxRequests, stallTimeoutMs, logger, handle, onRefused },
    };
    const server = new NodeServer(init, teeNames);
    return { server, endpoint: (await server.listen()).endpoint };
  }

  /** Updates the record on chain, now and whenever the chain suspends the worker. Runs are serialized. */
  #keepRegistered(): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#registering = this.#registering.then(() => this.#register(running));
  }

  async #register({ enclave, endpoint }: Running): Promise<void> {
    const { chain, account, logger } = this.components;
    const { bond } = this.config;
    try {
      const init = { chain, enclave, account, endpoint, bond, logger };
      const worker = await ensureWorkerRegistered(init, this.#stopping.signal);
      this.#worker = worker;
      this.#registered.resolve(worker);
      if (this.#duty === undefined) this.#beginDuty(enclave, worker);
      logger.info({ worker, endpoint }, 'TEE worker registered');
    } catch (error) {
      if (!isCessError(error) && !isAbort(error)) return this.components.onFatal(error, 'registration');
      if (isCessError(error, 'TEE_ENCLAVE_MISMATCH'))
        logger.error({ cause: messageOf(error) }, 'cannot register the TEE worker');
      else logger.debug({ cause: messageOf(error) }, 'stopped registering');
      this.#registered.reject(error);
    }
  }

  #beginDuty(enclave: Enclave, worker: number): void {
    if (this.#stopping.signal.aborted) return;
    const { chain, logger, onFatal, metrics = noMetrics } = this.components;
    const { batchWaitMs = 2_000 } = this.config;
    const background = { timers: systemTimers, rng: systemRng, logger, metrics, onFatal };
    const onSuspended = () => this.#keepRegistered();
    this.#duty = new VerificationDuty({ ...background, chain, enclave, worker, batchWaitMs, onSuspended });
    this.#duty.start();
  }
}
