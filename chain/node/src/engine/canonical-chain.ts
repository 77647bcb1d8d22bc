// The operations that follow from a change of the best chain or of finality. Only reads; the engine writes.
import { type BlockTree, bestHead, type ForkBlock } from '@cess/consensus';
import { equalBytes, present, toHex } from '@cess/primitives';
import type { StateStore } from '@cess/state';
import type { KvOperation } from '@cess/store';
import { announcesSet } from './authority-sets.js';
import {
  type BlockPointer,
  type BlockRecord,
  type BlockStore,
  deleteBlock,
  deleteCanonical,
  pruneBlock,
  putBest,
  putBlocksPrunedTo,
  putCanonical,
  putPrunedTo,
} from './block-store.js';

/** Number of finalized blocks whose state is kept. */
export const keptStates = 256;
/** Blocks that every node keeps: those of the kept states, and some more while a state is pruned. */
export const leastKeptBlocks = 2 * keptStates;
/** Deleted blocks per finalization: an archive that becomes small catches up in a while. */
const maxPrunedBlocks = 16;
/** Pruning steps per finalization, limited so that a pruning backlog does not delay blocks. */
const maxPrunesPerFinalization = 8;

/** How the best chain changes. */
export interface Reorganisation {
  /** Lowest first. */
  readonly enacted: readonly BlockPointer[];
  /** Highest first. */
  readonly retracted: readonly BlockPointer[];
}

export interface Housekeeping {
  readonly blockOperations: readonly KvOperation[];
  readonly stateOperations: readonly KvOperation[];
}

export const unchanged: Reorganisation = { enacted: [], retracted: [] };

/** From the chain of `best` to that of `tip`, which need not be higher and may be new. */
export function reorganisation(
  blocks: BlockStore,
  best: BlockPointer,
  tip: BlockPointer,
  tipParent: Uint8Array,
): Reorganisation {
  const enacted: BlockPointer[] = [];
  const retracted: BlockPointer[] = [];
  const retract = (number: number) => {
    const hash = blocks.canonicalHash(number);
    if (hash) retracted.push({ number, hash });
  };
  for (let number = best.number; number > tip.number; number--) retract(number);
  let [{ number, hash }, parent] = [tip, tipParent];
  for (;;) {
    const canonical = blocks.canonicalHash(number);
    if (canonical && equalBytes(canonical, hash)) return { enacted, retracted };
    retract(number);
    enacted.unshift({ number, hash });
    hash = parent;
    number--;
    parent = blocks.requireBlock(hash).header.parent_hash;
  }
}

/** Moves the best pointer and the canonical index. */
export function putReorganisation({ enacted, retracted }: Reorganisation, tip: BlockPointer): KvOperation[] {
  const above = retracted.filter(({ number }) => number > tip.number);
  return [
    ...above.map(({ number }) => deleteCanonical(number)),
    ...enacted.map(({ number, hash }) => putCanonical(number, hash)),
    putBest(tip),
  ];
}

/** The blocks as the fork choice sees them. */
export function forkTree(blocks: BlockStore): BlockTree {
  return {
    block(hash) {
      const record = blocks.block(hash);
      return record && forkBlockOf(hash, record);
    },
  };
}

export function forkBlockOf(hash: Uint8Array, { header, slot }: Pick<BlockRecord, 'header' | 'slot'>): ForkBlock {
  return { hash, parentHash: header.parent_hash, number: header.number, slot: slot ?? 0n };
}

/** The best head whose chain contains this block. */
export function bestHeadOver(blocks: BlockStore, block: ForkBlock): ForkBlock {
  const tree = forkTree(blocks);
  const heads = [block];
  for (let number = block.number + 1; ; number++) {
    const hashes = blocks.hashesAt(number);
    if (hashes.length === 0) break;
    heads.push(...hashes.map((hash) => forkBlockOf(hash, blocks.requireBlock(hash))));
  }
  return present(bestHead(tree, heads, block), 'the chain of a block contains it');
}

/** Prunes blocks and states made obsolete by the finality of these blocks, lowest first. `keptBlocks`: undefined for an archive. */
export function housekeeping(
  blocks: BlockStore,
  state: StateStore,
  newlyFinal: readonly BlockPointer[],
  keptBlocks: number | undefined,
): Housekeeping {
  const abandoned = abandonedBlocks(blocks, newlyFinal);
  const { number } = present(newlyFinal.at(-1), 'a block became final');
  const pruned = prunedStates(blocks, state, number);
  const old = keptBlocks === undefined ? [] : prunedBlocks(blocks, number - Math.max(keptBlocks, leastKeptBlocks));
  return {
    blockOperations: [
      ...abandoned.flatMap(({ hash, number }) => deleteBlock(hash, number)),
      ...pruned.blockOperations,
      ...old,
    ],
    stateOperations: [...abandoned.flatMap(({ hash }) => state.discard(hash)), ...pruned.stateOperations],
  };
}

/** Blocks that can no longer become final: those beside the final ones, and all that build on them. */
function abandonedBlocks(blocks: BlockStore, newlyFinal: readonly BlockPointer[]): BlockPointer[] {
  const dropped: BlockPointer[] = [];
  const ids = new Set<string>();
  const final = new Map(newlyFinal.map(({ number, hash }) => [number, hash]));
  for (let number = present(newlyFinal[0], 'a block became final').number; ; number++) {
    const hashes = blocks.hashesAt(number);
    if (hashes.length === 0) return dropped;
    const finalHash = final.get(number);
    for (const hash of hashes) {
      const isBeside = finalHash !== undefined && !equalBytes(finalHash, hash);
      if (isBeside || ids.has(toHex(blocks.requireBlock(hash).header.parent_hash))) {
        ids.add(toHex(hash));
        dropped.push({ number, hash });
      }
    }
  }
}

/** Headers that change the set of voters stay: later sets are proven by them. */
function prunedBlocks(blocks: BlockStore, end: number): KvOperation[] {
  const from = blocks.blocksPrunedTo();
  const to = Math.min(end, from + maxPrunedBlocks);
  if (to <= from) return [];
  const operations: KvOperation[] = [putBlocksPrunedTo(to)];
  for (let number = from; number < to; number++) {
    const hash = blocks.canonicalHash(number);
    const record = hash && blocks.block(hash);
    if (hash && record) operations.push(...pruneBlock(hash, number, announcesSet(record.header)));
  }
  return operations;
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
