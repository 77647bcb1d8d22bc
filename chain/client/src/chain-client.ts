// Typed RPC client of the chain for all other layers: storage queries from the runtime's declarations, blocks and events,
// finalized heads without gaps. Uses only the public JSON-RPC, so any node of the chain will do.
import type { Header } from '@cess/chain-primitives';
import { fixedBytes, vec, Writer } from '@cess/codec';
import { grandpaEngineId, headerHash } from '@cess/consensus';
import { CessError, equalBytes, fromHex, isCessError, type Logger, messageOf, toHex0x, utf8 } from '@cess/primitives';
import { decodeEvents, type EventRecord, type FileStatus, fileStatus, query } from '@cess/runtime/declarations';
import { RpcConnection } from './rpc-connection.js';
import { type BlockJson, type HeaderJson, headerFromJson, type RuntimeVersionJson } from './wire.js';

export interface ChainClientInit {
  /** `ws://host:port` of a node. */
  readonly endpoint: string;
  readonly logger: Logger;
  readonly requestTimeoutMs?: number;
  readonly heartbeatMs?: number;
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

export interface Block {
  readonly hash: Uint8Array;
  readonly header: Header;
  /** Encoded, length prefix included. */
  readonly extrinsics: readonly Uint8Array[];
  /** GRANDPA justification, if the node has one for this very block. */
  readonly justification: Uint8Array | undefined;
}

export interface FollowOptions {
  /** First block; default: the current finalized one. */
  readonly from?: number;
  /** Called after blocks were skipped. */
  readonly onGap?: () => Promise<void> | void;
}

export interface RuntimeInfo {
  readonly specVersion: number;
  readonly transactionVersion: number;
}

const grandpaEngine = utf8(grandpaEngineId);
const pageSize = 500;
const keysPerRequest = 250;

export class ChainClient {
  private constructor(
    private readonly rpc: RpcConnection,
    private readonly logger: Logger,
    readonly genesisHash: Uint8Array,
    readonly runtime: RuntimeInfo,
    /** Properties of the chain (`system_properties`). */
    readonly properties: Readonly<Record<string, unknown>>,
  ) {}

  /** Connects and reads the constants of the chain. Throws `RPC_TIMEOUT` when no node answers. */
  static async connect(init: ChainClientInit): Promise<ChainClient> {
    const rpc = new RpcConnection(init);
    try {
      const [genesis, version, properties] = await Promise.all([
        rpc.call<string>('chain_getBlockHash', [0]),
        rpc.call<RuntimeVersionJson>('state_getRuntimeVersion'),
        rpc.call<Record<string, unknown>>('system_properties'),
      ]);
      return new ChainClient(rpc, init.logger, fromHex(genesis), version, properties);
    } catch (error) {
      await rpc.close();
      throw error;
    }
  }

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

  // ---- blocks

  async finalizedHash(): Promise<Uint8Array> {
    return fromHex(await this.rpc.call<string>('chain_getFinalizedHead'));
  }

  async header(hash?: Uint8Array): Promise<Header> {
    const json = await this.rpc.call<HeaderJson | null>('chain_getHeader', hash === undefined ? [] : [toHex0x(hash)]);
    if (json === null) throw unknownBlock();
    return headerFromJson(json);
  }

  async blockHash(number: number): Promise<Uint8Array | undefined> {
    const hash = await this.rpc.call<string | null>('chain_getBlockHash', [number]);
    return hash === null ? undefined : fromHex(hash);
  }

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

  async events(at: Uint8Array): Promise<readonly EventRecord[]> {
    const value = await this.storage(query.System.Events.key(), at);
    return value === undefined ? [] : decodeEvents(value);
  }

  /**
   * Calls `onHead` for every finalized block starting at `from` (default: the current one), in order and without gaps,
   * across reconnections. When `onHead` throws or rejects, the same block is retried. Blocks whose state the node has
   * pruned are skipped; `onGap` is called after the next block, so that the follower compares its data with the current
   * state. The returned function stops following.
   */
  followFinalized(
    onHead: (header: Header, hash: Uint8Array) => Promise<void> | void,
    { from, onGap }: FollowOptions = {},
  ): () => Promise<void> {
    let next = from;
    let known = -1;
    let working: Promise<void> | undefined;
    let stopped = false;
    let isGap = false;
    const follow = async (number: number): Promise<boolean> => {
      const hash = await this.blockHash(number);
      if (hash === undefined) return false;
      await onHead(await this.header(hash), hash);
      if (isGap) await onGap?.();
      isGap = false;
      return true;
    };
    const advance = async (): Promise<void> => {
      while (!stopped && next !== undefined && next <= known) {
        try {
          if (!(await follow(next))) return;
          next++;
        } catch (error) {
          if (isPruned(error)) {
            if (!isGap) this.logger.warn({ number: next }, 'skipping finalized blocks whose state has been pruned');
            isGap = true;
            next++;
            continue;
          }
          this.logger.debug(
            { number: next, cause: messageOf(error) },
            'processing a finalized block failed; retrying with the next head',
          );
          return;
        }
      }
    };
    const unsubscribe = this.rpc.subscribe('chain_subscribeFinalizedHeads', [], (value) => {
      known = Math.max(known, Number((value as HeaderJson).number));
      next ??= known;
      working ??= advance().finally(() => {
        working = undefined;
      });
    });
    return async () => {
      stopped = true;
      unsubscribe();
      await working;
    };
  }

  // ---- state

  /** Raw storage; at the best block unless `at` is given. */
  async storage(key: Uint8Array, at?: Uint8Array): Promise<Uint8Array | undefined> {
    const value = await this.rpc.call<string | null>('state_getStorage', [toHex0x(key), ...atParameter(at)]);
    return value === null ? undefined : fromHex(value);
  }

  async value<T>(item: ValueItem<T>, at?: Uint8Array): Promise<T> {
    return item.decodeValue(await this.storage(item.key(), at));
  }

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

  /** All entries under a partial key, page by page, of one block. */
  async *entries<K extends readonly unknown[], T>(
    item: MapItem<K, T>,
    partial: Partial<K>,
    at?: Uint8Array,
  ): AsyncGenerator<readonly [K, NonNullable<T>]> {
    const block = toHex0x(at ?? (await this.finalizedHash()));
    const prefix = toHex0x(item.prefix(...partial));
    let after: string | null = null;
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

/** RPC error code of a node for a pruned state. */
const prunedCode = 4003;

/** Whether a node rejected the call because the state has been pruned. */
export function isPruned(error: unknown): boolean {
  return isCessError(error, 'RPC_ERROR') && error.data['rpcCode'] === prunedCode;
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
