// The gateway's global memory budget (docs/protocol/data-path.md §14): one shared WebAssembly memory
// in which every body is encrypted, coded and decoded without copies between threads. A request that finds no room
// waits. The client that holds the least is served first, and requests of equal clients in the order in which they came.
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
  readonly client: string;
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
  /** Pages by client. */
  readonly #held = new Map<string, number>();
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

  /** Whether somebody waits for room. */
  get isContended(): boolean {
    return this.#waiters.length > 0;
  }

  /** Waits for room on behalf of a client. Rejects with `ABORTED` when the signal fires first. */
  acquire(length: number, signal: AbortSignal, client = ''): Promise<ArenaRegion> {
    const pages = Math.max(1, Math.ceil(length / pageBytes));
    invariant(pages <= this.#pages, 'a region is at most the whole arena');
    if (signal.aborted) return Promise.reject(aborted());
    const now = this.isContended ? undefined : this.#take(pages, client);
    if (now !== undefined) return Promise.resolve(now);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        client,
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
      this.#admitWaiters();
    });
  }

  #take(pages: number, client: string): ArenaRegion | undefined {
    const run = this.#free.find((candidate) => candidate.pages >= pages);
    if (run === undefined) return undefined;
    const start = run.start;
    run.start += pages;
    run.pages -= pages;
    if (run.pages === 0) this.#free.splice(this.#free.indexOf(run), 1);
    this.#held.set(client, this.#pagesOf(client) + pages);
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
        const left = this.#pagesOf(client) - pages;
        if (left === 0) this.#held.delete(client);
        else this.#held.set(client, left);
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
    for (let next = this.#nextWaiter(); next !== undefined; next = this.#nextWaiter()) {
      const region = this.#take(next.pages, next.client);
      // Nobody overtakes it, or large requests would wait for ever.
      if (region === undefined) return;
      this.#waiters.splice(this.#waiters.indexOf(next), 1);
      next.admit(region);
    }
  }

  #nextWaiter(): Waiter | undefined {
    let next: Waiter | undefined;
    for (const waiter of this.#waiters)
      if (next === undefined || this.#pagesOf(waiter.client) < this.#pagesOf(next.client)) next = waiter;
    return next;
  }

  #pagesOf(client: string): number {
    return this.#held.get(client) ?? 0;
  }
}
