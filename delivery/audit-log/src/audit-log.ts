// The writer of an audit log. Entries that are appended while a write runs share the next one. An entry is written when it is in the
// hands of the operating system: it survives the end of the process. `sync` makes it survive a power cut.
import { type FileHandle, mkdir, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CessError, concatBytes, createDeferred, type Deferred, messageOf } from '@cess/primitives';
import { onDisk } from '@cess/store';
import { type AuditEntry, auditEntry, nextHead } from './entry.js';
import { syncFolder, writeWhole } from './files.js';
import { beginning, type LogPosition, readSegment, type SegmentEnd, segmentsOf } from './read-log.js';
import { encodeFrame, encodeHeader, entriesBefore, headerBytes, segmentName } from './segment.js';

export interface AuditLogOptions {
  readonly folder: string;
  /** A segment that has grown to this is closed. Default 16 MiB. */
  readonly segmentBytes?: number;
  /** Entries that wait for the disk at most. Default 10,000. */
  readonly maxWaiting?: number;
}

interface Waiting {
  readonly entry: Uint8Array;
  readonly deferred: Deferred<void>;
}

interface Segment {
  readonly file: FileHandle;
  /** Bytes of whole frames. What may lie behind them was not written as a whole. */
  readonly bytes: number;
}

const defaultSegmentBytes = 16 * 1024 * 1024;
const defaultMaxWaiting = 10_000;
const entriesPerWrite = 1_024;

