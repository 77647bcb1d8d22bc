// The gateway's global memory budget (docs/protocol/data-path.md §14): one shared WebAssembly memory
// in which every body is encrypted, coded and decoded without copies between threads. A request that finds no room
// waits; requests are served in the order in which they came.
import { createSharedMemory, type WasmMemory } from '@cess/erasure';
import { aborted, elementAt, invariant } from '@cess/primitives';

const pageBytes = 65_536;

/** A run of bytes in the arena, owned by whoever acquired it. */
export interface ArenaRegion {
  readonly offset: number;
  readonly length: number;
  readonly bytes: Uint8Array;
  /** Gives the bytes back; they must not be touched afterwards. Idempotent. */
  release(): void;
}

interface Waiter {
  readonly pages: number;
  readonly admit: (region: ArenaRegion) => void;
}

/** Arenas of these sizes side by side in one shared memory, behind `reservedBytes` for the workers' kernels. */
export function createArenas(reservedBytes: number, ...sizesBytes: readonly number[]): readonly Arena[] {
  const roundUp = (bytes: number) => Math.ceil(bytes / pageBytes) * pageBytes;
  const sizes = sizesBytes.map(roundUp);
  let offset = roundUp(reservedBytes);
  const memory = createSharedMemory(sizes.reduce((sum, size) => sum + size, offset));
  return sizes.map((size) => {
    offset += size;
    return new Arena(memory, offset - size, size);
  });
}

/** Free runs of pages, sorted by start, never adjacent. */
interface FreeRun {
  start: number;
  pages: number;
}

export class Arena {
  readonly memory: WasmMemory;
  readonly #bytes: Uint8Array;
  readonly #free: FreeRun[];
  readonly #waiters: Waiter[] = [];
  readonly #pages: number;

  /** Hands out `sizeBytes` of `memory` from `offset` on, both multiples of 64 KiB. */
  constructor(memory: WasmMemory, offset: number, sizeBytes: number) {
    invariant(offset % pageBytes === 0 && sizeBytes % pageBytes === 0, 'arenas consist of whole pages');
    this.#pages = sizeBytes / pageBytes;
    this.memory = memory;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#free = [{ start: offset / pageBytes, pages: this.#pages }];
  }

  /** Largest single region. */
  get capacityBytes(): number {
    return this.#pages * pageBytes;
  }

  get freeBytes(): number {
    return this.#free.reduce((sum, run) => sum + run.pages, 0) * pageBytes;
  }

  /** Waits for room. Rejects with `ABORTED` when the signal fires first. */
  acquire(length: number, signal: AbortSignal): Promise<ArenaRegion> {
    const pages = Math.max(1, Math.ceil(length / pageBytes));
    invariant(pages <= this.#pages, 'a region is at most the whole arena');
    if (signal.aborted) return Promise.reject(aborted());
    const now = this.#waiters.length === 0 ? this.#take(pages) : undefined;
    if (now !== undefined) return Promise.resolve(now);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        pages,
        admit: (region) => {
          signal.removeEventListener('abort', onAbort);
          resolve(region);
        },
      };
      const onAbort = () => {
        const at = this.#waiters.indexOf(waiter);
        if (at >= 0) this.#waiters.splice(at, 1);
        reject(aborted());
        this.#admitWaiters();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push(waiter);
    });
  }

  /** A region if there is room at once and nobody waits. */
  tryAcquire(length: number): ArenaRegion | undefined {
    return this.#waiters.length > 0 ? undefined : this.#take(Math.max(1, Math.ceil(length / pageBytes)));
  }

  #take(pages: number): ArenaRegion | undefined {
    const run = this.#free.find((candidate) => candidate.pages >= pages);
    if (run === undefined) return undefined;
    const start = run.start;
    run.start += pages;
    run.pages -= pages;
    if (run.pages === 0) this.#free.splice(this.#free.indexOf(run), 1);
    let released = false;
    const offset = start * pageBytes;
    const length = pages * pageBytes;
    return {
      offset,
      length,
      bytes: this.#bytes.subarray(offset, offset + length),
      release: () => {
        if (released) return;
        released = true;
        this.#giveBack(start, pages);
      },
    };
  }

  #giveBack(start: number, pages: number): void {
    let at = this.#free.findIndex((run) => run.start > start);
    if (at < 0) at = this.#free.length;
    this.#free.splice(at, 0, { start, pages });
    this.#mergeWithNext(at);
    if (at > 0) this.#mergeWithNext(at - 1);
    this.#admitWaiters();
  }

  #mergeWithNext(at: number): void {
    const run = elementAt(this.#free, at);
    const next = this.#free[at + 1];
    if (next === undefined || run.start + run.pages !== next.start) return;
    run.pages += next.pages;
    this.#free.splice(at + 1, 1);
  }

  #admitWaiters(): void {
    for (let waiter = this.#waiters[0]; waiter !== undefined; waiter = this.#waiters[0]) {
      const region = this.#take(waiter.pages);
      if (region === undefined) return;
      this.#waiters.shift();
      waiter.admit(region);
    }
  }
}
