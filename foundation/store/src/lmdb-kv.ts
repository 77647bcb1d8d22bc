// LMDB backend. One environment per directory; any number of threads of one process may open the same path, each
// with a handle of its own. LMDB serialises writers and shows every reader the last commit.
// Copy-on-write pages: a crash at any moment leaves the last synchronised commit. Source: lmdb-js 3.5.
//
// Order of a commit: write the pages, synchronise them, write and synchronise the meta page that names them. If one of the
// first two fails, LMDB aborts the transaction, so it is definitely not written. If the meta page fails, the outcome is
// unknown and LMDB rejects every further call. Then this store opens the environment again, commits once to replace what
// the disk may hold of the failed meta page, and looks which of the two outcomes is there.
//
// lmdb-js 3.5.6 never settles a batch that it takes while another one fails at the meta page, and then it never closes. So it has
// one batch in hand. Writes that arrive meanwhile are committed together afterwards.
import { CessError, handledElsewhere } from '@cess/primitives';
import type { Kv, KvEntry, KvOperation, KvRange, KvWriteOptions } from './kv.js';
import { assertKey, assertOperations, closedError } from './kv-checks.js';
import { assertSpace, commitError, type LmdbDatabase, type LmdbOptions, openEnvironment } from './lmdb-environment.js';
import { isPanic, mapStorageError } from './storage-error.js';

export type { LmdbOptions } from './lmdb-environment.js';

/** Opens or creates a store. Throws `KV_PERMISSION`, `KV_DISK_FULL`, `KV_LOCKED`, `KV_CORRUPT` or `KV_IO`. */
export function openLmdb(options: LmdbOptions): Kv {
  return new LmdbKv(openEnvironment(options), options);
}

/** Reverse ranges need an end: without one lmdb-js leaves the key 0x00 out. */
const smallestKey = new Uint8Array(1);

/** Written and removed again in one commit. */
const probeKey = Uint8Array.of(0);

