// Reads one held fragment at a limited rate and compares it with its root.
import type { FragmentStore, StoredFragment } from '@cess/fragment-store';
import { isCessError, type Timers } from '@cess/primitives';
import { hashHeld } from '../holdings/read-fragment.js';

/** The reader sleeps after each piece of this size. */
const paceBytes = 1_048_576;

export interface PacedReaderInit {
  readonly store: Pick<FragmentStore, 'get' | 'read'>;
  readonly timers: Timers;
  readonly bytesPerSecond: number;
}

/** `deleted`: the fragment was deleted while it was read. */
export type FragmentState = 'intact' | 'corrupt' | 'deleted';

export interface FragmentCheck {
  /** Throws what the store throws, and `ABORTED`. */
  check(held: StoredFragment, signal: AbortSignal): Promise<FragmentState>;
}

export class PacedReader implements FragmentCheck {
  constructor(private readonly init: PacedReaderInit) {}

  async check(held: StoredFragment, signal: AbortSignal): Promise<FragmentState> {
    const { store, timers, bytesPerSecond } = this.init;
    let unpaced = 0;
    const pause = () => timers.sleep((unpaced / bytesPerSecond) * 1000, signal);
    const pace = async (piece: Uint8Array) => {
      unpaced += piece.length;
      if (unpaced < paceBytes) return;
      await pause();
      unpaced = 0;
    };
    try {
      await hashHeld(store, held, pace);
      await pause();
      return 'intact';
    } catch (error) {
      if (signal.aborted || !isCessError(error, 'PROVIDER_FRAGMENT_ROTTEN')) throw error;
      return store.get(held) === undefined ? 'deleted' : 'corrupt';
    }
  }
}
