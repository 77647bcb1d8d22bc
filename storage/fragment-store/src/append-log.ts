// The append log holds the metadata of all fragments and the bytes of small ones. Many appends share one write and one
// fdatasync (group commit): while one group is synced, the next one gathers. Files are numbered and rotated. Every file but
// the newest is complete on disk.
//
// Failures: when a write fails (for example because the disk is full), the file is truncated to its last valid end and work
// continues. When the truncation or a sync fails, nobody knows which records of the group are on disk (ADR 52). The log rejects
// appends until it has cut those records off and begun a new file; it tries that at every call.
import { CessError, createDeferred, type Deferred, elementAt, isCessError, present } from '@cess/primitives';
import { mapFsError } from './errors.js';
import { type FragmentFile, type FragmentFs, systemErrorCode } from './fs-port.js';
import { encodeRecord, frameHeaderBytes, frameOf, type LogLocation, type LogRecord } from './log-record.js';
import { scanLog } from './log-scan.js';

const logName = /^(\d{10})\.log$/;
const maxGroupRecords = 512;
const maxGroupBytes = 4 * 1_048_576;

export interface AppendLogInit {
  readonly fs: FragmentFs;
  readonly dir: string;
  readonly storeId: Uint8Array;
  /** Size at which the log starts a new file. */
  readonly rotateBytes: number;
}

export interface LogReplay {
  readonly tornBytes: number;
  readonly damagedRegions: number;
}

interface Pending {
  readonly payload: Uint8Array;
  readonly done: Deferred<LogLocation>;
}

interface LogFile {
  readonly file: FragmentFile;
  size: number;
  readers: number;
  retired: boolean;
}

export class AppendLog {
  /** By number, in ascending order. */
  readonly #files = new Map<number, LogFile>();
  #active = 0;
  #queue: Pending[] = [];
  #pump: Promise<void> | undefined;
  /** Set while the content of the active file is unknown, and for good when the log is closed. */
  #failure: CessError | undefined;
  #healing: Promise<void> | undefined;

  private constructor(private readonly init: AppendLogInit) {}

