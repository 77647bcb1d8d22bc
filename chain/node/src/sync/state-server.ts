// Serves finality proofs and states to nodes that begin with the state of a final block (docs/protocol/sync.md §5).
import { type FinalityProof, finalityProofCodec, justificationCodec } from '@cess/consensus';
import type { BlockStore } from '../engine/block-store.js';
import type { ChainReader } from '../engine/database.js';
import { maxProofBytes, proofRequest, stateRangeBytes, stateRequest, stateResponse } from './sync-messages.js';

type Link = FinalityProof['links'][number];

/** Most changes of one proof (finality-proof.ts). */
const maxLinks = 512;

/** The response to an encoded request; without links where nothing is final behind the set. Throws `CODEC_*`. */
export function proofFor(blocks: BlockStore, encoded: Uint8Array): Uint8Array {
  const { set_id } = proofRequest.decode(encoded);
  const links: Link[] = [];
  let size = 0;
  for (const { number } of blocks.setChangesFrom(set_id + 1n)) {
    const link = linkAt(blocks, number);
    // A node that has no proof of its own for a change cannot lead others over it.
    if (link === undefined) break;
    if (links.length === maxLinks || size > maxProofBytes) return finalityProofCodec.encode({ links });
    links.push(link);
    size += 2 * justificationCodec.encode(link.justification).length;
  }
  const last = blocks.finalized();
  const link = last && last.number > (links.at(-1)?.header.number ?? 0) ? linkAt(blocks, last.number) : undefined;
  if (link !== undefined && links.length < maxLinks) links.push(link);
  return finalityProofCodec.encode({ links });
}

function linkAt(blocks: BlockStore, number: number): Link | undefined {
  const hash = blocks.canonicalHash(number);
  const justification = hash && blocks.justification(hash);
  if (hash === undefined || justification === undefined) return undefined;
  return { header: blocks.requireBlock(hash).header, justification: justificationCodec.decode(justification) };
}

/** The same for a range of a state. */
export function stateFor({ state }: Pick<ChainReader, 'state'>, encoded: Uint8Array): Uint8Array {
  const { hash, after } = stateRequest.decode(encoded);
  const root = state.rootOf(hash);
  return stateResponse.encode(root === undefined ? [] : state.createRangeProof(root, after, stateRangeBytes));
}
