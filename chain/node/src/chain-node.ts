// Composition root of a chain node: database, engine thread, pool, authoring, finality and RPC. Each part starts after the
// parts that it needs and stops before them.
import { DEFAULT_BACK_OFF, shouldBackOff, slotStartMs, type VoteEquivocation } from '@cess/consensus';
import { createEd25519Signer, systemRng } from '@cess/crypto';
import type { NetworkHost } from '@cess/network';
import {
  type BackgroundPorts,
  CessError,
  handledElsewhere,
  hostAndPort,
  invariant,
  isRetryable,
  type Logger,
  type Metrics,
  messageOf,
  noMetrics,
  type OnFatal,
  present,
  runCleanups,
  systemTimers,
  type Timers,
  toHex,
} from '@cess/primitives';
import { lockDirectory } from '@cess/store';
import { isLoopback, type NodeIdentity } from '@cess/tls';
import { Author } from './authoring/author.js';
import { ElectionDuty } from './authoring/election-duty.js';
import { OffenceReporter } from './authoring/offence-reporter.js';
import type { ChainSpec } from './chain-spec.js';
import { ChainView } from './chain-view.js';
import { type ChainReader, databaseBytes, openChainReader } from './engine/database.js';
import { EngineHost } from './engine/engine-host.js';
import type { ChainHeads, Finalized, ImportedBlock } from './engine/engine-types.js';
import { ReaderHost } from './engine/reader-host.js';
import { eraOf } from './engine/runtime-registry.js';
import { type VoterEpoch, VotingFinality } from './finality/voting-finality.js';
import { limitedLogger } from './limited-logger.js';
import { NodeMetrics, type NodeReadings } from './node-metrics.js';
import { PoolService } from './pool/pool-service.js';
import type { LocalSocket, LocalSocketListener } from './rpc/local-socket.js';
import { NetworkRecords } from './rpc/network-records.js';
import type { RpcOrigins } from './rpc/origin-check.js';
import { type CommonContext, RpcDispatcher } from './rpc/rpc-dispatcher.js';
import { defaultRpcLimits, type RpcLimits } from './rpc/rpc-limits.js';
import { RpcServer } from './rpc/rpc-server.js';
import { SeatReadings } from './seat-readings.js';
import { ChainSync } from './sync/chain-sync.js';
import { HistorySync } from './sync/history-sync.js';
import { StateSync } from './sync/state-sync.js';

export type SyncMode = 'full' | 'fast' | 'warp';

export interface AuthorityKey {
  /** Seed of the ed25519 key. */
  readonly seed: Uint8Array;
  /** Kept beside the key. */
  readonly voterEpoch: VoterEpoch;
}

export interface ChainNodeInit {
  /** Data directory, used by this node only. */
  readonly dataDir: string;
  readonly chainSpec: ChainSpec;
  /** Without it the node only follows. */
  readonly authority?: AuthorityKey;
  readonly host?: string;
  /** 0 selects a free port. */
  readonly rpcPort: number;
  readonly rpcLimits?: RpcLimits;
  /** Origins of browser pages that may use the RPC. Default: none but those of the loopback interface. */
  readonly rpcOrigins?: RpcOrigins;
  /** The key that TLS of the RPC proves. Default: plain HTTP and WebSocket. Required off loopback. */
  readonly rpcIdentity?: NodeIdentity | undefined;
  /**
   * How a node with an empty folder gets the chain: it executes all blocks; or it takes the state of a final block from peers, and after that the
   * blocks below (`fast`) or not (`warp`). Default: `full`. Without a network it has no effect.
   */
  readonly sync?: SyncMode;
  /** Final blocks whose headers and bodies are kept, 512 at least. Default: all. The history of `fast` is not fetched then. */
  readonly keptBlocks?: number;
  /** Opens the peer-to-peer host of the network with this genesis block. Default: none, the node is alone. */
  readonly openNetwork?: (genesis: Uint8Array) => Promise<NetworkHost>;
  readonly logger: Logger;
  /** Default: none. */
  readonly metrics?: Metrics;
  readonly timers?: Timers;
  /** Terminates the process: the node cannot continue. */
  readonly onFatal: OnFatal;
}

export interface ChainNode {
  start(): Promise<void>;
  /** Idempotent; resolves when the database is closed and all work has stopped. */
  stop(): Promise<void>;
  /** WebSocket URL of the RPC, with the node key if it speaks TLS; the same port answers HTTP. Known after `start`. */
  readonly rpcEndpoint: string;
  /** Opens an RPC connection from inside the process, for `ChainClient`. After `start`. */
  openLocalSocket(init: unknown, listener: LocalSocketListener): LocalSocket;
  /** Known after `start`. */
  readonly genesisHash: Uint8Array;
  /** No block is authored until `resume`. RPC continues to answer. */
  pause(): void;
  resume(): void;
  /** Best and finalized block. Known after `start`. */
  heads(): Pick<ChainHeads, 'best' | 'finalized'>;
}

