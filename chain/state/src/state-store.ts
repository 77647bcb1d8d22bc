// States of many blocks over one store: commit of a block's changes, discarding of abandoned blocks, pruning.
// Every method returns KV operations and writes nothing: the caller puts them into one batch with the block they
// belong to, so that state and block appear together or not at all.
// Keys: 'n' ‖ id = node or value, 'v' ‖ block hash = version, 'j' ‖ block hash = ids that the block made obsolete,
// 'i' = next id. Ids grow and are never reused; after a lost batch some are skipped, which is harmless.
import { bytes, createCodec, versionedRecord } from '@cess/codec';
import { CessError, concatBytes, present, toHex, utf8 } from '@cess/primitives';
import type { Kv, KvOperation } from '@cess/store';
import { defaultNodeCacheBytes, NodeStore, putNode, putValue, readId, recordKey, writeId } from './node-store.js';
import { proveRange } from './state-range.js';
import { TrieBuilder } from './trie-builder.js';
import type { TrieNode } from './trie-node.js';
import { emptyTrieRoot } from './trie-node.js';
import { TrieReader, type TrieRoot } from './trie-reader.js';

const versionTag = utf8('v');
const journalTag = utf8('j');
const nextIdKey = utf8('i');
const versionLength = 50;
const droppedAtOnce = 10_000;

export const emptyRoot: TrieRoot = { hash: emptyTrieRoot, id: 0 };

export type StateChanges = Iterable<readonly [key: Uint8Array, value: Uint8Array | undefined]>;

/** A new version of the state that no block refers to yet. */
export interface PreparedState {
  readonly root: TrieRoot;
  readonly records: readonly KvOperation[];
  readonly obsolete: readonly number[];
  /** Record ids made for this version: `from` inclusive, `to` exclusive. */
  readonly created: { readonly from: number; readonly to: number };
}

/** Read side: any thread may have one over its own handle of the store. */
export class StateReader {
  protected readonly kv: Kv;
  protected readonly nodes: NodeStore;
  readonly #trie: TrieReader;

  constructor(kv: Kv, cacheBytes: number = defaultNodeCacheBytes) {
    this.kv = kv;
    this.nodes = new NodeStore(kv, cacheBytes);
    this.#trie = new TrieReader(this.nodes);
  }

  /** Root of the state after the block, undefined when it is unknown or no longer kept. */
  rootOf(blockHash: Uint8Array): TrieRoot | undefined {
    const record = this.kv.get(concatBytes(versionTag, blockHash));
    return record && versionRecord.decode(record).root;
  }

  /** As `rootOf`, but throws `STATE_PRUNED`. */
  requireRoot(blockHash: Uint8Array): TrieRoot {
    const root = this.rootOf(blockHash);
    if (root) return root;
    throw new CessError('STATE_PRUNED', 'The state of this block is unknown or no longer kept.', {
      block: toHex(blockHash),
    });
  }

  get(root: TrieRoot, key: Uint8Array): Uint8Array | undefined {
    return this.#trie.get(root, key);
  }

  keys(root: TrieRoot, prefix: Uint8Array, startAfter?: Uint8Array, limit?: number): IterableIterator<Uint8Array> {
    return this.#trie.keys(root, prefix, startAfter, limit);
  }

  /** Read proof of presence or absence of each key, to be checked by `verifyReadProof`. */
  createReadProof(root: TrieRoot, keys: readonly Uint8Array[]): Uint8Array[] {
    return this.#trie.proof(root, keys);
  }

  /** The keys behind `after` in order, as nodes and values that `readRange` reads; about `maxBytes` of them. */
  createRangeProof(root: TrieRoot, after: Uint8Array | undefined, maxBytes: number): Uint8Array[] {
    return proveRange(this.nodes, root, after, maxBytes);
  }
}

/** Write side: exactly one per store. */
export class StateStore extends StateReader {
  #nextId: number;

  constructor(kv: Kv, cacheBytes?: number) {
    super(kv, cacheBytes);
    const stored = kv.get(nextIdKey);
    this.#nextId = stored ? readId(stored, 0) : 1;
  }

