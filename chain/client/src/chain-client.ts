// Typed RPC client of the chain for all other layers: storage queries from the runtime's declarations, blocks and events,
// finalized heads without gaps. Uses only the public JSON-RPC, so any node of the chain will do.
import type { Header } from '@cess/chain-primitives';
import { fixedBytes, vec, Writer } from '@cess/codec';
import { grandpaEngineId, headerHash } from '@cess/consensus';
import {
  type BackgroundPorts,
  CessError,
  delay,
  equalBytes,
  fromHex,
  handledElsewhere,
  type Logger,
  type Metrics,
  messageOf,
  noMetrics,
  type OnFatal,
  systemTimers,
  throwFatal,
  toHex0x,
  utf8,
  webRng,
} from '@cess/primitives';
import { decodeEvents, type EventRecord, type FileStatus, fileStatus, query } from '@cess/runtime/declarations';
import { FinalizedFollower, type FollowOptions } from './finalized-follower.js';
import { RpcConnection } from './rpc-connection.js';
import type { OpenSocket } from './socket.js';
import { type BlockJson, type HeaderJson, headerFromJson, type RuntimeVersionJson } from './wire.js';

/** What a client reads of its chain when it connects. */
export interface ChainIdentity {
  readonly genesisHash: Uint8Array;
  readonly runtime: RuntimeInfo;
  /** Properties of the chain (`system_properties`). */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Which chain node to connect to. */
export interface ChainClientInit {
  /** `ws://host:port` of a node. */
  readonly endpoint: string;
  /** How to connect. Default: a WebSocket to the endpoint. */
  readonly openSocket?: OpenSocket;
  readonly logger: Logger;
  /** Called with an error of a follower that no retry can help. Default: throws, which ends the process. */
  readonly onFatal?: OnFatal;
  /** Default: none. */
  readonly metrics?: Metrics;
  readonly requestTimeoutMs?: number;
  readonly heartbeatMs?: number;
  /**
   * The identity of the chain at an earlier connection. `connect` uses it when the node does not answer within a few seconds,
   * so that a process can start without the chain.
   */
  readonly remembered?: ChainIdentity | undefined;
}

/** A storage item with a fixed key. */
export interface ValueItem<T> {
  key(): Uint8Array;
  decodeValue(bytes: Uint8Array | undefined): T;
}

/** A map of storage items. */
export interface MapItem<K extends readonly unknown[], T> {
  key(...keys: K): Uint8Array;
  prefix(...keys: Partial<K>): Uint8Array;
  decodeKey(raw: Uint8Array): K;
  decodeValue(bytes: Uint8Array | undefined): T;
}

/** A block: its header and its extrinsics, encoded. */
export interface Block {
  readonly hash: Uint8Array;
  readonly header: Header;
  /** Encoded, length prefix included. */
  readonly extrinsics: readonly Uint8Array[];
  /** GRANDPA justification, if the node has one for this very block. */
  readonly justification: Uint8Array | undefined;
}

/** The runtime of the chain. */
export interface RuntimeInfo {
  readonly specVersion: number;
  readonly transactionVersion: number;
}

const grandpaEngine = utf8(grandpaEngineId);
/** How long a client with a remembered identity waits for the node. */
const rememberAfterMs = 3_000;
const pageSize = 500;
const keysPerRequest = 250;

/** A connection to a chain node, with typed queries, blocks, events and subscriptions. It believes the node; `LightClient` does not. */
export class ChainClient {
  private present: ChainIdentity;

