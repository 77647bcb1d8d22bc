// Which of several chains a node builds on (docs/protocol/r2s.md §6). A chain must contain the last finalized block. Then the one
// with the most blocks is best. On a tie the first blocks in which two chains differ decide: the earlier slot, then the lower hash.
// Both chains are compared at the same place, so that the order of any number of heads does not depend on who compares them.
import { compareBytes, equalBytes, invariant } from '@cess/primitives';

/** A block as far as the fork choice sees it. */
export interface ForkBlock {
  readonly hash: Uint8Array;
  readonly parentHash: Uint8Array;
  readonly number: number;
  readonly slot: bigint;
}

/** The blocks that a node knows, from the last finalized one on. */
export interface BlockTree {
  block(hash: Uint8Array): ForkBlock | undefined;
}

/** Whether the chain of `head` contains `block`. */
export function containsBlock(tree: BlockTree, head: ForkBlock, block: ForkBlock): boolean {
  let at: ForkBlock | undefined = head;
  while (at !== undefined && at.number > block.number) at = tree.block(at.parentHash);
  return at !== undefined && equalBytes(at.hash, block.hash);
}

/** Negative if the chain of `a` is better, positive if that of `b` is, 0 for the same head. Both contain one finalized block. */
export function compareHeads(tree: BlockTree, a: ForkBlock, b: ForkBlock): number {
  if (a.number !== b.number) return b.number - a.number;
  let [one, other] = [a, b];
  if (equalBytes(one.hash, other.hash)) return 0;
  while (!equalBytes(one.parentHash, other.parentHash)) {
    [one, other] = [parentOf(tree, one), parentOf(tree, other)];
  }
  if (one.slot !== other.slot) return one.slot < other.slot ? -1 : 1;
  return compareBytes(one.hash, other.hash);
}

/** The best of the heads whose chains contain the last finalized block; undefined if none does. */
export function bestHead(tree: BlockTree, heads: Iterable<ForkBlock>, finalized: ForkBlock): ForkBlock | undefined {
  let best: ForkBlock | undefined;
  for (const head of heads) {
    if (containsBlock(tree, head, finalized) && (best === undefined || compareHeads(tree, head, best) < 0)) best = head;
  }
  return best;
}

function parentOf(tree: BlockTree, block: ForkBlock): ForkBlock {
  const parent = tree.block(block.parentHash);
  invariant(parent !== undefined, 'chains that are compared meet in a block of the tree');
  return parent;
}
