// How concentrated the seats of the eras are that the chain keeps (R2S-12, docs/protocol/r2s.md §10), read from the state of the last final block.
import { type SeatFigures, seatFigures } from '@cess/consensus';
import { equalBytes } from '@cess/primitives';
import { query } from '@cess/runtime';
import type { ChainView } from './chain-view.js';
import { readOnly } from './engine/seats.js';

export class SeatReadings {
  #read: { readonly hash: Uint8Array; readonly figures: SeatFigures | undefined } | undefined;

  constructor(private readonly view: ChainView) {}

  /** Undefined before the first era, and while the state is not kept. */
  figures(): SeatFigures | undefined {
    const { hash } = this.view.finalized;
    if (this.#read === undefined || !equalBytes(this.#read.hash, hash)) {
      this.#read = { hash, figures: this.view.whileKept(() => this.#figuresAt(hash)) };
    }
    return this.#read.figures;
  }

  #figuresAt(hash: Uint8Array): SeatFigures | undefined {
    const at = { ext: readOnly(this.view.reader.state, this.view.stateRoot(hash)) };
    const eras = [...query.Staking.EraMembers.entries(at, [])].sort(([[a]], [[b]]) => Number(a - b));
    return eras.length === 0
      ? undefined
      : seatFigures(eras.map(([, members]) => members.map(({ account }) => account)));
  }
}