export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #segmentBytes: number;
  #position: LogPosition;
  #segment: Segment | undefined;
  readonly #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #isClosed = false;
  /** Bytes of a failed write may lie behind the last frame. */
  #hasFailed = true;

  private constructor(
    options: AuditLogOptions,
    position: LogPosition,
    segment: Segment | undefined,
    /** Bytes at the end of the newest segment that were set aside when the log was opened. */
    readonly setAsideBytes: number = 0,
  ) {
    this.#options = options;
    this.#segmentBytes = options.segmentBytes ?? defaultSegmentBytes;
    this.#position = position;
    this.#segment = segment;
  }

  /**
   * Opens or begins the log in `folder`; reads the newest segment. What cannot be read at its end is set aside in a file of its own, and
   * the log goes on before it. Throws `AUDIT_LOG_DAMAGED` for a segment that does not continue the one before, and the codes of
   * `mapStorageError`.
   */
  static open(options: AuditLogOptions): Promise<AuditLog> {
    return onDisk(options.folder, () => AuditLog.#open(options));
  }

  static async #open(options: AuditLogOptions): Promise<AuditLog> {
    await mkdir(options.folder, { recursive: true });
    const newest = (await segmentsOf(options.folder)).at(-1);
    if (newest === undefined) return new AuditLog(options, beginning, undefined);
    const path = join(options.folder, newest);
    const { sequence, head, bytes, unreadable } = await endOf(path);
    if (unreadable > 0) await setAside(path, bytes);
    // A segment without a header has no entries.
    if (bytes === 0) return new AuditLog(options, await endOfOthers(options.folder), undefined, unreadable);
    return new AuditLog(options, { sequence, head }, { file: await open(path, 'r+'), bytes }, unreadable);
  }

  /** What has been written. */
  get position(): LogPosition {
    return this.#position;
  }

  /**
   * Appends an entry; resolves when it is written. Rejects with `AUDIT_LOG_WRITE_FAILED`, whereupon the entry is not part of the log,
   * `AUDIT_LOG_FULL` or `AUDIT_LOG_CLOSED`.
   */
  append(entry: AuditEntry): Promise<void> {
    if (this.#isClosed) return Promise.reject(new CessError('AUDIT_LOG_CLOSED', 'The audit log is closed.'));
    if (this.#waiting.length >= (this.#options.maxWaiting ?? defaultMaxWaiting)) {
      const message = `${this.#waiting.length} entries wait for the audit log.`;
      return Promise.reject(new CessError('AUDIT_LOG_FULL', message));
    }
    const deferred = createDeferred<void>();
    this.#waiting.push({ entry: auditEntry.encode(entry), deferred });
    this.#running ??= this.#drain();
    return deferred.promise;
  }

  /**
   * Removes the oldest segments until the log takes at most `maxBytes`, but none with an entry after `sequence`. Returns the number of
   * segments. Throws the codes of `mapStorageError`.
   */
  removeOldest(maxBytes: number, sequence: number): Promise<number> {
    return onDisk(this.#options.folder, () => this.#removeOldest(maxBytes, sequence));
  }

  async #removeOldest(maxBytes: number, sequence: number): Promise<number> {
    const { folder } = this.#options;
    const segments = await segmentsOf(folder);
    const sizes = await Promise.all(segments.map(async (name) => (await stat(join(folder, name))).size));
    let total = sizes.reduce((sum, size) => sum + size, 0);
    let removed = 0;
    for (const [index, name] of segments.entries()) {
      const next = segments[index + 1];
      if (total <= maxBytes || next === undefined || entriesBefore(next) > sequence) break;
      await rm(join(folder, name));
      total -= sizes[index] ?? 0;
      removed++;
    }
    return removed;
  }

  /** Makes all that is written survive a power cut, and returns how far that is. Throws the codes of `mapStorageError`. */
  async sync(): Promise<LogPosition> {
    const position = this.#position;
    await onDisk(this.#options.folder, async () => this.#segment?.file.datasync());
    return position;
  }

  /** Writes what waits. Throws the codes of `mapStorageError`; the files are closed then, too. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
    try {
      await this.sync();
    } finally {
      await this.#segment?.file.close();
      this.#segment = undefined;
    }
  }

  async #drain(): Promise<void> {
    // Entries of the same turn join the first write.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, entriesPerWrite);
      const failure = await this.#write(batch.map(({ entry }) => entry));
      for (const { deferred } of batch) {
        if (failure === undefined) deferred.resolve();
        else deferred.reject(failure);
      }
    }
    this.#running = undefined;
  }

  /** Undefined when all are written; else none is. */
  async #write(entries: readonly Uint8Array[]): Promise<CessError<'AUDIT_LOG_WRITE_FAILED'> | undefined> {
    const { sequence, head } = this.#position;
    try {
      const { file, bytes } = await this.#current();
      const frames = concatBytes(...entries.map(encodeFrame));
      // What a failed write left behind is overwritten; a shorter rest of it must not remain.
      if (this.#hasFailed) await file.truncate(bytes);
      this.#hasFailed = true;
      await writeWhole(file, frames, bytes);
      this.#hasFailed = false;
      this.#segment = { file, bytes: bytes + frames.length };
      this.#position = { sequence: sequence + entries.length, head: entries.reduce(nextHead, head) };
      return undefined;
    } catch (cause) {
      const message = `The audit log in ${this.#options.folder} cannot be written: ${messageOf(cause)}`;
      return new CessError('AUDIT_LOG_WRITE_FAILED', message, {}, { cause });
    }
  }

  /** The segment that takes the next entries. */
  async #current(): Promise<Segment> {
    const full = this.#segment;
    if (full !== undefined && full.bytes < this.#segmentBytes) return full;
    const { sequence, head } = this.#position;
    await full?.file.datasync();
    const file = await open(join(this.#options.folder, segmentName(sequence)), 'w+');
    try {
      await writeWhole(file, encodeHeader({ sequence, head }), 0);
      await file.datasync();
      await syncFolder(this.#options.folder);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#segment = { file, bytes: headerBytes };
    await full?.file.close();
    return this.#segment;
  }
}

async function endOf(path: string): Promise<SegmentEnd> {
  const read = readSegment(path, { isNewest: true });
  let step = await read.next();
  while (step.done !== true) step = await read.next();
  return step.value;
}

/** Keeps what lies behind the readable part of a segment. */
async function setAside(path: string, readable: number): Promise<void> {
  const bytes = await readFile(path);
  await writeFile(`${path}.unreadable-${Date.now()}`, bytes.subarray(readable), { flush: true });
  await truncate(path, readable);
}

/** The end of the log without its newest segment. */
async function endOfOthers(folder: string): Promise<LogPosition> {
  const before = (await segmentsOf(folder)).at(-2);
  if (before === undefined) return beginning;
  const { sequence, head } = await endOf(join(folder, before));
  return { sequence, head };
}
