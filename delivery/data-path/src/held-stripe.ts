// Plaintext of one stripe that waits for its consumer. While others wait for the shared memory, a stripe whose consumer is slow
// moves to disk, so a slow reader costs one small buffer and not a share of the memory.
import { handledElsewhere } from '@cess/primitives';
import type { Arena, ArenaRegion } from './arena.js';
import type { SpillFile, SpillFolder } from './spill-folder.js';

/** Bytes that the consumer has in hand at a time. */
export const pieceSizeBytes = 128 * 1024;

export interface HeldStripeInit {
  readonly region: ArenaRegion;
  /** The plaintext in the region. */
  readonly plaintext: { readonly offset: number; readonly length: number };
  readonly arena: Arena;
  readonly spills: SpillFolder;
  readonly client: string;
  /** How long a stripe may wait in memory while others wait for it. */
  readonly patienceMs: number;
}

export class HeldStripe {
  #at: number;
  #leftBytes: number;
  #timer: NodeJS.Timeout | undefined;
  #file: SpillFile | undefined;
  #moving: Promise<void> | undefined;

  constructor(private readonly init: HeldStripeInit) {
    this.#at = init.plaintext.offset;
    this.#leftBytes = init.plaintext.length;
    this.#timer = setInterval(() => this.#moveIfWanted(), init.patienceMs);
  }

  /** The plaintext in order. A piece lies in `buffer` and is valid until the next one is asked for. Releases the stripe at the end. */
  async *pieces(buffer: Uint8Array): AsyncGenerator<Uint8Array> {
    try {
      while (this.#leftBytes > 0) {
        await this.#moving;
        const piece = buffer.subarray(0, Math.min(buffer.length, this.#leftBytes));
        if (this.#file === undefined) piece.set(this.init.region.bytes.subarray(this.#at, this.#at + piece.length));
        else await this.#file.readInto(piece);
        this.#at += piece.length;
        this.#leftBytes -= piece.length;
        // The last piece is on its way from the buffer: the memory is free before it has arrived.
        if (this.#leftBytes === 0) await this.release();
        yield piece;
      }
    } finally {
      await this.release();
    }
  }

  /** Gives back memory and disk. Idempotent. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    this.#leftBytes = 0;
    if (this.#moving !== undefined) await Promise.allSettled([this.#moving]);
    this.init.region.release();
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  #moveIfWanted(): void {
    if (!this.init.arena.isContended) return;
    clearInterval(this.#timer);
    this.#moving = this.#move();
    // `pieces` awaits it.
    handledElsewhere(this.#moving);
  }

  async #move(): Promise<void> {
    const { region, spills, client } = this.init;
    try {
      const file = await spills.create(client);
      this.#file = file;
      await file.append(region.bytes.subarray(this.#at, this.#at + this.#leftBytes));
    } finally {
      // Without space on disk the reader loses the stripe, because others wait for the memory.
      region.release();
    }
  }
}
