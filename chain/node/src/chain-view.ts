// What the serving side of the node knows of the chain: heads, blocks and states through its own database handle, and
// events as the chain grows. The engine's thread is asked only for what needs the runtime.

import type { Header } from '@cess/chain-primitives';
import { CessError, equalBytes, isCessError, present, toHex } from '@cess/primitives';
import { isStateFailure } from '@cess/runtime';
import type { TrieRoot } from '@cess/state';
import { ChainFeed } from './chain-feed.js';
import type { BlockPointer, BlockRecord } from './engine/block-store.js';
import type { ChainReader } from './engine/database.js';
import type { ChainHeads, Finalized, ImportedBlock } from './engine/engine-types.js';
import { keysOfSlot, seatOf } from './engine/seats.js';

export class ChainView {
  readonly events: ChainFeed;
  readonly #reader: ChainReader;
  readonly #genesisHash: Uint8Array;
  #best: BlockPointer;
  #finalized: BlockPointer;

  /** `onListenerFailure` receives errors thrown by listeners of `events`. */
  constructor(reader: ChainReader, heads: ChainHeads, onListenerFailure: (thrown: unknown) => void) {
    this.events = new ChainFeed(onListenerFailure);
    this.#reader = reader;
    this.#genesisHash = heads.genesisHash;
    this.#best = heads.best;
    this.#finalized = heads.finalized;
  }

  get genesisHash(): Uint8Array {
    return this.#genesisHash;
  }

  get best(): BlockPointer {
    return this.#best;
  }

  get finalized(): BlockPointer {
    return this.#finalized;
  }

  get reader(): ChainReader {
    return this.#reader;
  }

  block(hash: Uint8Array): BlockRecord | undefined {
    return this.#reader.blocks.block(hash);
  }

  header(hash: Uint8Array): Header | undefined {
    return this.block(hash)?.header;
  }

  body(hash: Uint8Array): readonly Uint8Array[] | undefined {
    return this.#reader.blocks.body(hash);
  }

  /** Root of the state after a block. Throws `BLOCK_UNKNOWN` or `STATE_PRUNED`. */
  stateRoot(hash: Uint8Array): TrieRoot {
    const root = this.#reader.state.rootOf(hash);
    if (root) return root;
    if (!this.block(hash)) {
      throw new CessError('BLOCK_UNKNOWN', 'This block is not known.', { hash: toHex(hash) });
    }
    return this.#reader.state.requireRoot(hash);
  }

  /**
   * ed25519 keys by seat in the slots of a block in `slot` on this one; undefined if the engine has dropped this block or its state,
   * because another one became final.
   */
  keysOfSlot(parent: Uint8Array, slot: bigint): readonly (Uint8Array | undefined)[] | undefined {
    return this.whileKept(() => {
      const beacon = this.block(parent)?.beacon;
      return beacon && keysOfSlot(this.#reader.state, { hash: parent, beacon }, slot);
    });
  }

  /** Whether the slot is the turn of this key in a block on the best one. */
  isTurnOf(key: Uint8Array, slot: bigint): boolean {
    const keys = this.keysOfSlot(this.#best.hash, slot);
    return keys !== undefined && seatOf(keys, slot, key) !== undefined;
  }

  /** What is read of blocks and states that the engine may drop meanwhile; undefined if it did. */
  whileKept<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (thrown) {
      if (isCessError(thrown, 'BLOCK_UNKNOWN') || isStateFailure(thrown)) return undefined;
      throw thrown;
    }
  }

  noteImported(block: ImportedBlock): void {
    this.events.emit('imported', block.header, block.pointer.hash);
    if (!block.isBest) return;
    this.#setBest(block.pointer, block.header);
  }

  noteFinalized(finalized: Finalized): void {
    if (finalized.newlyFinal.length === 0) return;
    this.#finalized = finalized.finalized;
    if (!equalBytes(finalized.best.hash, this.#best.hash)) {
      this.#setBest(finalized.best, present(this.header(finalized.best.hash), 'the best block'));
    }
    for (const { hash } of finalized.newlyFinal) {
      const header = this.header(hash);
      if (header) this.events.emit('finalized', header, hash);
    }
    this.events.emit('justification', finalized.justification);
  }

  #setBest(best: BlockPointer, header: Header): void {
    this.#best = best;
    this.events.emit('best', header, best.hash);
  }
}
