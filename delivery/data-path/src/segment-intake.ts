// Receives the body of one segment before the segment takes shared memory (docs/protocol/data-path.md §14): until all of it has
// arrived, or, if the writer has memory to spare for it, until the rest is about to arrive. Meanwhile the body costs one small
// buffer and moves to disk as it comes.
import type { ByteSource, PlaintextSource } from './segment-filler.js';
import type { SpillFile, SpillFolder } from './spill-folder.js';

/** Bytes that are received before the rate of a body is known. */
const intakeSizeBytes = 128 * 1024;

export interface SegmentIntakeInit {
  readonly source: PlaintextSource;
  /** Plaintext of the segment. */
  readonly length: number;
  readonly spills: SpillFolder;
  readonly client: string;
  /** A body is quick when the rest of the segment would arrive within this time, at the rate of the upload so far. */
  readonly quickMs: number;
  /** Takes part of the memory that is set aside for quick bodies. False when there is none. */
  readonly tryQuick: () => boolean;
}

export class SegmentIntake implements ByteSource {
  readonly #buffer: Uint8Array;
  /** The received bytes that are not on disk: `#buffer` from `#from` to `#to`. */
  #from = 0;
  #to = 0;
  #file: SpillFile | undefined;

  constructor(private readonly init: SegmentIntakeInit) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(intakeSizeBytes, init.length));
  }

  /** Resolves when the segment may take memory: all of it is here, the source has ended, or `tryQuick` was true. */
  async receive(): Promise<void> {
    const { source, length, quickMs, tryQuick } = this.init;
    for (let received = 0; ; ) {
      const room = Math.min(this.#buffer.length, length - received);
      this.#to = await source.readInto(this.#buffer.subarray(0, room));
      received += this.#to;
      const isAll = received === length || this.#to < room;
      const isQuick = (length - received) / source.bytesPerMs <= quickMs;
      if (isAll || (isQuick && tryQuick())) return;
      await this.#spill();
    }
  }

  /** What was received, then the rest of the source. */
  async readInto(target: Uint8Array): Promise<number> {
    let done = this.#file === undefined ? 0 : await this.#file.readInto(target);
    const take = Math.min(this.#to - this.#from, target.length - done);
    target.set(this.#buffer.subarray(this.#from, this.#from + take), done);
    this.#from += take;
    done += take;
    return done === target.length ? done : done + (await this.init.source.readInto(target.subarray(done)));
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #spill(): Promise<void> {
    const { spills, client } = this.init;
    this.#file ??= await spills.create(client);
    await this.#file.append(this.#buffer.subarray(0, this.#to));
    this.#to = 0;
  }
}