  private constructor(
    private readonly rpc: RpcConnection,
    private readonly background: BackgroundPorts,
    identity: ChainIdentity,
  ) {
    this.present = identity;
    rpc.onConnected(() => void this.#reconnected());
  }

  /**
   * Connects and reads the constants of the chain. Throws `RPC_TIMEOUT` when no node answers and nothing is remembered. After
   * each reconnection the constants are read again: a node of another chain is fatal (`CHAIN_CHANGED`).
   */
  static async connect(init: ChainClientInit): Promise<ChainClient> {
    const rpc = new RpcConnection(init);
    try {
      const identity = await readOrRemember(rpc, init);
      const client = new ChainClient(rpc, backgroundOf(init), identity);
      // The node may have been connected, but too slow to answer in time.
      if (identity === init.remembered && rpc.isConnected) void client.#reconnected();
      return client;
    } catch (error) {
      await rpc.close();
      throw error;
    }
  }

  /** Whether there is a connection to the node now. */
  get isConnected(): boolean {
    return this.rpc.isConnected;
  }

  /** What the chain is: genesis, runtime, properties. */
  get identity(): ChainIdentity {
    return this.present;
  }

  /** 32 bytes. */
  get genesisHash(): Uint8Array {
    return this.present.genesisHash;
  }

  /** The runtime as the node reported it at the last connection. */
  get runtime(): RuntimeInfo {
    return this.present.runtime;
  }

  /** The properties of the chain specification, such as the decimals of the token. */
  get properties(): Readonly<Record<string, unknown>> {
    return this.present.properties;
  }

  /** The node may have been upgraded, or replaced by one of another chain. */
  async #reconnected(): Promise<void> {
    try {
      const identity = await readIdentity(this.rpc);
      if (!equalBytes(identity.genesisHash, this.genesisHash)) {
        const chains = `${toHex0x(identity.genesisHash)}, not ${toHex0x(this.genesisHash)}`;
        const error = new CessError('CHAIN_CHANGED', `The chain node now belongs to another chain: ${chains}.`);
        return this.background.onFatal(error, 'chain client');
      }
      this.present = identity;
    } catch (error) {
      // The connection broke again; the next one is read.
      this.background.logger.debug({ cause: messageOf(error) }, 'reading the identity of the chain failed');
    }
  }

  /** Ends the connection; calls that wait throw `RPC_CLOSED`. */
  async close(): Promise<void> {
    await this.rpc.close();
  }

  /** Calls back after each (re)connection, when the node may have lost its memory. The result unsubscribes. */
  onConnected(listener: () => void): () => void {
    return this.rpc.onConnected(listener);
  }

  /** Any JSON-RPC method. */
  call<T>(method: string, params: readonly unknown[] = []): Promise<T> {
    return this.rpc.call<T>(method, params);
  }

  /** Notifications of a subscription, across reconnections, until the returned function is called. */
  subscribe(method: string, params: readonly unknown[], onValue: (value: unknown) => void): () => void {
    return this.rpc.subscribe(method, params, onValue);
  }

  // ---- blocks

  /** The hash of the newest block that the node calls finalized: 32 bytes. */
  async finalizedHash(): Promise<Uint8Array> {
    return fromHex(await this.rpc.call<string>('chain_getFinalizedHead'));
  }

  /** The header of a block, default the best one. Throws `CHAIN_BLOCK_UNKNOWN`. */
  async header(hash?: Uint8Array): Promise<Header> {
    const json = await this.rpc.call<HeaderJson | null>('chain_getHeader', hash === undefined ? [] : [toHex0x(hash)]);
    if (json === null) throw unknownBlock();
    return headerFromJson(json);
  }

  /** The hash of the block at a height; undefined above the best block. */
  async blockHash(number: number): Promise<Uint8Array | undefined> {
    const hash = await this.rpc.call<string | null>('chain_getBlockHash', [number]);
    return hash === null ? undefined : fromHex(hash);
  }

  /** The block with this hash. Throws `CHAIN_BLOCK_UNKNOWN`. */
  async block(hash: Uint8Array): Promise<Block> {
    const json = await this.rpc.call<BlockJson | null>('chain_getBlock', [toHex0x(hash)]);
    if (json === null) throw unknownBlock();
    return {
      hash,
      header: headerFromJson(json.block.header),
      extrinsics: json.block.extrinsics.map(fromHex),
      justification: justificationOf(json),
    };
  }

  /**
   * How the voters of finality changed from the set with this id on, SCALE of `FinalityProof`; without links if it is the present
   * one. Not verified: `followSetChanges` does.
   */
  async setChanges(from: bigint): Promise<Uint8Array> {
    return fromHex(await this.rpc.call<string>('grandpa_proveSetChanges', [Number(from)]));
  }

  /** The events of the block with this hash. */
  async events(at: Uint8Array): Promise<readonly EventRecord[]> {
    const value = await this.storage(query.System.Events.key(), at);
    return value === undefined ? [] : decodeEvents(value);
  }

