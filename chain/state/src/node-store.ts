// Records of trie nodes and hashed values. A record's id is a number that is never used twice, so that equal nodes at
// two places or of two blocks are two records, and dropping the state of one block never touches another's.
// Node record: count of ids (u8) ‖ ids (u48 big-endian each; value first, then children) ‖ canonical encoding.
import { byteAt, CessError } from '@cess/primitives';
import type { Kv, KvOperation } from '@cess/store';
import { ByteCache } from './byte-cache.js';
import { decodeNode } from './node-codec.js';
import { hashLength, type TrieNode } from './trie-node.js';

const nodeTag = 0x6e;
/** Object and map overhead of one cached node, roughly. */
const nodeOverheadBytes = 400;

export const defaultNodeCacheBytes = 32 * 1024 * 1024;

/** Read access to the records, with a bounded cache of decoded nodes. */
export class NodeStore {
  readonly #kv: Pick<Kv, 'get'>;
  readonly #cache: ByteCache<number, TrieNode>;

  constructor(kv: Pick<Kv, 'get'>, cacheBytes: number = defaultNodeCacheBytes) {
    this.#kv = kv;
    this.#cache = new ByteCache(cacheBytes);
  }

  /** Throws `STATE_PRUNED` when the record is gone. */
  node(id: number): TrieNode {
    const cached = this.#cache.get(id, cachedSize);
    if (cached) return cached;
    const node = decodeRecord(this.#record(id));
    this.#cache.set(id, node, cachedSize(node));
    return node;
  }

  value(id: number): Uint8Array {
    return this.#record(id);
  }

  #record(id: number): Uint8Array {
    const record = this.#kv.get(recordKey(id));
    if (!record) throw new CessError('STATE_PRUNED', 'The state of this block is no longer kept.', { id });
    return record;
  }
}

/** Key of a record: 'n' ‖ u48 big-endian, so that new records append to the end of the tree. */
export function recordKey(id: number): Uint8Array {
  const key = new Uint8Array(7);
  key[0] = nodeTag;
  writeId(key, 1, id);
  return key;
}

export function putNode(id: number, node: TrieNode, encoding: Uint8Array): KvOperation {
  const ids: number[] = [];
  if (node.value?.type === 'hashed') ids.push(node.value.id);
  for (const child of node.children ?? []) if (child?.merkle.length === hashLength) ids.push(child.id);
  const record = new Uint8Array(1 + ids.length * 6 + encoding.length);
  record[0] = ids.length;
  for (const [i, each] of ids.entries()) writeId(record, 1 + 6 * i, each);
  record.set(encoding, 1 + 6 * ids.length);
  return { type: 'put', key: recordKey(id), value: record };
}

export function putValue(id: number, value: Uint8Array): KvOperation {
  return { type: 'put', key: recordKey(id), value };
}

export function writeId(target: Uint8Array, at: number, id: number): void {
  const high = Math.floor(id / 0x100000000);
  target[at] = high >>> 8;
  target[at + 1] = high;
  target[at + 2] = id >>> 24;
  target[at + 3] = id >>> 16;
  target[at + 4] = id >>> 8;
  target[at + 5] = id;
}

export function readId(source: Uint8Array, at: number): number {
  const high = byteAt(source, at) * 256 + byteAt(source, at + 1);
  const low =
    byteAt(source, at + 2) * 16777216 +
    byteAt(source, at + 3) * 65536 +
    byteAt(source, at + 4) * 256 +
    byteAt(source, at + 5);
  return high * 0x100000000 + low;
}

function decodeRecord(record: Uint8Array): TrieNode {
  const count = record[0] ?? 0;
  const ids: number[] = [];
  for (let i = 0; i < count; i++) ids.push(readId(record, 1 + 6 * i));
  return decodeNode(record.subarray(1 + 6 * count), ids);
}

function cachedSize(node: TrieNode): number {
  const value = node.value?.type === 'inline' ? node.value.bytes.length : hashLength;
  return nodeOverheadBytes + node.partial.length + value + (node.children ? 16 * 64 : 0);
}
