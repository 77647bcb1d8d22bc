// Changing a trie: loads only the nodes on the changed paths, and at the end encodes and hashes each changed node once.
// Invariants: a branch without value has at least two children, one with a value at least one; no two adjacent nodes
// could be one. So the tree, and with it the root, depends on the entries alone and not on the order of changes.
import { blake2_256 } from '@cess/crypto';
import { byteAt, elementAt, equalBytes, present } from '@cess/primitives';
import { commonPrefixLength, joinNibbles, toNibbles } from './nibbles.js';
import { decodeNode, encodeNode } from './node-codec.js';
import {
  type ChildRef,
  emptyTrieRoot,
  hashedValueThreshold,
  hashLength,
  type NodeValue,
  type StateVersion,
  type TrieNode,
} from './trie-node.js';
import type { TrieRoot } from './trie-reader.js';

type Slot = ChildRef | WorkingNode;
/** A value that this builder wrote: hashed or not is decided when its node is encoded. */
type WorkingValue = NodeValue | { readonly type: 'new'; readonly bytes: Uint8Array };

class WorkingNode {
  constructor(
    public partial: Uint8Array,
    public value: WorkingValue | undefined,
    public children: (Slot | undefined)[] | undefined,
    /** The stored form; undefined once this node differs from it. */
    public origin: ChildRef | undefined,
  ) {}
}

/** Receives what a finished trie consists of, children before parents. */
export interface NodeSink {
  /** Stores a node and returns its id. */
  node(node: TrieNode, encoding: Uint8Array): number;
  value(bytes: Uint8Array): number;
}

const noSink: NodeSink = { node: () => 1, value: () => 1 };

export class TrieBuilder {
  readonly #load: (id: number) => TrieNode;
  readonly #version: StateVersion;
  readonly #obsolete: number[] = [];
  #root: WorkingNode | undefined;

  constructor(options: { load?: (id: number) => TrieNode; root?: TrieRoot; version: StateVersion }) {
    this.#load = options.load ?? decodeNothing;
    this.#version = options.version;
    if (options.root && options.root.id !== 0) {
      this.#root = this.#expand({ merkle: options.root.hash, id: options.root.id });
    }
  }

  put(key: Uint8Array, value: Uint8Array): void {
    const path = toNibbles(key);
    this.#root = this.#root ? this.#put(this.#root, path, 0, value) : createLeaf(path, value);
  }

