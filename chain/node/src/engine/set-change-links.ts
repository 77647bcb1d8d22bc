// The links of finality proofs over changes of the set of voters, from what a node has stored (docs/protocol/grandpa.md GR-51).
import { type FinalityProof, justificationCodec } from '@cess/consensus';
import type { BlockStore } from './block-store.js';

type Link = FinalityProof['links'][number];

export interface LinkLimits {
  readonly maxLinks: number;
  /** Reached, not exceeded by more than one link. */
  readonly maxBytes: number;
}

/**
 * One link for each change from the set with this id on. `isCut`: more changes are known. A node that has no proof of its own for a change
 * cannot lead others over it.
 */
export function setChangeLinks(
  blocks: BlockStore,
  fromSet: bigint,
  { maxLinks, maxBytes }: LinkLimits,
): { readonly links: Link[]; readonly isCut: boolean } {
  const links: Link[] = [];
  let size = 0;
  for (const { number } of blocks.setChangesFrom(fromSet + 1n)) {
    const justification = proofAt(blocks, number);
    const link = justification && linkAt(blocks, number);
    if (justification === undefined || link === undefined) break;
    if (links.length === maxLinks || size > maxBytes) return { links, isCut: true };
    links.push(link);
    // The headers of the votes' ancestry may be as long again.
    size += 2 * justification.length;
  }
  return { links, isCut: false };
}

/** Undefined where this node has no proof for the block. */
export function linkAt(blocks: BlockStore, number: number): Link | undefined {
  const hash = blocks.canonicalHash(number);
  const justification = proofAt(blocks, number);
  if (hash === undefined || justification === undefined) return undefined;
  return { header: blocks.requireBlock(hash).header, justification: justificationCodec.decode(justification) };
}

function proofAt(blocks: BlockStore, number: number): Uint8Array | undefined {
  const hash = blocks.canonicalHash(number);
  return hash && blocks.justification(hash);
}
