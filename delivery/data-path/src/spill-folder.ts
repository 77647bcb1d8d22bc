// Bytes of slow clients, on disk instead of in the shared memory (docs/protocol/data-path.md §14). A file is encrypted with a key
// that exists only in memory, is written and then read once from its start, and has no name while it is open where the system
// allows that. Clients share the space out: one takes at most half.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CessError, FairPlaces, handledElsewhere, MiB } from '@cess/primitives';

const algorithm = 'aes-256-ctr';
const writeSizeBytes = MiB;

export interface SpillFolderInit {
  /** Folder that only this gateway uses. Emptied at start. */
  readonly dir: string;
  readonly budgetBytes: number;
}

export class SpillFolder {
  readonly #space: FairPlaces;
  #created = 0;

  constructor(private readonly init: SpillFolderInit) {
    this.#space = new FairPlaces(init.budgetBytes);
  }

  /** Bytes on disk. */
  get usedBytes(): number {
    return this.#space.total;
  }

  async start(): Promise<void> {
    await rm(this.init.dir, { recursive: true, force: true });
    await mkdir(this.init.dir, { recursive: true, mode: 0o700 });
  }

  async stop(): Promise<void> {
    await rm(this.init.dir, { recursive: true, force: true });
  }

  /** A file of a client. Throws `SPILL_FAILED` when the disk fails. */
  async create(client: string): Promise<SpillFile> {
    const path = join(this.init.dir, String(this.#created++));
    try {
      const handle = await open(path, 'wx+', 0o600);
      // The file goes with its handle, also when the process is killed. Where that is impossible, the next start removes it.
      handledElsewhere(rm(path, { force: true }));
      return new SpillFile(handle, (bytes) => this.#space.tryEnter(client, bytes));
    } catch (cause) {
      throw spillFailed(cause);
    }
  }
}

export class SpillFile {
  readonly #cipher;
  readonly #decipher;
  readonly #releases: (() => void)[] = [];
  #writtenBytes = 0;
  #readBytes = 0;

  constructor(
    private readonly handle: FileHandle,
    private readonly reserve: (bytes: number) => (() => void) | undefined,
  ) {
    const [key, iv] = [randomBytes(32), randomBytes(16)];
    this.#cipher = createCipheriv(algorithm, key, iv);
    this.#decipher = createDecipheriv(algorithm, key, iv);
  }

  /** Bytes that were written and not yet read. */
  get leftBytes(): number {
    return this.#writtenBytes - this.#readBytes;
  }

  /**
   * The bytes must not change until it resolves. One at a time. Throws `SPILL_FULL` beyond the client's share, `SPILL_FAILED` when
   * the disk fails.
   */
  async append(bytes: Uint8Array): Promise<void> {
    const release = this.reserve(bytes.length);
    if (release === undefined)
      throw new CessError('SPILL_FULL', 'The gateway holds as many bytes of slow clients as it can. Retry later.');
    this.#releases.push(release);
    try {
      for (let at = 0; at < bytes.length; at += writeSizeBytes) {
        const sealed = this.#cipher.update(bytes.subarray(at, at + writeSizeBytes));
        for (let done = 0; done < sealed.length; ) {
          const { bytesWritten } = await this.handle.write(sealed, done, sealed.length - done, this.#writtenBytes);
          done += bytesWritten;
          this.#writtenBytes += bytesWritten;
        }
      }
    } catch (cause) {
      throw spillFailed(cause);
    }
  }

  /** Fills the target from where the last read ended; returns the bytes read, fewer only at the end. Throws `SPILL_FAILED`. */
  async readInto(target: Uint8Array): Promise<number> {
    const length = Math.min(target.length, this.leftBytes);
    const sealed = Buffer.allocUnsafe(length);
    try {
      for (let done = 0; done < length; ) {
        const { bytesRead } = await this.handle.read(sealed, done, length - done, this.#readBytes);
        if (bytesRead === 0) throw new Error('the file is shorter than what was written to it');
        done += bytesRead;
        this.#readBytes += bytesRead;
      }
    } catch (cause) {
      throw spillFailed(cause);
    }
    target.set(this.#decipher.update(sealed));
    return length;
  }

  async close(): Promise<void> {
    for (const release of this.#releases.splice(0)) release();
    await this.handle.close();
  }
}

function spillFailed(cause: unknown): CessError {
  return new CessError('SPILL_FAILED', 'The disk for bytes of slow clients failed.', {}, { cause });
}
