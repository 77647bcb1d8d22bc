// Serves finality proofs and states to nodes that begin with the state of a final block (docs/protocol/sync.md §5).
import { finalityProofCodec, maxFinalityLinks } from '@cess/consensus';
import type { BlockStore } from '../engine/block-store.js';
import type { ChainReader } from '../engine/database.js';
import { linkAt, setChangeLinks } from '../engine/set-change-links.js';
import { maxProofBytes, proofRequest, stateRangeBytes, stateRequest, stateResponse } from './sync-messages.js';

/** The response to an encoded request; without links where nothing is final behind the set. Throws `CODEC_*`. */
export function proofFor(blocks: BlockStore, encoded: Uint8Array): Uint8Array {
  const { set_id } = proofRequest.decode(encoded);
  const limits = { maxLinks: maxFinalityLinks, maxBytes: maxProofBytes };
  const { links, isCut } = setChangeLinks(blocks, set_id, limits);
  const last = blocks.finalized();
  const isBehind = last !== undefined && last.number > (links.at(-1)?.header.number ?? 0);
  const link = isBehind && !isCut ? linkAt(blocks, last.number) : undefined;
  if (link !== undefined && links.length < maxFinalityLinks) links.push(link);
  return finalityProofCodec.encode({ links });
}

/** The same for a range of a state. */
export function stateFor({ state }: Pick<ChainReader, 'state'>, encoded: Uint8Array): Uint8Array {
  const { hash, after } = stateRequest.decode(encoded);
  const root = state.rootOf(hash);
  return stateResponse.encode(root === undefined ? [] : state.createRangeProof(root, after, stateRangeBytes));
}
