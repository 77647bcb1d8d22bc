// A light client: follows the finality of a chain over a node that it does not trust, and reads state with proofs. It trusts a genesis
// and an authority set (`LightTrust`) and nothing else; whatever does not verify is refused with a coded error and changes nothing.
// It never goes back: a finalized block that is older than a known one is refused. docs/protocol/grandpa.md §6, ADR 88.
import type { AuthoritySet } from '@cess/consensus';
import {
  BackgroundLoop,
  CessError,
  isCessError,
  type Logger,
  noMetrics,
  type OnFatal,
  silentLogger,
  systemTimers,
  type Timers,
  throwFatal,
  webRng,
} from '@cess/primitives';
import type { MapItem, ValueItem } from '../chain-client.js';
import { RpcConnection } from '../rpc-connection.js';
import type { OpenSocket } from '../socket.js';
import { advance, authoritySetOf, initialState, type LightState } from './finality.js';
import { ProvenState } from './proven-state.js';
import type { FinalizedBlock, LightTrust } from './trust.js';
import { defaultLightLimits, type LightLimits, type LightNode, UntrustedNode } from './untrusted-node.js';

/** How a light client follows, and what it refuses. */
export interface LightClientOptions {
  readonly trust: LightTrust;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Default: those of the platform. */
  readonly timers?: Timers;
  /** Called with an error of the following that is a defect. Default: throws it as uncaught. */
  readonly onFatal?: OnFatal;
  /** Between two questions for the newest block, beside the notifications of the node. Default 6 s. */
  readonly pollMs?: number;
  /** A newest block that is older is refused with `LIGHT_HEAD_OLD`; `undefined` accepts any age. Default 1 h. */
  readonly maxAgeMs?: number | undefined;
  readonly limits?: Partial<LightLimits>;
}

/** A light client over a connection of the caller. */
export interface LightClientInit extends LightClientOptions {
  /** A connection that the caller opens and closes, such as a `ChainClient`. */
  readonly node: LightNode;
}

/** A light client with a connection of its own. */
export interface LightConnectionInit extends LightClientOptions {
  /** `ws://host:port` or `wss://host:port` of any node. */
  readonly endpoint: string;
  /** Default: a WebSocket of the platform. */
  readonly openSocket?: OpenSocket;
}

/** How far a light client is, and what is wrong. */
export interface LightStatus {
  /** The newest verified block. */
  readonly finalized: FinalizedBlock | undefined;
  /** Why the last attempt to follow failed; undefined after one that succeeded. */
  readonly problem: CessError | undefined;
}

const defaultPollMs = 6_000;
const defaultMaxAgeMs = 3_600_000;
const backOff = { leastMs: 500, mostMs: 15_000 };

/** Follows the finality of a chain over a node that it does not trust, and reads its state with proofs. */
export class LightClient {
  readonly #node: UntrustedNode;
  readonly #loop: BackgroundLoop;
  readonly #timers: Timers;
  readonly #maxAgeMs: number;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<(status: LightStatus) => void>();
  #state: LightState;
  #problem: CessError | undefined;
  #running: Promise<FinalizedBlock> | undefined;
  #unsubscribe: () => void = () => {};
  #closeConnection: () => Promise<void> = async () => {};

