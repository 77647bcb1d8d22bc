// Proof that one 4 KiB block is at its position in a fragment: the sibling hashes from the leaf up. On a level where the node is
// the odd last one, there is no sibling. Length and index determine the number of hashes, which is verified.
import { CessError, elementAt, equalBytes } from '@cess/primitives';
import {
  blockCountOf,
  type FragmentRoot,
  fragmentBlockSizeBytes,
  fragmentRootFromTreeRoot,
  hashLength,
  leafHash,
  nodeHash,
} from './fragment-tree.js';

/** Sibling hashes for block `index` of a whole fragment in memory. Throws `BLOCK_INDEX` for an index out of range. */
export function createBlockProof(fragment: Uint8Array, index: number): Uint8Array[] {
  const count = blockCountOf(fragment.length);
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new CessError('BLOCK_INDEX', `The fragment has ${count} blocks, so it has no block with index ${index}.`);
  }
  let level: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    level.push(leafHash(fragment.subarray(i * fragmentBlockSizeBytes, (i + 1) * fragmentBlockSizeBytes)));
  }
  const proof: Uint8Array[] = [];
  for (let position = index; level.length > 1; position >>>= 1) {
    const sibling = level[position ^ 1];
    if (sibling !== undefined) proof.push(sibling);
    const parents: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = elementAt(level, i);
      const right = level[i + 1];
      parents.push(right === undefined ? left : nodeHash(left, right));
    }
    level = parents;
  }
  return proof;
}

/** True if `block` is block `index` of the fragment with this root and length. Total: never throws. */
export function verifyBlockProof(
  root: FragmentRoot,
  length: number,
  index: number,
  block: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!Number.isSafeInteger(length) || length < 0 || !Number.isInteger(index) || index < 0) return false;
  const count = blockCountOf(length);
  if (index >= count) return false;
  const expected = Math.min(fragmentBlockSizeBytes, length - index * fragmentBlockSizeBytes);
  if (block.length !== expected) return false;
  let node = leafHash(block);
  let used = 0;
  let position = index;
  for (let width = count; width > 1; width = Math.ceil(width / 2), position = Math.floor(position / 2)) {
    const isLeft = position % 2 === 0;
    if (isLeft && position + 1 === width) continue;
    const sibling = proof[used++];
    if (sibling?.length !== hashLength) return false;
    node = isLeft ? nodeHash(node, sibling) : nodeHash(sibling, node);
  }
  return used === proof.length && equalBytes(fragmentRootFromTreeRoot(node, length), root);
}
