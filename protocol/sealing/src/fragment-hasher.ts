// Computes the root and the shard hashes of a fragment while it streams in, in chunks of any size. It keeps one partial block and
// the peaks of the tree in memory.
import {
  type FragmentRoot,
  fragmentBlockSizeBytes,
  fragmentRootFromShardHashes,
  fragmentShardSizeBytes,
  TreeAccumulator,
} from './fragment-tree.js';

const blocksPerShard = fragmentShardSizeBytes / fragmentBlockSizeBytes;

export interface HashedFragment {
  readonly root: FragmentRoot;
  readonly length: number;
  /** One tree root per 1 MiB; the last shard may be shorter. */
  readonly shardHashes: readonly Uint8Array[];
}

export class FragmentHasher {
  readonly #shard = new TreeAccumulator();
  readonly #shardHashes: Uint8Array[] = [];
  readonly #partial = new Uint8Array(fragmentBlockSizeBytes);
  #partialLength = 0;
  #length = 0;

  /** Bytes hashed so far. */
  get length(): number {
    return this.#length;
  }

  /** Hashes the next bytes. Does not keep the chunk. */
  update(chunk: Uint8Array): void {
    this.#length += chunk.length;
    let offset = 0;
    if (this.#partialLength > 0) {
      offset = Math.min(chunk.length, fragmentBlockSizeBytes - this.#partialLength);
      this.#partial.set(chunk.subarray(0, offset), this.#partialLength);
      this.#partialLength += offset;
      if (this.#partialLength < fragmentBlockSizeBytes) return;
      this.#addLeaf(this.#partial);
      this.#partialLength = 0;
    }
    for (; offset + fragmentBlockSizeBytes <= chunk.length; offset += fragmentBlockSizeBytes) {
      this.#addLeaf(chunk.subarray(offset, offset + fragmentBlockSizeBytes));
    }
    this.#partial.set(chunk.subarray(offset), 0);
    this.#partialLength = chunk.length - offset;
  }

  /** The result. The hasher must not be used afterwards. */
  finish(): HashedFragment {
    if (this.#partialLength > 0 || this.#length === 0) this.#addLeaf(this.#partial.subarray(0, this.#partialLength));
    if (this.#shard.count > 0) this.#shardHashes.push(this.#shard.finish());
    return {
      root: fragmentRootFromShardHashes(this.#shardHashes, this.#length),
      length: this.#length,
      shardHashes: this.#shardHashes,
    };
  }

  #addLeaf(block: Uint8Array): void {
    this.#shard.addBlock(block);
    if (this.#shard.count === blocksPerShard) this.#shardHashes.push(this.#shard.finish());
  }
}