  /** The version that results from `changes` (undefined deletes) on top of `base`. */
  prepare(base: TrieRoot, changes: StateChanges): PreparedState {
    const builder = new TrieBuilder({ load: (id) => this.nodes.node(id), root: base, version: 1 });
    for (const [key, value] of changes) {
      if (value === undefined) builder.delete(key);
      else builder.put(key, value);
    }
    const from = this.#nextId;
    const records: KvOperation[] = [];
    const { root, obsolete } = builder.finish({
      node: (node: TrieNode, encoding: Uint8Array) => {
        const id = this.#nextId++;
        records.push(putNode(id, node, encoding));
        return id;
      },
      value: (bytes: Uint8Array) => {
        const id = this.#nextId++;
        records.push(putValue(id, bytes));
        return id;
      },
    });
    return { root, records, obsolete, created: { from, to: this.#nextId } };
  }

  /** Operations that make a prepared version the state after `blockHash`. */
  commit(prepared: PreparedState, blockHash: Uint8Array): KvOperation[] {
    return [
      ...prepared.records,
      { type: 'put', key: concatBytes(versionTag, blockHash), value: versionRecord.encode(prepared) },
      { type: 'put', key: concatBytes(journalTag, blockHash), value: journalRecord.encode(prepared.obsolete) },
      this.#putNextId(),
    ];
  }

  #putNextId(): KvOperation {
    const next = new Uint8Array(6);
    writeId(next, 0, this.#nextId);
    return { type: 'put', key: nextIdKey, value: next };
  }

  /** Operations that add entries to a state that is being fetched and that no block refers to yet, and its root with them. */
  extend(base: TrieRoot, entries: StateChanges): { readonly root: TrieRoot; readonly operations: KvOperation[] } {
    const { root, records, obsolete } = this.prepare(base, entries);
    return { root, operations: [...records, ...obsolete.map(deleteRecord), this.#putNextId()] };
  }

  /**
   * Operations that drop a state that was being fetched, where the only version is that of this block: in parts, each for a batch of its own, after
   * nothing refers to that state any more.
   */
  *dropImported(onlyBlock: Uint8Array): Generator<KvOperation[]> {
    const record = present(this.kv.get(concatBytes(versionTag, onlyBlock)), 'the version of a block');
    const end = this.#nextId;
    for (let from = versionRecord.decode(record).created.to; from < end; from += droppedAtOnce) {
      const count = Math.min(droppedAtOnce, end - from);
      yield Array.from({ length: count }, (_, index) => deleteRecord(from + index));
    }
  }

  /** Operations that make a state that was fetched the one after `blockHash`, a final block. */
  adopt(root: TrieRoot, blockHash: Uint8Array): KvOperation[] {
    // A final block is never discarded, so what was created for it does not matter.
    return this.commit(
      { root, records: [], obsolete: [], created: { from: this.#nextId, to: this.#nextId } },
      blockHash,
    );
  }

  /** Operations that drop the state of `parentHash`, whose one remaining child is the canonical block `childHash`. */
  prune(parentHash: Uint8Array, childHash: Uint8Array): KvOperation[] {
    const journal = this.kv.get(concatBytes(journalTag, childHash));
    return [
      ...(journal ? journalRecord.decode(journal).map(deleteRecord) : []),
      { type: 'delete', key: concatBytes(journalTag, childHash) },
      { type: 'delete', key: concatBytes(versionTag, parentHash) },
    ];
  }

  /** Operations that drop the state of an abandoned block. Its descendants must be dropped as well. */
  discard(blockHash: Uint8Array): KvOperation[] {
    const record = this.kv.get(concatBytes(versionTag, blockHash));
    if (!record) return [];
    const { created } = versionRecord.decode(record);
    const operations: KvOperation[] = [];
    for (let id = created.from; id < created.to; id++) operations.push(deleteRecord(id));
    operations.push({ type: 'delete', key: concatBytes(versionTag, blockHash) });
    operations.push({ type: 'delete', key: concatBytes(journalTag, blockHash) });
    return operations;
  }
}

function deleteRecord(id: number): KvOperation {
  return { type: 'delete', key: recordKey(id) };
}

/** Tables whose records carry a version. Nodes and values are bytes that consensus defines, with ids in front. */
export const stateRecordTables: readonly Uint8Array[] = [versionTag, journalTag];

type CommittedVersion = Pick<PreparedState, 'root' | 'created'>;

const versionRecord = versionedRecord<CommittedVersion>({
  name: 'state version',
  version: 1,
  codec: createCodec({
    type: bytes().type,
    minBytes: versionLength,
    write: (value, writer) => writer.raw(encodeVersion(value)),
    read: (reader) => decodeVersion(reader.raw(versionLength)),
  }),
});

const journalRecord = versionedRecord<readonly number[]>({
  name: 'state journal',
  version: 1,
  codec: createCodec({
    type: bytes().type,
    minBytes: 0,
    write: (ids, writer) => writer.raw(encodeIds(ids)),
    read: (reader) => decodeIds(reader.raw(reader.remaining)),
  }),
});

/** Version record: root hash 32 ‖ root id u48 ‖ created from u48 ‖ created to u48. */
function encodeVersion({ root, created }: CommittedVersion): Uint8Array {
  const out = new Uint8Array(versionLength);
  out.set(root.hash);
  writeId(out, 32, root.id);
  writeId(out, 38, created.from);
  writeId(out, 44, created.to);
  return out;
}

function decodeVersion(record: Uint8Array): CommittedVersion {
  return {
    root: { hash: record.slice(0, 32), id: readId(record, 32) },
    created: { from: readId(record, 38), to: readId(record, 44) },
  };
}

function encodeIds(ids: readonly number[]): Uint8Array {
  const out = new Uint8Array(ids.length * 6);
  for (const [i, id] of ids.entries()) writeId(out, 6 * i, id);
  return out;
}

function decodeIds(bytes: Uint8Array): number[] {
  return Array.from({ length: bytes.length / 6 }, (_, i) => readId(bytes, 6 * i));
}
