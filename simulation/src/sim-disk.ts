// A disk as the port of the key-value store promises it, and not better: a durable write takes time, and its batch is lost as a whole
// if the machine crashes before; a write that is not durable is visible at once, and a crash loses a random suffix of these
// (SI-11). A write may fail, and the content may be put back from a backup.
import { CessError } from '@cess/primitives';
import type { Kv, KvOperation, KvRange, KvWriteOptions } from '@cess/store';
import type { Random } from './random.js';
import type { Schedule } from './schedule.js';
import { keyText, SortedStore } from './sorted-store.js';

/** A durable write takes this long at least, and so much longer on average. */
const syncMs = 1;
const meanExtraSyncMs = 3;

interface PendingWrite {
  readonly batch: Batch;
  readonly isDurable: boolean;
  readonly resolve: () => void;
}

type Batch = readonly (readonly [key: string, value: Uint8Array | undefined])[];

export type DiskBackup = ReadonlyMap<string, Uint8Array>;

export class SimDisk {
  #content = new SortedStore();
  /** What undoes each batch that no sync has covered, the first one first. */
  #unsynced: Batch[] = [];
  /** Writes under way, in order. */
  #pending: PendingWrite[] = [];
  #lastEndMs = 0;
  /** The process that may use the disk. */
  #session = 0;
  #failures = 0;

  constructor(
    private readonly schedule: Schedule,
    private readonly random: Random,
  ) {}

  /** The disk as the next process sees it; the one before has ended. */
  open(): Kv {
    const session = ++this.#session;
    const assertOpen = (): void => {
      if (session !== this.#session) throw new CessError('KV_CRASHED', 'The process has ended.');
    };
    return {
      get: (key) => {
        assertOpen();
        return this.#content.get(keyText(key))?.slice();
      },
      has: (key) => {
        assertOpen();
        return this.#content.get(keyText(key)) !== undefined;
      },
      entries: (range: KvRange = {}) => {
        assertOpen();
        return this.#content.entries(range).values();
      },
      write: (operations, options) => {
        assertOpen();
        return this.#write(operations, options);
      },
      close: async () => {},
    };
  }

  /** The next writes fail with `KV_IO` and change nothing. */
  failWrites(count: number): void {
    this.#failures = count;
  }

  /** What a crash now cannot lose, of one key. */
  durable(key: string): Uint8Array | undefined {
    for (const batch of this.#unsynced) {
      const entry = batch.findLast(([name]) => name === key);
      if (entry !== undefined) return entry[1];
    }
    return this.#content.get(key);
  }

  /** Ends the process: what is not durable is kept or lost, from a random batch on unless the caller says which. */
  crash(unsynced?: 'kept' | 'lost'): void {
    this.#session++;
    const all = this.#unsynced.length + this.#pending.length;
    const kept = unsynced === undefined ? this.#randomPart(all) : unsynced === 'kept' ? all : 0;
    for (const { batch } of this.#pending.slice(0, Math.max(0, kept - this.#unsynced.length))) this.#apply(batch);
    for (const undo of this.#unsynced.slice(kept).reverse()) this.#apply(undo);
    this.#unsynced = [];
    this.#pending = [];
    this.#lastEndMs = this.schedule.nowMs;
  }

  backUp(): DiskBackup {
    return this.#content.copy();
  }

  /** Only while no process runs. */
  restore(backup: DiskBackup): void {
    this.#content = new SortedStore(backup);
  }

  #write(operations: readonly KvOperation[], { durable: isDurable = false }: KvWriteOptions = {}): Promise<void> {
    if (this.#failures > 0) {
      this.#failures--;
      return Promise.reject(new CessError('KV_IO', 'The disk failed by plan.', { write: 0 }));
    }
    const batch = operations.map(
      (operation) => [keyText(operation.key), operation.type === 'put' ? operation.value.slice() : undefined] as const,
    );
    return new Promise((resolve) => {
      this.#pending.push({ batch, isDurable, resolve });
      const tookMs = isDurable ? syncMs + this.random.exponential(meanExtraSyncMs) : 0;
      this.#lastEndMs = Math.max(this.#lastEndMs, this.schedule.nowMs + tookMs);
      const session = this.#session;
      this.schedule.at(this.#lastEndMs, () => {
        if (session === this.#session) this.#complete();
      });
    });
  }

  #complete(): void {
    const write = this.#pending.shift();
    if (write === undefined) return;
    const undo = this.#apply(write.batch);
    if (write.isDurable) this.#unsynced = [];
    else this.#unsynced.push(undo);
    write.resolve();
  }

  #randomPart(all: number): number {
    return all === 0 ? 0 : this.random.below(all + 1);
  }

  /** Returns what undoes it. */
  #apply(batch: Batch): Batch {
    return batch.map(([key, value]) => [key, this.#content.set(key, value)] as const).reverse();
  }
}