/** Creates a chain node over `dataDir`; it stays idle until `start`. */
export function createChainNode(init: ChainNodeInit): ChainNode {
  return new RunningChainNode(init);
}

interface Parts {
  readonly view: ChainView;
  readonly pool: PoolService;
  readonly seats: SeatReadings;
  readonly server: RpcServer;
  readonly author?: Author;
  readonly duty?: ElectionDuty;
  readonly reporter?: OffenceReporter;
  readonly sync?: ChainSync;
  readonly voting?: VotingFinality;
}

class RunningChainNode implements ChainNode {
  readonly #init: ChainNodeInit;
  readonly #logger: Logger;
  /** For what the clients of the RPC cause. */
  readonly #rpcLogger: Logger;
  readonly #cleanups: (() => unknown)[] = [];
  #parts: Parts | undefined;
  #lostBlocks: number | undefined;
  #endpoint = '';
  #stopping: Promise<void> | undefined;
  #paused = false;
  readonly #metrics: NodeMetrics;

  constructor(init: ChainNodeInit) {
    this.#init = init;
    this.#logger = init.logger;
    this.#metrics = new NodeMetrics(init.metrics ?? noMetrics, () => this.#readings());
    this.#rpcLogger = limitedLogger(init.logger, init.timers ?? systemTimers, () =>
      this.#metrics.logLinesDropped.add(1),
    );
  }

  get rpcEndpoint(): string {
    return this.#endpoint;
  }

  get genesisHash(): Uint8Array {
    return this.#require().view.genesisHash;
  }

  heads(): Pick<ChainHeads, 'best' | 'finalized'> {
    const { view } = this.#require();
    return { best: view.best, finalized: view.finalized };
  }

  openLocalSocket(_init: unknown, listener: LocalSocketListener): LocalSocket {
    return this.#require().server.openLocal(listener);
  }

  pause(): void {
    this.#paused = true;
    this.#parts?.author?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#parts?.author?.resume();
  }

  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (thrown) {
      await this.#cleanUp();
      throw thrown;
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#cleanUp();
    return this.#stopping;
  }

  async #start(): Promise<void> {
    const { dataDir, chainSpec: spec, authority, keptBlocks } = this.#init;
    const lock = lockDirectory(dataDir);
    this.#cleanups.push(() => lock.release());
    const engine = new EngineHost({ dataDir, spec, keptBlocks }, this.#logger, (reason) =>
      this.#fatal(reason, 'chain engine'),
    );
    this.#cleanups.push(() => engine.close());
    const versions = await engine.run('versions');
    const reader = openChainReader(dataDir);
    this.#cleanups.push(() => reader.close());
    const { genesisHash } = await engine.run('heads');
    const host = await this.#init.openNetwork?.(genesisHash);
    if (host) this.#cleanups.push(() => host.stop());
    await this.#takeState(engine, host);
    const view = new ChainView(reader, await engine.run('heads'), (thrown) =>
      this.#logger.error({ reason: messageOf(thrown) }, 'a listener of chain events failed'),
    );
    const runtime = new ReaderHost({ dataDir }, this.#rpcLogger);
    this.#cleanups.push(() => runtime.close());
    const pool = new PoolService({
      engine,
      bodyOf: (hash) => view.body(hash) ?? [],
      bestNumber: () => view.best.number,
      onPooled: (bytes) => this.#parts?.sync?.announceTransaction(bytes),
      background: this.#background(),
    });
    this.#cleanups.push(() => pool.stop());
    const peerId = host?.peerId ?? (authority ? toHex(createEd25519Signer(authority.seed).publicKey) : 'follower');
    const isAuthority = authority !== undefined;
    const server = await this.#serve({
      ...{ view, runtime, pool, spec, versions, peerId, isAuthority },
      ...(host ? { host, records: new NetworkRecords(host.records, this.#background().timers) } : {}),
      isSyncing: () => this.#parts?.sync?.isSyncing ?? false,
      rounds: () => this.#parts?.voting?.rounds(),
      maxResponseBytes: (this.#init.rpcLimits ?? defaultRpcLimits).maxResponseBytes,
      noteRefused: (refusal) => this.#metrics.transactionRefused(refusal),
    });
    const author = authority && this.#createAuthor(engine, pool, authority);
    const duties = authority && {
      ...{ view, pool, logger: this.#logger, secretSeed: authority.seed },
      versions: () => eraOf(versions, view.best.number + 1).version,
    };
    const duty = duties && new ElectionDuty(duties);
    const reporter = duties && new OffenceReporter(duties);
    const sync = host && this.#createSync(host, { engine, view, pool });
    const voting = authority && this.#createVoting(authority, { engine, reader, host });
    this.#parts = {
      ...{ view, pool, server, seats: new SeatReadings(view) },
      ...(author ? { author } : {}),
      ...(duty ? { duty } : {}),
      ...(reporter ? { reporter } : {}),
      ...(sync ? { sync } : {}),
      ...(voting ? { voting } : {}),
    };
    if (host && keptBlocks === undefined) {
      const history = new HistorySync({ ...this.#background(), host, engine, blocks: reader.blocks });
      this.#cleanups.push(() => history.stop());
      history.start();
    }
    await voting?.start();
    await sync?.start();
    author?.start();
    const { best, finalized } = view;
    this.#logger.info(
      { genesis: toHex(view.genesisHash), best: best.number, finalized: finalized.number, rpc: this.#endpoint },
      'chain node started',
    );
  }

  /** Before all other parts, which begin with the state. A state that is half there has no use for another mode. */
  async #takeState(engine: EngineHost, host: NetworkHost | undefined): Promise<void> {
    const { sync = 'full', timers = systemTimers } = this.#init;
    const { best } = await engine.run('heads');
    if (best.number > 0) return;
    if (sync === 'full' || host === undefined) return void (await engine.run('dropStateImport'));
    const keepsHistory = sync === 'fast' && this.#init.keptBlocks === undefined;
    const stopping = new AbortController();
    const stateSync = new StateSync({ host, engine, timers, logger: this.#logger, keepsHistory });
    const taken = stateSync.run(stopping.signal);
    handledElsewhere(taken);
    this.#cleanups.push(async () => {
      stopping.abort();
      await Promise.allSettled([taken]);
    });
    await taken;
  }

  async #serve(context: CommonContext): Promise<RpcServer> {
    const { host = '127.0.0.1', rpcIdentity: identity } = this.#init;
    invariant(identity !== undefined || isLoopback(host), 'off loopback the RPC speaks TLS');
    const server = new RpcServer({
      host,
      port: this.#init.rpcPort,
      dispatcher: new RpcDispatcher(context, this.#rpcLogger, (...answer) => this.#metrics.rpcAnswered(...answer)),
      logger: this.#rpcLogger,
      identity,
      ...(this.#init.rpcLimits ? { limits: this.#init.rpcLimits } : {}),
      ...(this.#init.rpcOrigins ? { origins: this.#init.rpcOrigins } : {}),
    });
    this.#cleanups.push(() => server.stop());
    const port = await server.start();
    const address = hostAndPort(host, port);
    this.#endpoint = identity === undefined ? `ws://${address}` : `wss://${toHex(identity.publicKey)}@${address}`;
    return server;
  }

  #createAuthor(engine: EngineHost, pool: PoolService, { seed: secretSeed, voterEpoch }: AuthorityKey): Author {
    const author = new Author({
      engine: this.#metrics.timedBlocks(engine),
      pool,
      spec: this.#init.chainSpec,
      secretSeed,
      isTurnOf: (key, slot) => this.#require().view.isTurnOf(key, slot),
      slots: voterEpoch,
      ...this.#background(),
      isBackingOff: (slot) => this.#isBackingOff(slot),
      onImported: (block) => this.#authored(block),
    });
    this.#cleanups.push(() => author.stop());
    if (this.#paused) author.pause();
    return author;
  }

  #createSync(
    host: NetworkHost,
    { engine, view, pool }: { readonly engine: EngineHost; readonly view: ChainView; readonly pool: PoolService },
  ): ChainSync {
    const sync = new ChainSync({
      ...this.#background(),
      ...{ host, view, pool, spec: this.#init.chainSpec },
      isAuthority: this.#init.authority !== undefined,
      onEquivocation: (proof) => this.#sawEquivocation(proof),
      input: {
        importBlock: async (header, body) => this.#imported(await engine.run('importBlock', header, body)),
        finalize: async (justification) => {
          const finalized = await engine.run('finalize', justification);
          if (finalized.newlyFinal.length > 0) this.#parts?.voting?.finalizedElsewhere(finalized.finalized);
          await this.#finalized(finalized);
        },
      },
    });
    this.#cleanups.push(() => sync.stop());
    return sync;
  }

  #createVoting(
    { seed: secretSeed, voterEpoch: epoch }: AuthorityKey,
    {
      engine,
      reader,
      host,
    }: { readonly engine: EngineHost; readonly reader: ChainReader; readonly host: NetworkHost | undefined },
  ): VotingFinality {
    const { chainSpec: spec } = this.#init;
    const finalized = present(reader.blocks.finalized(), 'the finalized block');
    const voting = new VotingFinality({
      ...this.#background(),
      ...{ engine, blocks: reader.blocks, finalized, host, spec, secretSeed, epoch },
      onMissing: (hash) => this.#parts?.sync?.want(hash),
      onEquivocation: (proof) => this.#sawEquivocation(proof),
      onFinalized: async (newlyFinal) => {
        this.#parts?.sync?.announceFinality(newlyFinal.justification, newlyFinal.finalized.number);
        await this.#finalized(newlyFinal);
      },
    });
    this.#cleanups.push(() => voting.stop());
    return voting;
  }

  /** An authority reports it; a node without a key can only say so. */
  #sawEquivocation(proof: VoteEquivocation): void {
    const reporter = this.#parts?.reporter;
    if (reporter !== undefined) return reporter.sawVotes(proof);
    this.#init.logger.error({ voter: proof.voter, round: proof.round }, 'an authority voted twice in one round');
  }

  /** Authors slow down while finality stands. */
  #isBackingOff(slot: bigint): boolean {
    const { view } = this.#require();
    const bestSlot = view.block(view.best.hash)?.slot;
    if (bestSlot === undefined) return false;
    const state = { bestNumber: view.best.number, bestSlot, finalizedNumber: view.finalized.number };
    return shouldBackOff(slot, state, DEFAULT_BACK_OFF);
  }

  #readings(): NodeReadings | undefined {
    if (this.#parts === undefined) return undefined;
    const { view, pool, server, seats } = this.#parts;
    return {
      seats: () => seats.figures(),
      bestNumber: view.best.number,
      finalizedNumber: view.finalized.number,
      lostBlocks: this.#lostBlocks,
      poolTransactions: pool.size,
      rpcConnections: server.connections,
      databaseBytes: databaseBytes(this.#init.dataDir),
    };
  }

  async #authored(block: ImportedBlock): Promise<void> {
    const { view, sync } = this.#require();
    sync?.announceBlock(block.header, view.body(block.pointer.hash) ?? []);
    await this.#imported(block);
  }

  /** After every import, in the order of imports: events, pool, finality. */
  async #imported(block: ImportedBlock): Promise<void> {
    const { view, pool, voting, reporter } = this.#require();
    reporter?.sawBlock(block.header, block.author);
    for (const failure of block.hookFailures) {
      this.#metrics.hookFailed(failure);
      this.#logger.error(
        { block: block.pointer.number, ...failure },
        'a hook of the runtime failed and was rolled back',
      );
    }
    if (block.isBest) this.#lostBlocks = block.lostBlocks;
    view.noteImported(block);
    await pool.bestChanged(block, view.best);
    voting?.imported(
      block.pointer,
      block.header,
      slotStartMs(view.block(block.pointer.hash)?.slot ?? 0n, this.#init.chainSpec.slotDurationMs),
    );
    if (block.isBest) void this.#runDuties();
  }

  /** Beside the imports: the pool waits for the engine. */
  async #runDuties(): Promise<void> {
    const { duty, reporter } = this.#require();
    try {
      await reporter?.bestChanged();
      await duty?.bestChanged();
    } catch (error) {
      if (!isRetryable(error)) return this.#fatal(error, 'duties of an authority');
      this.#logger.warn(
        { reason: messageOf(error) },
        'a proof or report could not be posted; the next block tries again',
      );
    }
  }

  async #finalized(finalized: Finalized): Promise<void> {
    const { view, pool } = this.#require();
    view.noteFinalized(finalized);
    if (finalized.enacted.length + finalized.retracted.length > 0) await pool.bestChanged(finalized, view.best);
    pool.blocksFinalized(finalized.newlyFinal);
  }

  #fatal(reason: unknown, where: string): void {
    if (!this.#stopping) this.#init.onFatal(reason, where);
  }

  #background(logger = this.#logger): BackgroundPorts {
    const { timers = systemTimers, metrics = noMetrics } = this.#init;
    return { timers, rng: systemRng, logger, metrics, onFatal: (error, loop) => this.#fatal(error, loop) };
  }

  /** Undoes the steps of `start` in reverse order. */
  async #cleanUp(): Promise<void> {
    await runCleanups(this.#cleanups);
  }

  #require(): Parts {
    if (!this.#parts) throw new CessError('NODE_NOT_STARTED', 'The chain node is not started.');
    return this.#parts;
  }
}
