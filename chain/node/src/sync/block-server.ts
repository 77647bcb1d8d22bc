// Serves ranges of the best chain to nodes that catch up.
import type { BlockStore } from '../engine/block-store.js';
import {
  blockRequest,
  blockResponse,
  branchRequest,
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

/** Longest branch that is served: finality stands for hours before one is longer. */
const maxBranch = 4_096;

/**
 * The same for a branch; empty for one that is not known, too long, or of which a block is missing: who asks takes blocks that do not begin
 * where they should for an attack.
 */
export function branchFor(blocks: BlockStore, encoded: Uint8Array): Uint8Array {
  const { hash, above } = branchRequest.decode(encoded);
  const hashes: Uint8Array[] = [];
  let [at, lowest] = [hash, above + 1];
  for (let record = blocks.block(at); record !== undefined && record.header.number > above; record = blocks.block(at)) {
    if (hashes.push(at) > maxBranch) return blockResponse.encode([]);
    lowest = record.header.number;
    at = record.header.parent_hash;
  }
  // A node that took a state from peers does not have all blocks below it.
  if (lowest > above + 1) return blockResponse.encode([]);
  const found: SyncedBlock[] = [];
  let size = 0;
  for (const each of hashes.reverse().slice(0, maxBlocksPerResponse)) {
    const block = size < maxBlockMessageBytes ? blockOf(blocks, each) : undefined;
    if (block === undefined) break;
    found.push(block);
    size += block.body.reduce((sum, { length }) => sum + length, 0);
  }
  return blockResponse.encode(found);
}

/** Undefined if there is none, also when the best chain changes while it is read. */
function blockAt(blocks: BlockStore, number: number): SyncedBlock | undefined {
  const hash = blocks.canonicalHash(number);
  return hash && blockOf(blocks, hash);
}

function blockOf(blocks: BlockStore, hash: Uint8Array): SyncedBlock | undefined {
  const record = blocks.block(hash);
  const body = blocks.body(hash);
  if (!record || !body) return undefined;
  return { header: record.header, body: [...body], justification: blocks.justification(hash) };
}