  /**
   * Calls `onHead` for every finalized block from `from` (or the present one) on, in order and without gaps, over all
   * reconnections. A retryable error of `onHead` is retried with the same block. Where the node has pruned the state that
   * `onHead` needs, after a long outage, blocks are skipped and `onGap` is called after the next one, so that the follower
   * compares what it has with the present state. Any other error reaches `onFatal` of this client. Ends with the returned
   * function.
   */
  followFinalized(
    onHead: (header: Header, hash: Uint8Array) => Promise<void> | void,
    options: FollowOptions = {},
  ): () => Promise<void> {
    const follower = new FinalizedFollower({
      ...this.background,
      ...options,
      blockHash: (number) => this.blockHash(number),
      header: (hash) => this.header(hash),
      onHead,
    });
    follower.start();
    const unlisten = this.rpc.onConnected(() => follower.reconnected());
    const unsubscribe = this.rpc.subscribe('chain_subscribeFinalizedHeads', [], (value) =>
      follower.announce(Number((value as HeaderJson).number)),
    );
    return () => {
      unlisten();
      unsubscribe();
      return follower.stop();
    };
  }

  // ---- state

  /** Raw storage; at the best block unless `at` is given. */
  async storage(key: Uint8Array, at?: Uint8Array): Promise<Uint8Array | undefined> {
    const value = await this.rpc.call<string | null>('state_getStorage', [toHex0x(key), ...atParameter(at)]);
    return value === null ? undefined : fromHex(value);
  }

  /** The value of a storage item of `query`; at the best block unless `at` is given. */
  async value<T>(item: ValueItem<T>, at?: Uint8Array): Promise<T> {
    return item.decodeValue(await this.storage(item.key(), at));
  }

  /** The value of a map of `query` under its keys; at the best block unless `at` is given. */
  async entry<K extends readonly unknown[], T>(item: MapItem<K, T>, keys: K, at?: Uint8Array): Promise<T> {
    return item.decodeValue(await this.storage(item.key(...keys), at));
  }

  /** Raw values of many keys at one block, in their order. */
  async values(keys: readonly Uint8Array[], at: Uint8Array): Promise<(Uint8Array | undefined)[]> {
    const block = toHex0x(at);
    const texts = keys.map(toHex0x);
    const values = new Map<string, string | null>();
    for (let from = 0; from < texts.length; from += keysPerRequest) {
      const page = texts.slice(from, from + keysPerRequest);
      const sets = await this.rpc.call<{ changes: [string, string | null][] }[]>('state_queryStorageAt', [page, block]);
      for (const [key, value] of sets.flatMap(({ changes }) => changes)) values.set(key, value);
    }
    return texts.map((key) => {
      const value = values.get(key);
      return value === undefined || value === null ? undefined : fromHex(value);
    });
  }

  /** All entries under a partial key, page by page, of one block; with `behind`, only those behind this raw key. */
  async *entries<K extends readonly unknown[], T>(
    item: MapItem<K, T>,
    partial: Partial<K>,
    at?: Uint8Array,
    behind?: Uint8Array,
  ): AsyncGenerator<readonly [K, NonNullable<T>]> {
    const block = toHex0x(at ?? (await this.finalizedHash()));
    const prefix = toHex0x(item.prefix(...partial));
    let after: string | null = behind === undefined ? null : toHex0x(behind);
    for (;;) {
      const keys: string[] = await this.rpc.call<string[]>('state_getKeysPaged', [prefix, pageSize, after, block]);
      if (keys.length === 0) return;
      const sets = await this.rpc.call<{ changes: [string, string | null][] }[]>('state_queryStorageAt', [keys, block]);
      const values = new Map(sets.flatMap(({ changes }) => changes));
      for (const key of keys) {
        const value = values.get(key);
        if (value === undefined || value === null) continue;
        yield [item.decodeKey(fromHex(key)), item.decodeValue(fromHex(value)) as NonNullable<T>];
      }
      if (keys.length < pageSize) return;
      after = keys.at(-1) ?? null;
    }
  }

  /** At most `limit` keys under a partial key, behind the raw key `after`, in the order of raw keys. */
  async keysAfter<K extends readonly unknown[], T>(
    item: MapItem<K, T>,
    partial: Partial<K>,
    after: Uint8Array,
    limit: number,
  ): Promise<readonly K[]> {
    const params = [toHex0x(item.prefix(...partial)), limit, toHex0x(after), toHex0x(await this.finalizedHash())];
    const keys = await this.rpc.call<string[]>('state_getKeysPaged', params);
    return keys.map((key) => item.decodeKey(fromHex(key)));
  }

  /** Protection status of the least protected of these files, at most `MAX_STATUS_FILES`. */
  async fileStatus(fileIds: readonly Uint8Array[]): Promise<FileStatus> {
    const writer = new Writer();
    vec(fixedBytes(32)).write([...fileIds], writer);
    const args = ['FileBankApi_file_status', toHex0x(writer.toBytes())];
    return fileStatus.decode(fromHex(await this.rpc.call<string>('state_call', args)));
  }