/** A write that waits for the one under way. */
interface WaitingWrite {
  readonly operations: readonly KvOperation[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class LmdbKv implements Kv {
  /** Undefined while the environment is opened again. */
  #database: LmdbDatabase | undefined;
  readonly #path: string;
  readonly #pending = new Set<Promise<void>>();
  #waiting: WaitingWrite[] = [];
  #isWriting = false;
  /** Set while the environment takes no commits because the outcome of one is unknown. */
  #suspension: CessError | undefined;
  #resuming: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    database: LmdbDatabase,
    private readonly options: LmdbOptions,
  ) {
    this.#database = database;
    this.#path = options.path;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    assertKey(key);
    return this.#read((database) => {
      // The value lies in memory of lmdb-js that the next read overwrites, and that is longer than the value.
      const value = database.getBinaryFast(key);
      return value && new Uint8Array(value.buffer, value.byteOffset, value.length).slice();
    });
  }

  has(key: Uint8Array): boolean {
    assertKey(key);
    return this.#read((database) => database.doesExist(key));
  }

  *entries(range: KvRange = {}): IterableIterator<KvEntry> {
    const { gte, lt, reverse = false, limit } = range;
    if (limit !== undefined && limit <= 0) return;
    const lower = gte && gte.length > 0 ? gte : undefined;
    if (lt && lt.length === 0) return;
    const bounds = reverse
      ? { ...(lt ? { start: lt, exclusiveStart: true } : {}), end: lower ?? smallestKey, inclusiveEnd: true }
      : { ...(lower ? { start: lower } : {}), ...(lt ? { end: lt } : {}) };
    const rows = this.#read((database) =>
      database.getRange({ ...bounds, reverse, ...(limit === undefined ? {} : { limit }) })[Symbol.iterator](),
    );
    try {
      for (;;) {
        const next = this.#guard(() => rows.next());
        if (next.done) return;
        yield [new Uint8Array(next.value.key), new Uint8Array(next.value.value)];
      }
    } finally {
      rows.return?.();
    }
  }

  /** Every commit is synchronised, so `durable` makes no difference. */
  async write(operations: readonly KvOperation[], _options: KvWriteOptions = {}): Promise<void> {
    assertOperations(operations);
    if (this.#closed) throw closedError();
    const writing = this.#write(operations);
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
      await this.#database?.close();
    })();
    return this.#closed;
  }

  async #write(operations: readonly KvOperation[]): Promise<void> {
    if (this.#isWriting) {
      return new Promise((resolve, reject) => {
        this.#waiting.push({ operations, resolve, reject });
      });
    }
    this.#isWriting = true;
    try {
      await this.#writeAlone(operations);
    } finally {
      this.#isWriting = false;
      this.#writeWaiting();
    }
  }

  /** Starts one write of all that waited. */
  #writeWaiting(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#write(waiting.flatMap(({ operations }) => operations)).then(
      () => {
        for (const { resolve } of waiting) resolve();
      },
      (error: unknown) => {
        for (const { reject } of waiting) reject(error);
      },
    );
  }

  async #writeAlone(operations: readonly KvOperation[]): Promise<void> {
    assertSpace(this.#path);
    if (this.#suspension !== undefined) await this.#resume();
    try {
      await this.#commit(operations);
    } catch (thrown) {
      const error = await commitError(thrown, this.#path);
      if (!(await this.#isPanicked())) throw error;
      try {
        await this.#resume();
      } catch {
        throw new CessError(
          'KV_OUTCOME_UNKNOWN',
          `Whether ${this.#path} took a change is unknown: ${error.message} It takes no further changes until the disk works again.`,
          { path: this.#path, reason: error.message },
          { cause: error },
        );
      }
      if (!this.#shows(operations)) throw error;
    }
  }

  async #commit(operations: readonly KvOperation[]): Promise<void> {
    const database = this.#environment();
    await database.batch(() => {
      for (const operation of operations) {
        const { key } = operation;
        // The batch rejects with the same error.
        handledElsewhere(operation.type === 'put' ? database.put(key, operation.value) : database.remove(key));
      }
    });
  }

  /** Commits without a lasting change. */
  #probe(): Promise<void> {
    return this.#commit([
      { type: 'put', key: probeKey, value: probeKey },
      { type: 'delete', key: probeKey },
    ]);
  }

  /** Whether the failed commit left the environment unusable. Otherwise LMDB aborted it. */
  async #isPanicked(): Promise<boolean> {
    if (this.#suspension !== undefined) return true;
    try {
      this.#environment().doesExist(smallestKey);
      return false;
    } catch (thrown) {
      if (!isPanic(thrown)) throw mapStorageError(thrown, this.#path);
      this.#suspension = this.#suspensionOf(thrown);
      return true;
    }
  }

  /** Opens the environment again and commits. Concurrent calls share one attempt. Throws `KV_SUSPENDED` if it fails. */
  async #resume(): Promise<void> {
    this.#resuming ??= this.#reopen().finally(() => {
      this.#resuming = undefined;
    });
    await this.#resuming;
  }

  async #reopen(): Promise<void> {
    const old = this.#database;
    this.#database = undefined;
    try {
      await old?.close();
      this.#database = openEnvironment(this.options);
      await this.#probe();
      this.#suspension = undefined;
    } catch (thrown) {
      this.#suspension = this.#suspensionOf(await commitError(thrown, this.#path));
      throw this.#suspension;
    }
  }

  /** Whether the store is as `operations` leave it. */
  #shows(operations: readonly KvOperation[]): boolean {
    const last = new Map(operations.map((operation) => [Buffer.from(operation.key).toString('hex'), operation]));
    return [...last.values()].every((operation) => {
      const value = this.get(operation.key);
      if (operation.type === 'delete') return value === undefined;
      return value !== undefined && Buffer.compare(value, operation.value) === 0;
    });
  }

  /** Reads with the snapshot renewed, so that commits of other threads are seen at once. */
  #read<T>(read: (database: LmdbDatabase) => T): T {
    return this.#guard(() => {
      const database = this.#open();
      database.resetReadTxn();
      return read(database);
    });
  }

  #guard<T>(read: () => T): T {
    try {
      return read();
    } catch (thrown) {
      if (!isPanic(thrown)) throw thrown;
      this.#suspension ??= this.#suspensionOf(thrown);
      // The commit that failed does it, too. A process that only reads has no other commit.
      if (this.#closed === undefined) handledElsewhere(this.#resume());
      throw this.#suspension;
    }
  }

  #open(): LmdbDatabase {
    if (this.#closed) throw closedError();
    return this.#environment();
  }

  /** Also while the store closes: what it took before is written. */
  #environment(): LmdbDatabase {
    if (this.#database === undefined) throw this.#suspension ?? this.#suspensionOf('it is opened again');
    return this.#database;
  }

  #suspensionOf(cause: unknown): CessError {
    const reason = mapStorageError(cause, this.#path).message;
    return new CessError(
      'KV_SUSPENDED',
      `${this.#path} takes no changes, because the disk failed during one and does not work yet. Check the disk.`,
      { path: this.#path, reason },
      { cause },
    );
  }
}
