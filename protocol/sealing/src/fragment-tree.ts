// The fragment tree (docs/protocol/data-path.md §4): leaves are SHA-256 of 4 KiB blocks, the last may be short;
// a node is SHA-256(left ‖ right); an odd node moves up. That is the shape of splitting at the largest power of two
// below the number of leaves, so a full 1 MiB shard is a perfect subtree and the tree root over shard hashes is the
// tree root over leaves. The root binds the length, the length fixes the shape.
import { hash } from 'node:crypto';
import { sha256 } from '@cess/crypto';
import { type Branded, concatBytes, invariant, utf8 } from '@cess/primitives';

/** 32-byte root of a fragment: its content and length. */
export type FragmentRoot = Branded<Uint8Array, 'FragmentRoot'>;

/** Bytes under one leaf. */
export const fragmentBlockSizeBytes = 4096;
/** Bytes under one shard hash: every shard of a fragment but the last has exactly this length. */
export const fragmentShardSizeBytes = 1_048_576;
export const hashLength = 32;

const rootDomain = utf8('CESS/fragment/v1');

/** Leaves of a byte string; an empty one has one empty leaf. */
export function blockCountOf(length: number): number {
  return Math.max(1, Math.ceil(length / fragmentBlockSizeBytes));
}

/** SHA-256 of one block. */
export function leafHash(block: Uint8Array): Uint8Array {
  return sha256(block);
}

/** A parent from two children. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concatBytes(left, right));
}

/**
 * The tree over leaves that are added one by one. Level l holds the left node of a pair until the right one is added, so the
 * pending nodes are the complete subtrees given by the bits of the number of leaves. Nothing is allocated per leaf. Digests
 * are latin1 strings, which node:crypto creates twice as fast as a Buffer.
 */
export class TreeAccumulator {
  readonly #levels: Buffer[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Adds the leaf of a block. */
  addBlock(block: Uint8Array): void {
    this.#level(0).write(hash('sha256', block, 'binary'), this.#half(0), hashLength, 'latin1');
    this.#carry();
  }

  /** Adds a leaf, or the root of a subtree where all are of one size. */
  add(leaf: Uint8Array): void {
    this.#level(0).set(leaf, this.#half(0));
    this.#carry();
  }

  /** The tree root of all leaves so far; at least one must have been added. Afterwards the accumulator is empty. */
  finish(): Uint8Array {
    let node: Uint8Array | undefined;
    for (let level = 0; this.#count >>> level > 0; level++) {
      if (((this.#count >>> level) & 1) === 0) continue;
      const left = this.#level(level).subarray(0, hashLength);
      node = node === undefined ? new Uint8Array(left) : nodeHash(left, node);
    }
    invariant(node !== undefined, 'a tree has a leaf');
    this.#count = 0;
    return node;
  }

  #carry(): void {
    for (let level = 0; (this.#count >>> level) & 1; level++) {
      const parent = hash('sha256', this.#level(level), 'binary');
      this.#level(level + 1).write(parent, this.#half(level + 1), hashLength, 'latin1');
    }
    this.#count++;
  }

  #half(level: number): number {
    return ((this.#count >>> level) & 1) * hashLength;
  }

  #level(level: number): Buffer {
    let pair = this.#levels[level];
    if (pair === undefined) {
      pair = Buffer.alloc(2 * hashLength);
      this.#levels.push(pair);
    }
    return pair;
  }
}

/** Tree root of a byte string; for one shard this is its shard hash. */
export function treeRootOf(bytes: Uint8Array): Uint8Array {
  const tree = new TreeAccumulator();
  for (let offset = 0; offset < bytes.length; offset += fragmentBlockSizeBytes) {
    tree.addBlock(bytes.subarray(offset, offset + fragmentBlockSizeBytes));
  }
  if (tree.count === 0) tree.addBlock(bytes);
  return tree.finish();
}

/** The fragment root: SHA-256("CESS/fragment/v1" ‖ u64 LE length ‖ tree root). */
export function fragmentRootFromTreeRoot(treeRoot: Uint8Array, length: number): FragmentRoot {
  const lengthBytes = new Uint8Array(8);
  new DataView(lengthBytes.buffer).setBigUint64(0, BigInt(length), true);
  return sha256(concatBytes(rootDomain, lengthBytes, treeRoot)) as FragmentRoot;
}

/** Root of a fragment from the hashes of its shards, of which all but the last are 1 MiB long. */
export function fragmentRootFromShardHashes(shardHashes: readonly Uint8Array[], length: number): FragmentRoot {
  const tree = new TreeAccumulator();
  for (const shardHash of shardHashes) tree.add(shardHash);
  return fragmentRootFromTreeRoot(tree.finish(), length);
}

/** Root of a fragment that is in memory. */
export function fragmentRootOf(bytes: Uint8Array): FragmentRoot {
  return fragmentRootFromTreeRoot(treeRootOf(bytes), bytes.length);
}
