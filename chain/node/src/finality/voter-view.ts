// The block tree as the GRANDPA voter reads it, straight from the database of the node.
import type { BlockRef, ForkBlock, ChainView as VoterChainView } from '@cess/consensus';
import { BoundedCache, fromHex, InvariantError, isCessError, toHex } from '@cess/primitives';
import type { BlockRecord, BlockStore } from '../engine/block-store.js';
import { bestHeadOver, forkBlockOf } from '../engine/canonical-chain.js';

interface KnownBlock {
  readonly number: number;
  readonly parent: string | undefined;
}

/** Voters ask for the same blocks again and again. */
const cachedBlocks = 4_096;
const readAttempts = 3;

export class VoterView implements VoterChainView {
  readonly #known = new BoundedCache<KnownBlock>(cachedBlocks);

  constructor(private readonly blocks: BlockStore) {}

  numberOf(hash: string): number | undefined {
    return this.#block(hash)?.number;
  }

  parentOf(hash: string): string | undefined {
    return this.#block(hash)?.parent;
  }

  bestContaining(hash: string): BlockRef | undefined {
    const id = fromHex(hash);
    const record = this.blocks.block(id);
    if (record === undefined) return undefined;
    const canonical = this.blocks.canonicalHash(record.header.number);
    const best = this.blocks.best();
    if (best && canonical && toHex(canonical) === hash) return { hash: toHex(best.hash), number: best.number };
    const head = this.#headOver(id, record);
    return head && { hash: toHex(head.hash), number: head.number };
  }

  /** The engine drops forks meanwhile: then what was read is of two moments, and is read again. */
  #headOver(id: Uint8Array, record: BlockRecord): ForkBlock | undefined {
    for (let attempt = 0; attempt < readAttempts; attempt++) {
      try {
        return bestHeadOver(this.blocks, forkBlockOf(id, record));
      } catch (thrown) {
        if (!isCessError(thrown, 'BLOCK_UNKNOWN') && !(thrown instanceof InvariantError)) throw thrown;
      }
    }
    return undefined;
  }

  #block(hash: string): KnownBlock | undefined {
    const cached = this.#known.get(hash);
    if (cached !== undefined) return cached;
    const header = this.blocks.block(fromHex(hash))?.header;
    if (header === undefined) return undefined;
    const known = { number: header.number, parent: header.number === 0 ? undefined : toHex(header.parent_hash) };
    this.#known.set(hash, known);
    return known;
  }
}
