// The operations that follow from a change of the best chain or of finality. Only reads; the engine writes.
import { equalBytes, present, toHex } from '@cess/primitives';
import type { StateStore } from '@cess/state';
import type { KvOperation } from '@cess/store';
import {
  type BlockPointer,
  type BlockStore,
  deleteBlock,
  deleteCanonical,
  putCanonical,
  putPrunedTo,
} from './block-store.js';

/** Number of finalized blocks whose state is kept. */
export const keptStates = 256;
/** Pruning steps per finalization, limited so that a pruning backlog does not delay blocks. */
const maxPrunesPerFinalization = 8;

export interface Reorganisation {
  readonly operations: readonly KvOperation[];
  /** Lowest first. */
  readonly enacted: readonly BlockPointer[];
  /** Highest first. */
  readonly retracted: readonly BlockPointer[];
}

export interface Housekeeping {
  readonly blockOperations: readonly KvOperation[];
  readonly stateOperations: readonly KvOperation[];
}

/** Moves the canonical index from the current best chain to the chain of a new, higher block. */
export function reorganise(blocks: BlockStore, tip: BlockPointer, parentHash: Uint8Array): Reorganisation {
  const operations: KvOperation[] = [putCanonical(tip.number, tip.hash)];
  const enacted: BlockPointer[] = [tip];
  const retracted: BlockPointer[] = [];
  let number = tip.number - 1;
  let hash = parentHash;
  for (;;) {
    const canonical = blocks.canonicalHash(number);
    if (canonical && equalBytes(canonical, hash)) break;
    if (canonical) retracted.push({ number, hash: canonical });
    operations.push(putCanonical(number, hash));
    enacted.unshift({ number, hash });
    hash = blocks.requireBlock(hash).header.parent_hash;
    number--;
  }
  for (let above = tip.number + 1; blocks.canonicalHash(above); above++) operations.push(deleteCanonical(above));
  return { operations, enacted, retracted };
}

/** Prunes blocks and states made obsolete by finality at `to`; `from` is the first newly finalized height. */
export function housekeeping(blocks: BlockStore, state: StateStore, from: number, to: number): Housekeeping {
  const abandoned = abandonedBlocks(blocks, from, to);
  const pruned = prunedStates(blocks, state, to);
  return {
    blockOperations: [...abandoned.flatMap(({ hash, number }) => deleteBlock(hash, number)), ...pruned.blockOperations],
    stateOperations: [...abandoned.flatMap(({ hash }) => state.discard(hash)), ...pruned.stateOperations],
  };
}

/** Blocks that can no longer become final: off the best chain in the final range, and all that build on them. */
function abandonedBlocks(blocks: BlockStore, from: number, to: number): BlockPointer[] {
  const dropped: BlockPointer[] = [];
  const ids = new Set<string>();
  for (let number = from; ; number++) {
    const hashes = blocks.hashesAt(number);
    if (hashes.length === 0) return dropped;
    const canonical = blocks.canonicalHash(number);
    for (const hash of hashes) {
      const isOff = number <= to && !(canonical && equalBytes(canonical, hash));
      if (isOff || ids.has(toHex(blocks.requireBlock(hash).header.parent_hash))) {
        ids.add(toHex(hash));
        dropped.push({ number, hash });
      }
    }
  }
}

function prunedStates(blocks: BlockStore, state: StateStore, finalizedNumber: number): Housekeeping {
  const from = blocks.prunedTo();
  const to = Math.min(finalizedNumber - keptStates, from + maxPrunesPerFinalization);
  if (to <= from) return { blockOperations: [], stateOperations: [] };
  const stateOperations: KvOperation[] = [];
  for (let number = from; number < to; number++) {
    stateOperations.push(
      ...state.prune(
        present(blocks.canonicalHash(number), 'the canonical hash'),
        present(blocks.canonicalHash(number + 1), 'the canonical hash'),
      ),
    );
  }
  return { blockOperations: [putPrunedTo(to)], stateOperations };
}
