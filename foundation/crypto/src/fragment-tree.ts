// The fragment tree (docs/protocol/data-path.md §4): leaves are SHA-256 of 4 KiB blocks, the last may be short;
// a node is SHA-256(left ‖ right); an odd node moves up. That is the shape of splitting at the largest power of two
// below the number of leaves, so a full 1 MiB shard is a perfect subtree and the tree root over shard hashes is the
// tree root over leaves. The root binds the length, the length fixes the shape.
import { hash } from 'node:crypto';
import { concatBytes, type FragmentRoot, utf8 } from '@cess/primitives';

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
  return hash('sha256', block, 'buffer');
}

/** A parent from two children, through one reusable 64-byte input per thread. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeInput.set(left, 0);
  nodeInput.set(right, hashLength);
  return hash('sha256', nodeInput, 'buffer');
}
const nodeInput = new Uint8Array(2 * hashLength);

/** The roots of complete subtrees from left to right, as the bits of their number of leaves; memory log2(leaves). */
export class TreeAccumulator {
  readonly #peaks: Uint8Array[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(leaf: Uint8Array): void {
    let node = leaf;
    for (let bits = this.#count; bits & 1; bits >>>= 1) node = nodeHash(this.#peaks.pop()!, node);
    this.#peaks.push(node);
    this.#count++;
  }

  /** The tree root of all leaves so far; at least one must have been added. Afterwards the accumulator is empty. */
  finish(): Uint8Array {
    let node = this.#peaks.pop()!;
    while (this.#peaks.length > 0) node = nodeHash(this.#peaks.pop()!, node);
    this.#count = 0;
    return new Uint8Array(node);
  }
}

/** Tree root of a byte string; for one shard this is its shard hash. */
export function treeRootOf(bytes: Uint8Array): Uint8Array {
  const tree = new TreeAccumulator();
  for (let offset = 0; offset < bytes.length; offset += fragmentBlockSizeBytes) {
    tree.add(leafHash(bytes.subarray(offset, offset + fragmentBlockSizeBytes)));
  }
  if (tree.count === 0) tree.add(leafHash(bytes));
  return tree.finish();
}

/** The fragment root: SHA-256("CESS/fragment/v1" ‖ u64 LE length ‖ tree root). */
export function fragmentRootFromTreeRoot(treeRoot: Uint8Array, length: number): FragmentRoot {
  const lengthBytes = new Uint8Array(8);
  new DataView(lengthBytes.buffer).setBigUint64(0, BigInt(length), true);
  return new Uint8Array(hash('sha256', concatBytes(rootDomain, lengthBytes, treeRoot), 'buffer')) as FragmentRoot;
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
