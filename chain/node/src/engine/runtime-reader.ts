// Answers of the runtime on stored states, by the runtime of the block asked. Writes nothing.
import { OverlayState, StateStore } from '@cess/state';
import { type Kv, prefixed } from '@cess/store';
import { BlockStore } from './block-store.js';
import { blockPrefix, statePrefix } from './database.js';
import type { RuntimeRegistry } from './runtime-registry.js';

const cacheBytes = 8 * 1024 * 1024;

export class RuntimeReader {
  readonly #kv: Kv;
  readonly #blocks: BlockStore;
  readonly #runtimes: RuntimeRegistry;

  constructor(kv: Kv, runtimes: RuntimeRegistry) {
    this.#kv = kv;
    this.#blocks = new BlockStore(prefixed(kv, blockPrefix));
    this.#runtimes = runtimes;
  }

  /** A runtime API on the state after a block; what it changes stays in the overlay and is dropped. */
  call(blockHash: Uint8Array, api: string, args: Uint8Array): Uint8Array {
    const { number } = this.#blocks.requireBlock(blockHash).header;
    // A store of its own: its record ids are those of this moment.
    const state = new StateStore(prefixed(this.#kv, statePrefix), cacheBytes);
    return this.#runtimes.at(number).call(new OverlayState(state, state.requireRoot(blockHash)), api, args);
  }

  /** Metadata of the state after the block of this height. */
  metadata(version: 14 | 15 | 16, number: number): Uint8Array {
    return this.#runtimes.at(number).metadata(version);
  }
}
