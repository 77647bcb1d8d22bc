// Lines of access logs on disk until they are delivered. Lines that wait share one write. A file takes lines until it is closed; a
// crash leaves files that the next start delivers, the last line of one perhaps cut off.
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { onDisk } from '@cess/store';

/** A line with where it goes. */
export interface SpooledLine {
  /** Bucket whose log it is. */
  readonly source: string;
  readonly timeMs: number;
  readonly line: string;
}

export interface ClosedFile {
  readonly name: string;
  /** When its first line was written. */
  readonly beganMs: number;
}

const closedAtBytes = 8 * 1024 * 1024;
const namePattern = /^(\d{13})-[0-9a-f]{8}\.log$/;

/** Its methods throw the codes of `mapStorageError`. */
export class LogSpool {
  #pending: string[] = [];
  #writing: Promise<void> | undefined;
  #current: { readonly name: string; bytes: number } | undefined;
  /** Bytes in all files. */
  #bytes = 0;

  constructor(
    private readonly folder: string,
    private readonly maxBytes: number,
    private readonly nowMs: () => number,
    private readonly onFailure: (error: unknown, lines: number) => void,
  ) {}

  async open(): Promise<void> {
    await onDisk(this.folder, async () => {
      await mkdir(this.folder, { recursive: true });
      for (const { name } of await this.closedFiles()) this.#bytes += (await stat(join(this.folder, name))).size;
    });
  }

  /** False: the folder is full, and the line is not taken. */
  add(line: SpooledLine): boolean {
    const text = `${JSON.stringify(line)}\n`;
    if (this.#bytes + text.length > this.maxBytes) return false;
    this.#bytes += text.length;
    this.#pending.push(text);
    this.#writing ??= this.#write();
    return true;
  }

  /** Ends the current file once all lines are written. */
  async rotate(): Promise<void> {
    await this.#writing;
    this.#current = undefined;
  }

  /** The oldest first. */
  async closedFiles(): Promise<ClosedFile[]> {
    const all = await onDisk(this.folder, () => readdir(this.folder));
    const names = all.filter((name) => name !== this.#current?.name).sort();
    return names.flatMap((name) => {
      const began = namePattern.exec(name)?.[1];
      return began === undefined ? [] : [{ name, beganMs: Number(began) }];
    });
  }

  async read({ name }: ClosedFile): Promise<SpooledLine[]> {
    const text = await onDisk(this.folder, () => readFile(join(this.folder, name), 'utf8'));
    return text.split('\n').flatMap((line) => {
      const spooled = tryParse(line);
      return spooled === undefined ? [] : [spooled];
    });
  }

  async remove({ name }: ClosedFile): Promise<void> {
    const path = join(this.folder, name);
    const size = await onDisk(this.folder, async () => {
      const { size: bytes } = await stat(path);
      await rm(path);
      return bytes;
    });
    this.#bytes -= size;
  }

  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const lines = this.#pending;
      this.#pending = [];
      const text = lines.join('');
      const name = `${String(this.nowMs()).padStart(13, '0')}-${randomBytes(4).toString('hex')}.log`;
      this.#current ??= { name, bytes: 0 };
      try {
        await appendFile(join(this.folder, this.#current.name), text);
        this.#current.bytes += text.length;
      } catch (error) {
        this.#bytes -= text.length;
        this.onFailure(error, lines.length);
      }
      if (this.#current.bytes >= closedAtBytes) this.#current = undefined;
    }
    this.#writing = undefined;
  }
}

/** Undefined for a line that a crash cut off. */
function tryParse(line: string): SpooledLine | undefined {
  if (line === '') return undefined;
  try {
    return JSON.parse(line) as SpooledLine;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