  constructor(private readonly init: LightClientInit) {
    const { timers = systemTimers, logger = silentLogger, onFatal = throwFatal, pollMs = defaultPollMs } = init;
    this.#timers = timers;
    this.#maxAgeMs = ('maxAgeMs' in init ? init.maxAgeMs : defaultMaxAgeMs) ?? Number.POSITIVE_INFINITY;
    const limits = { ...defaultLightLimits, ...init.limits };
    this.#node = new UntrustedNode(init.node, { timers, limits, stopping: this.#stopping.signal });
    this.#state = initialState(init.trust);
    this.#loop = new BackgroundLoop({
      ...{ timers, logger, onFatal, backOff, rng: webRng, metrics: noMetrics },
      name: 'light client',
      task: () => this.#follow(),
      periodMs: pollMs,
    });
  }

  /** A light client with a connection of its own, which `stop` closes. */
  static over({ endpoint, openSocket, ...options }: LightConnectionInit): LightClient {
    const requestTimeoutMs = options.limits?.callTimeoutMs;
    const rpc = new RpcConnection({
      endpoint,
      logger: options.logger ?? silentLogger,
      ...(openSocket === undefined ? {} : { openSocket }),
      ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    });
    const client = new LightClient({ ...options, node: rpc });
    client.#closeConnection = () => rpc.close();
    return client;
  }

  /** Follows until `stop`. Idempotent. */
  start(): void {
    this.#unsubscribe();
    const notice = () => this.#loop.trigger();
    this.#unsubscribe = this.init.node.subscribe?.('chain_subscribeFinalizedHeads', [], notice) ?? (() => {});
    this.#loop.start();
  }

  /** Ends the following, and closes a connection of its own. A stopped client does not start again. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#unsubscribe = () => {};
    this.#stopping.abort();
    await this.#closeConnection();
    await this.#loop.stop();
    this.#listeners.clear();
  }

  /** The newest verified block. */
  get finalized(): FinalizedBlock | undefined {
    return this.#state.block;
  }

  /** The set that finalizes the blocks after `finalized`. */
  get authorities(): AuthoritySet {
    return this.#state.authorities;
  }

  /** Of the chain that is followed; undefined until a block proves it, where none was given. */
  get genesisHash(): Uint8Array | undefined {
    return this.#state.genesisHash;
  }

  get status(): LightStatus {
    return { finalized: this.#state.block, problem: this.#problem };
  }

  /** Calls back with each new finalized block and each new problem. The result unsubscribes. */
  onStatus(listener: (status: LightStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Asks the node for its newest finalized block and verifies it; works with and without `start`. Throws what is wrong with the answer:
   * `LIGHT_…`, `CHAIN_NODE_LIES`, `JUSTIFICATION_INVALID`, `FINALITY_PROOF_INVALID`, `PROOF_…`, `RPC_…`. What was verified before stays.
   */
  sync(): Promise<FinalizedBlock> {
    this.#running ??= this.#advance().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** The first verified block. Rejects with `RPC_TIMEOUT` and the last problem as its cause. */
  async whenSynced(timeoutMs = 30_000): Promise<FinalizedBlock> {
    const until = this.#timers.nowMs() + timeoutMs;
    while (this.finalized === undefined) {
      if (this.#timers.nowMs() >= until) {
        const message = `No finalized block could be verified in time: ${this.#problem?.message ?? 'the node does not answer'}.`;
        throw new CessError('RPC_TIMEOUT', message, {}, { cause: this.#problem });
      }
      await this.#timers.sleep(50);
    }
    return this.finalized;
  }

  /** The state after the newest verified block. It stays at that block. Throws `LIGHT_NOT_SYNCED`. */
  state(): ProvenState {
    const { block } = this.#state;
    if (block === undefined)
      throw new CessError('LIGHT_NOT_SYNCED', 'No finalized block is verified yet. Call sync() or whenSynced() first.');
    return new ProvenState(block, this.#node);
  }

  /** Proven raw values of raw keys after the newest verified block: `state().read`. */
  async read(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.state().read(keys);
  }

  /** The proven value of a storage item of `query`. */
  async value<T>(item: ValueItem<T>): Promise<T> {
    return this.state().value(item);
  }

  /** The proven value of a map of `query` under its keys. */
  async entry<K extends readonly unknown[], T>(item: MapItem<K, T>, keys: K): Promise<T> {
    return this.state().entry(item, keys);
  }

  /** Who finalized a block, to verify a receipt of it. Throws `LIGHT_SET_UNKNOWN` for blocks before a checkpoint. */
  authoritySetOf(number: number): Promise<AuthoritySet> {
    return authoritySetOf(this.#node, this.init.trust, number);
  }

  /** What this client knows, for another one to begin with (`encodeCheckpoint` makes a text of it). Throws `LIGHT_NOT_SYNCED`. */
  checkpoint(): LightTrust {
    const { number, hash } = this.state().block;
    const { genesisHash, authorities } = this.#state;
    return { genesisHash, authorities, finalized: { number, hash } };
  }

  async #advance(): Promise<FinalizedBlock> {
    try {
      const next = await advance(this.#node, this.#state);
      const { block } = next;
      if (block === undefined) throw new CessError('LIGHT_NOT_SYNCED', 'No finalized block is verified yet.');
      this.#assertFresh(block);
      const isNews = this.#problem !== undefined || block !== this.#state.block;
      this.#state = next;
      this.#problem = undefined;
      if (isNews) this.#announce();
      return block;
    } catch (error) {
      if (isCessError(error)) {
        this.#problem = error;
        this.#announce();
      }
      throw error;
    }
  }

  #assertFresh({ number, timeMs }: FinalizedBlock): void {
    const ageMs = this.#timers.nowMs() - timeMs;
    // The genesis has no time.
    if (number === 0 || ageMs <= this.#maxAgeMs) return;
    const message = `The newest finalized block that the chain node shows, ${number}, is ${Math.round(ageMs / 1000)} s old. Ask another node.`;
    throw new CessError('LIGHT_HEAD_OLD', message, { number, ageMs });
  }

  /** No answer of a node ends the following: the node may be honest again. */
  async #follow(): Promise<void> {
    try {
      await this.sync();
    } catch (error) {
      if (!isCessError(error)) throw error;
      throw new CessError('LIGHT_REFUSED', error.message, { code: error.code }, { cause: error });
    }
  }

  #announce(): void {
    for (const listener of this.#listeners) listener(this.status);
  }
}
