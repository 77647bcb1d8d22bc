// Reading one version of the trie: values, ordered keys, read proofs. The root is a reference (hash and record id).
import { byteAt, compareBytes, elementAt, toHex } from '@cess/primitives';
import { fromNibbles, toNibbles } from './nibbles.js';
import { decodeNode, encodeNode } from './node-codec.js';
import type { NodeStore } from './node-store.js';
import { type ChildRef, hashLength, type TrieNode } from './trie-node.js';

/** Where the trie starts. `id` 0 is the empty trie. */
export interface TrieRoot {
  readonly hash: Uint8Array;
  readonly id: number;
}

export class TrieReader {
  readonly #nodes: NodeStore;

  constructor(nodes: NodeStore) {
    this.#nodes = nodes;
  }

  get(root: TrieRoot, key: Uint8Array): Uint8Array | undefined {
    const value = this.#walk(root, key, undefined)?.value;
    if (!value) return undefined;
    return value.type === 'inline' ? value.bytes.slice() : this.#nodes.value(value.id);
  }

  /** Keys that start with `prefix`, ascending, after `startAfter` (exclusive), at most `limit`. */
  *keys(
    root: TrieRoot,
    prefix: Uint8Array,
    startAfter?: Uint8Array,
    limit = Number.POSITIVE_INFINITY,
  ): IterableIterator<Uint8Array> {
    if (root.id === 0 || limit <= 0) return;
    const path: number[] = [];
    let left = limit;
    const after = startAfter && compareBytes(startAfter, prefix) >= 0 ? toNibbles(startAfter) : undefined;
    for (const length of this.#visit(this.#nodes.node(root.id), path, toNibbles(prefix), after)) {
      yield fromNibbles(path, length);
      if (--left <= 0) return;
    }
  }

  /** The node encodings and hashed values that prove presence or absence of each key, without repetition. */
  proof(root: TrieRoot, keys: readonly Uint8Array[]): Uint8Array[] {
    const found = new Map<string, Uint8Array>();
    for (const key of keys) {
      const value = this.#walk(root, key, (merkle, node) => {
        const id = toHex(merkle);
        if (!found.has(id)) found.set(id, encodeNode(node));
      })?.value;
      if (value?.type === 'hashed') found.set(toHex(value.hash), this.#nodes.value(value.id));
    }
    return [...found.values()];
  }

  #walk(
    root: TrieRoot,
    key: Uint8Array,
    visit: ((merkle: Uint8Array, node: TrieNode) => void) | undefined,
  ): TrieNode | undefined {
    if (root.id === 0) return undefined;
    const path = toNibbles(key);
    let at = 0;
    let node = this.#nodes.node(root.id);
    visit?.(root.hash, node);
    for (;;) {
      if (at + node.partial.length > path.length) return undefined;
      for (const nibble of node.partial) if (path[at++] !== nibble) return undefined;
      if (at === path.length) return node;
      const child = node.children?.[byteAt(path, at++)];
      if (!child) return undefined;
      node = this.#load(child);
      if (child.merkle.length === hashLength) visit?.(child.merkle, node);
    }
  }

  /**
   * Depth-first in key order; yields the length of each key in nibbles while `path` holds it. Subtrees outside
   * `prefix` or wholly up to `after` are not loaded.
   */
  *#visit(node: TrieNode, path: number[], prefix: Uint8Array, after: Uint8Array | undefined): IterableIterator<number> {
    const start = path.length;
    for (const nibble of node.partial) path.push(nibble);
    if (agreesWith(path, prefix) && !(after && liesBefore(path, after))) {
      if (node.value && path.length >= prefix.length && !(after && isUpTo(path, after))) yield path.length;
      for (let slot = 0; slot < 16; slot++) {
        const child = node.children?.[slot];
        if (!child) continue;
        path.push(slot);
        if (agreesWith(path, prefix) && !(after && liesBefore(path, after))) {
          yield* this.#visit(this.#load(child), path, prefix, after);
        }
        path.pop();
      }
    }
    path.length = start;
  }

  #load(child: ChildRef): TrieNode {
    return child.merkle.length === hashLength ? this.#nodes.node(child.id) : decodeNode(child.merkle);
  }
}

/** One is a prefix of the other. */
function agreesWith(path: readonly number[], prefix: Uint8Array): boolean {
  const length = Math.min(path.length, prefix.length);
  for (let i = 0; i < length; i++) if (path[i] !== prefix[i]) return false;
  return true;
}

/** Every key under `path` is at or before `after`: they differ and `path` has the smaller nibble. */
export function liesBefore(path: readonly number[], after: Uint8Array): boolean {
  const length = Math.min(path.length, after.length);
  for (let i = 0; i < length; i++) if (path[i] !== after[i]) return elementAt(path, i) < elementAt(after, i);
  return false;
}

/** The key at `path` is at or before `after`. */
export function isUpTo(path: readonly number[], after: Uint8Array): boolean {
  const length = Math.min(path.length, after.length);
  for (let i = 0; i < length; i++) if (path[i] !== after[i]) return elementAt(path, i) < elementAt(after, i);
  return path.length <= after.length;
}
