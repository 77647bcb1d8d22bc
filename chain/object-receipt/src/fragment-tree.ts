// The fragment tree of docs/protocol/data-path.md §4, for verifiers: portable, and independent of the code that stores objects.
import { sha256 } from '@cess/crypto';
import { concatBytes, elementAt, utf8 } from '@cess/primitives';

const blockSize = 4096;
const rootDomain = utf8('CESS/fragment/v1');

/** The tree root over leaves, or over subtrees of one size of which the last may be smaller. */
function rootOver(leaves: readonly Uint8Array[]): Uint8Array {
  let level = leaves;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const left = elementAt(level, at);
      const right = level[at + 1];
      above.push(right === undefined ? left : sha256(concatBytes(left, right)));
    }
    level = above;
  }
  return elementAt(level, 0);
}

/** The hash of a shard: the tree root of its bytes. */
export function shardHash(bytes: Uint8Array): Uint8Array {
  const leaves: Uint8Array[] = [];
  for (let at = 0; at < bytes.length || at === 0; at += blockSize)
    leaves.push(sha256(bytes.subarray(at, at + blockSize)));
  return rootOver(leaves);
}

/** The root of a fragment that consists of shards with these hashes. */
export function fragmentRoot(shardHashes: readonly Uint8Array[], length: number): Uint8Array {
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(length), true);
  return sha256(concatBytes(rootDomain, size, rootOver(shardHashes)));
}
