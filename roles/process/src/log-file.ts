// A log file that several threads and processes append to. One of them, the owner, rotates it: `network.log` becomes
// `network.log.1`, and so on, up to a fixed number. The others notice within a second that the name leads to another file; what
// they write until then is in `network.log.1`, so that no line is lost.
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const defaultMaxBytes = 32 * 1_048_576;
const defaultOldFiles = 4;
const checkIntervalMs = 1_000;

export interface LogFileInit {
  readonly file: string;
  /** Whether this writer rotates the file; exactly one does. */
  readonly isOwner: boolean;
  /** Size at which the owner rotates the file. Default 32 MiB; lines of one second may exceed it. */
  readonly maxBytes?: number;
  /** Number of rotated files that are kept. Default 4. */
  readonly oldFiles?: number;
  readonly nowMs: () => number;
}

export class LogFile {
  #descriptor: number;
  #inode: number;
  #checkedMs: number;
  /** Bytes of this writer since the last check. */
  #written = 0;

  /** Opens or creates the file. Throws the errors of the system. */
  constructor(private readonly init: LogFileInit) {
    mkdirSync(dirname(init.file), { recursive: true });
    [this.#descriptor, this.#inode] = this.#open();
    this.#checkedMs = init.nowMs();
    this.#rotateIfDue();
  }

  /** Appends to the file. Throws the errors of the system. */
  write(text: string): void {
    const nowMs = this.init.nowMs();
    const isDue = Math.abs(nowMs - this.#checkedMs) >= checkIntervalMs || this.#written >= this.#maxBytes;
    if (isDue) {
      this.#checkedMs = nowMs;
      this.#written = 0;
      if (statSync(this.init.file, { throwIfNoEntry: false })?.ino !== this.#inode) this.#reopen();
      this.#rotateIfDue();
    }
    this.#written += writeSync(this.#descriptor, text);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  get #maxBytes(): number {
    return this.init.maxBytes ?? defaultMaxBytes;
  }

  #rotateIfDue(): void {
    if (!this.init.isOwner || fstatSync(this.#descriptor).size < this.#maxBytes) return;
    const { file, oldFiles = defaultOldFiles } = this.init;
    for (let i = oldFiles - 1; i >= 1; i--) {
      if (existsSync(`${file}.${i}`)) renameSync(`${file}.${i}`, `${file}.${i + 1}`);
    }
    renameSync(file, `${file}.1`);
    this.#reopen();
  }

  #reopen(): void {
    const old = this.#descriptor;
    [this.#descriptor, this.#inode] = this.#open();
    closeSync(old);
  }

  #open(): [descriptor: number, inode: number] {
    const descriptor = openSync(this.init.file, 'a');
    return [descriptor, fstatSync(descriptor).ino];
  }
}