  /** Opens the logs of `dir`, passes every record to `onRecord` in order, and truncates a torn tail. */
  static async open(
    init: AppendLogInit,
    onRecord: (record: LogRecord, location: LogLocation) => void,
  ): Promise<{ log: AppendLog; replay: LogReplay }> {
    const log = new AppendLog(init);
    return { log, replay: await log.#replay(onRecord) };
  }

  /** Resolves with the location of the record once it is on disk. Records become durable in the order of the calls. */
  append(record: LogRecord): Promise<LogLocation> {
    if (isCessError(this.#failure, 'FRAGMENT_STORE_CLOSED')) return Promise.reject(this.#failure);
    const done = createDeferred<LogLocation>();
    this.#queue.push({ payload: encodeRecord(record), done });
    this.#pump ??= this.#run();
    return done.promise;
  }

  /**
   * Ends a failure if the disk works again. Otherwise throws `FRAGMENT_STORE_FAILED`: even "not held" may change with a
   * restart then.
   */
  async ensureUsable(): Promise<void> {
    if (this.#failure === undefined) return;
    if (isCessError(this.#failure, 'FRAGMENT_STORE_CLOSED')) throw this.#failure;
    this.#healing ??= this.#heal().finally(() => {
      this.#healing = undefined;
    });
    await this.#healing;
  }

  /** Reads `target.length` bytes of a log from `offset`. */
  async read(log: number, offset: number, target: Uint8Array): Promise<void> {
    const entry = this.#files.get(log);
    if (entry === undefined) throw new CessError('FRAGMENT_STORE_IO', 'A log file is missing.', { log });
    entry.readers++;
    try {
      if ((await entry.file.read(target, offset)) < target.length) {
        throw new CessError('FRAGMENT_STORE_IO', 'A log file ends before a record in it.', { log });
      }
    } finally {
      entry.readers--;
      if (entry.retired && entry.readers === 0) await entry.file.close();
    }
  }

  get sizeBytes(): number {
    let sum = 0;
    for (const { size } of this.#files.values()) sum += size;
    return sum;
  }

  /** The oldest file: its number and size. */
  get oldest(): { readonly log: number; readonly sizeBytes: number; readonly isActive: boolean } {
    const [log, { size }] = this.#files.entries().next().value as [number, LogFile];
    return { log, sizeBytes: size, isActive: log === this.#active };
  }

  /** Starts a new file after the running appends. */
  async rotate(): Promise<void> {
    while (this.#pump !== undefined) await this.#pump;
    if (this.#failure !== undefined) throw this.#failure;
    const beginning = this.#beginFile();
    this.#pump = Promise.allSettled([beginning]).then(() => {
      this.#pump = this.#queue.length > 0 ? this.#run() : undefined;
    });
    await beginning;
  }

  /** Removes the oldest file, whose records must not be needed any more. */
  async removeOldest(): Promise<void> {
    const { log, isActive } = this.oldest;
    if (isActive) throw new CessError('FRAGMENT_STORE_IO', 'The active log cannot be removed.', { log });
    const entry = present(this.#files.get(log), 'a log file');
    this.#files.delete(log);
    entry.retired = true;
    if (entry.readers === 0) await entry.file.close();
    await this.init.fs.remove(this.#path(log));
  }

  /** Waits for running appends and closes all files. */
  async close(): Promise<void> {
    while (this.#pump !== undefined) await this.#pump;
    this.#failure ??= new CessError('FRAGMENT_STORE_CLOSED', 'The fragment store is closed.');
    for (const { file } of this.#files.values()) await file.close();
    this.#files.clear();
  }

  async #replay(onRecord: (record: LogRecord, location: LogLocation) => void): Promise<LogReplay> {
    const { fs, dir, storeId } = this.init;
    const numbers = (await fs.list(dir)).flatMap(({ name }) => logName.exec(name)?.[1] ?? []).map(Number);
    numbers.sort((a, b) => a - b);
    let damagedRegions = 0;
    let tornBytes = 0;
    for (const log of numbers) {
      const isNewest = log === numbers.at(-1);
      const file = await fs.open(this.#path(log), isNewest ? 'write' : 'read');
      const size = await file.size();
      const scan = await scanLog({ file, log, storeId, onRecord });
      damagedRegions += scan.damagedRegions;
      if (scan.endOffset < size) {
        if (isNewest) {
          tornBytes = size - scan.endOffset;
          await file.truncate(scan.endOffset);
          await file.datasync();
        } else {
          damagedRegions++;
        }
      }
      this.#files.set(log, { file, size: isNewest ? scan.endOffset : size, readers: 0, retired: false });
      this.#active = log;
    }
    if (numbers.length === 0) await this.#beginFile();
    return { tornBytes, damagedRegions };
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      try {
        await this.ensureUsable();
      } catch (thrown) {
        for (const { done } of this.#queue.splice(0)) done.reject(thrown);
        break;
      }
      await this.#commit(this.#nextGroup());
    }
    this.#pump = undefined;
  }

  #nextGroup(): Pending[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && count < maxGroupRecords && bytes < maxGroupBytes) {
      bytes += elementAt(this.#queue, count).payload.length + frameHeaderBytes;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  // Order: start a new file if the active one is full (its name is synced before use), write, sync, resolve.
  async #commit(group: readonly Pending[]): Promise<void> {
    const reject = (error: CessError) => {
      for (const { done } of group) done.reject(error);
    };
    try {
      if (present(this.#files.get(this.#active), 'the active log file').size >= this.init.rotateBytes)
        await this.#beginFile();
    } catch (thrown) {
      return reject(mapFsError(thrown, this.init.dir));
    }
    const log = this.#active;
    const entry = present(this.#files.get(log), 'a log file');
    const locations: LogLocation[] = [];
    const frames: Uint8Array[] = [];
    let offset = entry.size;
    for (const { payload } of group) {
      const frame = frameOf(payload, this.init.storeId, log, offset);
      locations.push({ log, offset, size: frame.length });
      frames.push(frame);
      offset += frame.length;
    }
    try {
      await entry.file.write(frames, entry.size);
    } catch (thrown) {
      try {
        await this.#cutBack(entry);
      } catch (cause) {
        return reject(this.#fail(cause));
      }
      return reject(mapFsError(thrown, this.init.dir));
    }
    try {
      await entry.file.datasync();
    } catch (thrown) {
      return reject(this.#fail(thrown));
    }
    entry.size = offset;
    group.forEach(({ done }, i) => {
      done.resolve(elementAt(locations, i));
    });
  }

  // Synced, so that no record of a rejected group reappears after a crash.
  async #cutBack({ file, size }: LogFile): Promise<void> {
    await file.truncate(size);
    await file.datasync();
  }

  // Order: cut the unknown records off and sync that, then begin a new file. The old one is written no more: after a failed
  // sync the system may take pages for written that are not.
  async #heal(): Promise<void> {
    try {
      await this.#cutBack(present(this.#files.get(this.#active), 'the active log file'));
      await this.#beginFile();
    } catch (cause) {
      throw this.#fail(cause);
    }
    if (isCessError(this.#failure, 'FRAGMENT_STORE_FAILED')) this.#failure = undefined;
  }

  async #beginFile(): Promise<void> {
    const { fs, dir } = this.init;
    const log = this.#active + 1;
    const path = this.#path(log);
    let file: FragmentFile;
    try {
      file = await fs.create(path);
    } catch (thrown) {
      // An earlier attempt, whose sync failed, left this file. It is empty.
      if (systemErrorCode(thrown) !== 'EEXIST') throw thrown;
      file = await fs.open(path, 'write');
    }
    try {
      await fs.syncDirectory(dir);
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
    this.#files.set(log, { file, size: 0, readers: 0, retired: false });
    this.#active = log;
  }

  #fail(cause: unknown): CessError {
    const { dir } = this.init;
    this.#failure ??= new CessError(
      'FRAGMENT_STORE_FAILED',
      `Writing to ${dir} failed. Check the disk. Acknowledged fragments are safe.`,
      { dir },
      { cause },
    );
    return this.#failure;
  }

  #path(log: number): string {
    return `${this.init.dir}/${String(log).padStart(10, '0')}.log`;
  }
}