  delete(key: Uint8Array): void {
    if (this.#root) this.#root = this.#delete(this.#root, toNibbles(key), 0);
  }

  /** Encodes what changed. Returns the new root and the ids of records that the new version no longer uses. */
  finish(sink: NodeSink = noSink): { root: TrieRoot; obsolete: readonly number[] } {
    const root = this.#root;
    if (!root) return { root: { hash: emptyTrieRoot, id: 0 }, obsolete: this.#obsolete };
    if (root.origin) return { root: { hash: root.origin.merkle, id: root.origin.id }, obsolete: this.#obsolete };
    const node = this.#seal(root, sink);
    const encoding = encodeNode(node);
    const hash = blake2_256(encoding);
    return { root: { hash, id: sink.node(node, encoding) }, obsolete: this.#obsolete };
  }

  #put(node: WorkingNode, path: Uint8Array, at: number, value: Uint8Array): WorkingNode {
    const common = commonPrefixLength(node.partial, path, at);
    if (common < node.partial.length) return this.#split(node, common, path, at, value);
    const next = at + common;
    if (next === path.length) {
      if (!hasValue(node.value, value)) {
        this.#dirty(node);
        this.#dropValue(node);
        node.value = { type: 'new', bytes: value };
      }
      return node;
    }
    const slot = byteAt(path, next);
    const existing = node.children?.[slot];
    const child = existing
      ? this.#put(this.#expand(existing), path, next + 1, value)
      : createLeaf(path.slice(next + 1), value);
    if (child.origin === undefined) {
      this.#dirty(node);
      node.children ??= emptySlots();
      node.children[slot] = child;
    }
    return node;
  }

  /** `path` leaves `node` inside its partial key: a new branch takes the common part. */
  #split(node: WorkingNode, common: number, path: Uint8Array, at: number, value: Uint8Array): WorkingNode {
    this.#dirty(node);
    const parent = new WorkingNode(node.partial.slice(0, common), undefined, emptySlots(), undefined);
    present(parent.children, 'the children')[byteAt(node.partial, common)] = node;
    node.partial = node.partial.slice(common + 1);
    const next = at + common;
    if (next === path.length) parent.value = { type: 'new', bytes: value };
    else present(parent.children, 'the children')[byteAt(path, next)] = createLeaf(path.slice(next + 1), value);
    return parent;
  }

  #delete(node: WorkingNode, path: Uint8Array, at: number): WorkingNode | undefined {
    const common = commonPrefixLength(node.partial, path, at);
    if (common < node.partial.length) return node;
    const next = at + common;
    if (next === path.length) {
      if (!node.value) return node;
      this.#dirty(node);
      this.#dropValue(node);
      node.value = undefined;
      return this.#normalise(node);
    }
    const slot = byteAt(path, next);
    const existing = node.children?.[slot];
    if (!existing) return node;
    const child = this.#delete(this.#expand(existing), path, next + 1);
    if (child && child.origin !== undefined) return node;
    this.#dirty(node);
    present(node.children, 'the children')[slot] = child;
    return child ? node : this.#normalise(node);
  }

  /** Restores the invariants of a node that lost its value or a child. */
  #normalise(node: WorkingNode): WorkingNode | undefined {
    const used: number[] = [];
    node.children?.forEach((child, slot) => {
      if (child) used.push(slot);
    });
    if (used.length === 0) {
      node.children = undefined;
      return node.value ? node : undefined;
    }
    if (used.length > 1 || node.value) return node;
    const slot = elementAt(used, 0);
    const child = this.#expand(present(node.children?.[slot], 'the only child'));
    this.#dirty(child);
    child.partial = joinNibbles(node.partial, slot, child.partial);
    return child;
  }

  #expand(slot: Slot): WorkingNode {
    if (slot instanceof WorkingNode) return slot;
    const node = slot.merkle.length === hashLength ? this.#load(slot.id) : decodeNode(slot.merkle);
    return new WorkingNode(node.partial, node.value, node.children?.slice(), slot);
  }

  #dirty(node: WorkingNode): void {
    if (node.origin && node.origin.id !== 0) this.#obsolete.push(node.origin.id);
    node.origin = undefined;
  }

  #dropValue(node: WorkingNode): void {
    if (node.value?.type === 'hashed') this.#obsolete.push(node.value.id);
  }

  #seal(node: WorkingNode, sink: NodeSink): TrieNode {
    return {
      partial: node.partial,
      value: node.value?.type === 'new' ? this.#sealValue(node.value.bytes, sink) : node.value,
      children: node.children?.map((slot) => {
        if (!(slot instanceof WorkingNode)) return slot;
        if (slot.origin) return slot.origin;
        const child = this.#seal(slot, sink);
        const encoding = encodeNode(child);
        if (encoding.length < hashLength) return { merkle: encoding, id: 0 };
        return { merkle: blake2_256(encoding), id: sink.node(child, encoding) };
      }),
    };
  }

  #sealValue(bytes: Uint8Array, sink: NodeSink): NodeValue {
    if (this.#version === 0 || bytes.length < hashedValueThreshold) return { type: 'inline', bytes };
    return { type: 'hashed', hash: blake2_256(bytes), id: sink.value(bytes) };
  }
}

function createLeaf(partial: Uint8Array, value: Uint8Array): WorkingNode {
  return new WorkingNode(partial, { type: 'new', bytes: value }, undefined, undefined);
}

function emptySlots(): (Slot | undefined)[] {
  return new Array<Slot | undefined>(16).fill(undefined);
}

function hasValue(current: WorkingValue | undefined, value: Uint8Array): boolean {
  if (!current) return false;
  return current.type === 'hashed' ? equalBytes(current.hash, blake2_256(value)) : equalBytes(current.bytes, value);
}

function decodeNothing(): TrieNode {
  throw new RangeError('a builder without a store has no stored nodes');
}