  /** Trie nodes that prove the values of the keys in the state of a block. */
  async readProof(keys: readonly Uint8Array[], at: Uint8Array): Promise<readonly Uint8Array[]> {
    const answer = await this.rpc.call<{ proof: string[] }>('state_getReadProof', [keys.map(toHex0x), toHex0x(at)]);
    return answer.proof.map(fromHex);
  }

  /** Index of the account's next transaction, counting those in the pool. */
  async nextNonce(addressSs58: string): Promise<number> {
    return this.rpc.call<number>('system_accountNextIndex', [addressSs58]);
  }

  /** What the node says of its peer-to-peer network; no addresses: it has none. */
  async networkState(): Promise<NetworkState> {
    const [peerId, addresses, { peers, isSyncing }] = await Promise.all([
      this.rpc.call<string>('system_localPeerId'),
      this.rpc.call<string[]>('system_localListenAddresses'),
      this.rpc.call<{ readonly peers: number; readonly isSyncing: boolean }>('system_health'),
    ]);
    return { peerId, addresses, peers, isSyncing };
  }

  /** Sends a signed extrinsic to the pool of the node. `Submitter` follows it until it is final. Throws `CHAIN_CALL_INVALID`. */
  async submitExtrinsic(extrinsic: Uint8Array): Promise<void> {
    await this.rpc.call('author_submitExtrinsic', [toHex0x(extrinsic)]);
  }

  /** The header of a hash, checked against the hash. Throws `CHAIN_NODE_LIES`. */
  async verifiedHeader(hash: Uint8Array): Promise<Header> {
    const header = await this.header(hash);
    if (toHex0x(headerHash(header)) !== toHex0x(hash)) {
      throw new CessError(
        'CHAIN_NODE_LIES',
        'The node returned a header that does not match its hash. Connect to a node that you trust.',
      );
    }
    return header;
  }
}

/** The peer-to-peer network of a chain node. */
export interface NetworkState {
  readonly peerId: string;
  /** With `/p2p/<peer id>`: what other nodes take as a bootstrap address. */
  readonly addresses: readonly string[];
  readonly peers: number;
  readonly isSyncing: boolean;
}

async function readIdentity(rpc: RpcConnection): Promise<ChainIdentity> {
  const [genesis, { specVersion, transactionVersion }, properties] = await Promise.all([
    rpc.call<string>('chain_getBlockHash', [0]),
    rpc.call<RuntimeVersionJson>('state_getRuntimeVersion'),
    rpc.call<Record<string, unknown>>('system_properties'),
  ]);
  return { genesisHash: fromHex(genesis), runtime: { specVersion, transactionVersion }, properties };
}

async function readOrRemember(rpc: RpcConnection, init: ChainClientInit): Promise<ChainIdentity> {
  const reading = readIdentity(rpc);
  const { remembered, logger, endpoint } = init;
  if (remembered === undefined) return reading;
  handledElsewhere(reading);
  const waiting = new AbortController();
  const late = delay(rememberAfterMs, waiting.signal).then(
    () => undefined,
    () => undefined,
  );
  const identity = await Promise.race([reading, late]);
  waiting.abort();
  if (identity === undefined) logger.warn({ endpoint }, 'the chain node is unreachable; starting without it');
  return identity ?? remembered;
}

function backgroundOf({ logger, onFatal = throwFatal, metrics = noMetrics }: ChainClientInit): BackgroundPorts {
  return { timers: systemTimers, rng: webRng, logger, metrics, onFatal };
}

function atParameter(at: Uint8Array | undefined): readonly string[] {
  return at === undefined ? [] : [toHex0x(at)];
}

function unknownBlock(): CessError {
  return new CessError('CHAIN_BLOCK_UNKNOWN', 'The node does not have this block, or no longer keeps it.');
}

function justificationOf(json: BlockJson): Uint8Array | undefined {
  for (const [engine, bytes] of json.justifications ?? []) {
    const name = typeof engine === 'string' && !engine.startsWith('0x') ? utf8(engine) : toBytes(engine);
    if (equalBytes(name, grandpaEngine)) return toBytes(bytes);
  }
  return undefined;
}

function toBytes(value: unknown): Uint8Array {
  if (typeof value === 'string') return fromHex(value);
  if (Array.isArray(value)) return Uint8Array.from(value as number[]);
  return new Uint8Array(0);
}
