// Serves ranges of the best chain to nodes that catch up.
import type { BlockStore } from '../engine/block-store.js';
import {
  blockRequest,
  blockResponse,
  maxBlockMessageBytes,
  maxBlocksPerResponse,
  type SyncedBlock,
} from './sync-messages.js';

/** The response to an encoded request; empty behind the best block. Throws `CODEC_*` for a request that does not decode. */
export function blocksFor(blocks: BlockStore, encoded: Uint8Array): Uint8Array {
  const { from, count } = blockRequest.decode(encoded);
  const found: SyncedBlock[] = [];
  let size = 0;
  const end = from + Math.min(count, maxBlocksPerResponse);
  for (let number = from; number < end && size < maxBlockMessageBytes; number++) {
    const block = blockAt(blocks, number);
    if (block === undefined) break;
    found.push(block);
    size += block.body.reduce((sum, { length }) => sum + length, 0);
  }
  return blockResponse.encode(found);
}

/** Undefined if there is none, also when the best chain changes while it is read. */
function blockAt(blocks: BlockStore, number: number): SyncedBlock | undefined {
  const hash = blocks.canonicalHash(number);
  const record = hash && blocks.block(hash);
  const body = hash && blocks.body(hash);
  if (!hash || !record || !body) return undefined;
  return { header: record.header, body: [...body], justification: blocks.justification(hash) };
}
