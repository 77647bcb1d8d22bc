// A test double that shows the worst behaviour that the port permits, reproducible from a seed. A crash keeps all
// batches up to the last durable write and a random prefix of the later batches. The batch in progress is kept or lost as
// a whole. A planned failure rejects the n-th write.
import { CessError, isCessError } from '@cess/primitives';
import type { Kv, KvEntry, KvOperation, KvRange, KvWriteOptions } from './kv.js';
import { assertKey, assertOperations, closedError } from './kv-checks.js';
import { SortedTable } from './sorted-table.js';

export interface FaultPlan {
  /** Seed of every random choice. */
  readonly seed: number;
  /** Writes (counted from 1 over the life of the store, across crashes) that fail with `KV_IO`, changing nothing. */
  readonly failWrites?: readonly number[];
  /** The write during which the process "dies": from then on every call throws `KV_CRASHED` until `reopen`. */
  readonly crashAtWrite?: number;
}

export interface FaultyKv extends Kv {
  /** Loses a seeded suffix of what was not durable. Every call but `reopen` throws `KV_CRASHED` afterwards. */
  crash(): void;
  /** The store as the next process finds it. Only after `crash` or `close`. */
  reopen(): FaultyKv;
  /** Writes attempted so far, also by earlier handles of the same store. */
  writeCount(): number;
}

interface Disk {
  durable: SortedTable;
  unsynced: (readonly KvOperation[])[];
  writes: number;
  readonly random: () => number;
}

export function createFaultyKv(plan: FaultPlan): FaultyKv {
  return openHandle({ durable: new SortedTable(), unsynced: [], writes: 0, random: createRandom(plan.seed) }, plan);
}

function openHandle(disk: Disk, plan: FaultPlan): FaultyKv {
  const visible = disk.durable.fork();
  let state: 'open' | 'closed' | 'crashed' = 'open';

  const open = (): SortedTable => {
    if (state === 'crashed') throw new CessError('KV_CRASHED', 'The store crashed by plan.');
    if (state === 'closed') throw closedError();
    return visible;
  };
  const sync = (): void => {
    for (const batch of disk.unsynced) disk.durable.apply(batch);
    disk.unsynced = [];
  };
  const crash = (): void => {
    if (state !== 'open') return;
    state = 'crashed';
    const kept = Math.floor(disk.random() * (disk.unsynced.length + 1));
    disk.unsynced.length = kept;
    sync();
  };

  return {
    get(key: Uint8Array): Uint8Array | undefined {
      assertKey(key);
      return open().get(key);
    },
    has(key: Uint8Array): boolean {
      assertKey(key);
      return open().get(key) !== undefined;
    },
    entries: (range?: KvRange): IterableIterator<KvEntry> => open().entries(range),
    async write(operations: readonly KvOperation[], options: KvWriteOptions = {}): Promise<void> {
      assertOperations(operations);
      const table = open();
      const copy = operations.map(copyOperation);
      disk.writes++;
      if (plan.failWrites?.includes(disk.writes)) {
        throw new CessError('KV_IO', 'The write failed by plan.', { write: disk.writes });
      }
      disk.unsynced.push(copy);
      if (plan.crashAtWrite === disk.writes) {
        crash();
        open();
      }
      table.apply(copy);
      if (options.durable) sync();
    },
    async close(): Promise<void> {
      if (state !== 'open') return;
      sync();
      state = 'closed';
    },
    crash,
    reopen(): FaultyKv {
      if (state === 'open') throw new CessError('KV_OPEN', 'Crash or close the store before reopening it.');
      return openHandle(disk, plan);
    },
    writeCount: () => disk.writes,
  };
}

/** True for the errors that a plan injects. */
export function isInjectedFault(thrown: unknown): boolean {
  return isCessError(thrown, 'KV_IO') || isCessError(thrown, 'KV_CRASHED');
}

function copyOperation(operation: KvOperation): KvOperation {
  return operation.type === 'put'
    ? { type: 'put', key: operation.key.slice(), value: operation.value.slice() }
    : { type: 'delete', key: operation.key.slice() };
}

/** Mulberry32: enough to draw crash points, and the same everywhere. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
