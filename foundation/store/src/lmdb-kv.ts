// LMDB backend. One environment per directory; any number of threads of one process may open the same path, each
// with a handle of its own. LMDB serialises writers and shows every reader the last commit.
// Copy-on-write pages: a crash at any moment leaves the last flushed commit. Source: lmdb-js 3.5.
import { closeSync, existsSync, mkdirSync, openSync, readSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CessError, handledElsewhere } from '@cess/primitives';
import { open as openEnvironment, type RootDatabase } from 'lmdb';
import type { Kv, KvEntry, KvOperation, KvRange, KvWriteOptions } from './kv.js';
import { assertKey, assertOperations, closedError } from './kv-checks.js';
import { mapStorageError } from './storage-error.js';

export interface LmdbOptions {
  /** Directory of the environment; created when missing. */
  readonly path: string;
  /** Initial address space. LMDB grows the map when needed, so this is only a hint. */
  readonly mapSizeBytes?: number;
  readonly readOnly?: boolean;
}

/** Opens or creates a store. Throws `KV_PERMISSION`, `KV_DISK_FULL`, `KV_LOCKED` or `KV_IO`. */
export function openLmdb(options: LmdbOptions): Kv {
  let database: RootDatabase<Uint8Array, Uint8Array>;
  try {
    if (!options.readOnly) mkdirSync(options.path, { recursive: true });
    assertEnvironment(join(options.path, 'data.mdb'));
    database = openEnvironment<Uint8Array, Uint8Array>({
      path: options.path,
      noSubdir: false,
      encoding: 'binary',
      keyEncoding: 'binary',
      separateFlushed: true,
      // Every write is one batch. Batches of event turns would have a promise of their own that nobody can handle.
      eventTurnBatching: false,
      ...(options.mapSizeBytes ? { mapSize: options.mapSizeBytes } : {}),
      ...(options.readOnly ? { readOnly: true } : {}),
    });
  } catch (thrown) {
    throw mapStorageError(thrown, options.path);
  }
  return new LmdbKv(database, options.path);
}

/** Reverse ranges need an end: without one lmdb-js leaves the key 0x00 out. */
const smallestKey = new Uint8Array(1);

/** A disk with less free space counts as full. */
const leastFreeBytes = 1_048_576;

/** Two meta pages of the smallest page size. */
const leastFileBytes = 8192;
const metaMagicOffset = 24;
const metaMagic = 0xbeefc0de;

/** LMDB maps a file without looking at it and dies on a foreign one: the first meta page must begin as its own does. */
function assertEnvironment(file: string): void {
  if (!existsSync(file)) return;
  const size = statSync(file).size;
  if (size === 0) return;
  const magic = new Uint8Array(4);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, magic, 0, magic.length, metaMagicOffset);
  } finally {
    closeSync(descriptor);
  }
  if (size >= leastFileBytes && new DataView(magic.buffer).getUint32(0, true) === metaMagic) return;
  throw new CessError('KV_CORRUPT', `${file} is not a database. Restore it from a backup or resynchronise.`, { file });
}

/** lmdb-js puts the flush of a commit on the promise of the commit. */
type CommitPromise = Promise<unknown> & { readonly flushed?: Promise<unknown> };

class LmdbKv implements Kv {
  readonly #database: RootDatabase<Uint8Array, Uint8Array>;
  readonly #path: string;
  readonly #pending = new Set<Promise<void>>();
  /** Whether the last commit failed. lmdb-js never settles its flush, and waits for it when it closes the database. */
  #hasFailed = false;
  #closed: Promise<void> | undefined;

  constructor(database: RootDatabase<Uint8Array, Uint8Array>, path: string) {
    this.#database = database;
    this.#path = path;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    assertKey(key);
    const value = this.#fresh().getBinary(key);
    return value && new Uint8Array(value);
  }

  has(key: Uint8Array): boolean {
    assertKey(key);
    return this.#fresh().doesExist(key);
  }

  *entries(range: KvRange = {}): IterableIterator<KvEntry> {
    const { gte, lt, reverse = false, limit } = range;
    if (limit !== undefined && limit <= 0) return;
    const lower = gte && gte.length > 0 ? gte : undefined;
    if (lt && lt.length === 0) return;
    const bounds = reverse
      ? { ...(lt ? { start: lt, exclusiveStart: true } : {}), end: lower ?? smallestKey, inclusiveEnd: true }
      : { ...(lower ? { start: lower } : {}), ...(lt ? { end: lt } : {}) };
    const rows = this.#fresh().getRange({ ...bounds, reverse, ...(limit === undefined ? {} : { limit }) });
    for (const { key, value } of rows) yield [new Uint8Array(key), new Uint8Array(value)];
  }

  async write(operations: readonly KvOperation[], options: KvWriteOptions = {}): Promise<void> {
    assertOperations(operations);
    if (this.#closed) throw closedError();
    const writing = this.#commit(operations, options.durable ?? false);
    this.#pending.add(writing);
    try {
      await writing;
    } finally {
      this.#pending.delete(writing);
    }
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      await Promise.allSettled([...this.#pending]);
      if (this.#hasFailed) return;
      await this.#database.flushed;
      await this.#database.close();
    })();
    return this.#closed;
  }

  async #commit(operations: readonly KvOperation[], durable: boolean): Promise<void> {
    const database = this.#database;
    try {
      const commit: CommitPromise = database.batch(() => {
        for (const operation of operations) {
          const { key } = operation;
          // The batch rejects with the same error.
          handledElsewhere(operation.type === 'put' ? database.put(key, operation.value) : database.remove(key));
        }
      });
      if (commit.flushed !== undefined) handledElsewhere(commit.flushed);
      await commit;
      this.#hasFailed = false;
      if (durable) await (commit.flushed ?? database.flushed);
    } catch (thrown) {
      this.#hasFailed = true;
      throw mapCommitError(await causeOf(thrown), this.#path);
    }
  }

  /** The database with its read snapshot renewed, so that commits of other threads are seen at once. */
  #fresh(): RootDatabase<Uint8Array, Uint8Array> {
    if (this.#closed) throw closedError();
    this.#database.resetReadTxn();
    return this.#database;
  }
}

/** lmdb-js puts the error of the system into a promise that rejects with it. */
async function causeOf(thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof Error) || !('commitError' in thrown)) return thrown;
  const [{ status, ...outcome }] = await Promise.allSettled([thrown.commitError]);
  return status === 'rejected' && 'reason' in outcome ? outcome.reason : thrown;
}

/** LMDB reports a write that the disk takes in part only, as a full one does, as an input/output error. */
function mapCommitError(thrown: unknown, path: string): CessError {
  const error = mapStorageError(thrown, path);
  if (error.code !== 'KV_IO') return error;
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize < leastFreeBytes
    ? mapStorageError(Object.assign(new Error(error.message), { code: 'ENOSPC' }), path)
    : error;
}
