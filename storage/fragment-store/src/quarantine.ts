// Fragment files that no record of the log names (docs/protocol/data-path.md §12): quarantine/<day>/<root>. They come from an
// interrupted upload or delete, or from a log that is damaged, lost or older than the files. In the second case they are good
// fragments, so they are kept for some days: the name of a file is its root, which shows whether its bytes are right.
import { toHex } from '@cess/primitives';
import { type DirectoryEntry, type FragmentFile, type FragmentFs, systemErrorCode } from './fs-port.js';

const daySeconds = 86_400;
/** Days after which an opening store deletes quarantined files. */
const keepDays = 7;
const chunkBytes = 262_144;

export class Quarantine {
  readonly #dir: string;
  /** Path by root (hex). */
  readonly #paths = new Map<string, string>();
  readonly #today: number;

  private constructor(
    private readonly fs: FragmentFs,
    dir: string,
    nowSeconds: number,
  ) {
    this.#dir = `${dir}/quarantine`;
    this.#today = Math.floor(nowSeconds / daySeconds);
  }

  /** Lists the quarantined files and deletes those whose time is over. */
  static async open(fs: FragmentFs, dir: string, nowSeconds: number): Promise<Quarantine> {
    const quarantine = new Quarantine(fs, dir, nowSeconds);
    await quarantine.#load();
    return quarantine;
  }

  get count(): number {
    return this.#paths.size;
  }

  /** Names of the files: their roots in hex. */
  roots(): string[] {
    return [...this.#paths.keys()];
  }

  /**
   * Moves a file of this root here. Not synced: after a crash the next open finds it at the old or at the new path. False, and the
   * file stays where it is, when the disk is full: a store must open then, too.
   */
  async add(path: string, rootHex: string): Promise<boolean> {
    const day = `${this.#dir}/${this.#today}`;
    const target = `${day}/${rootHex}`;
    try {
      await this.fs.makeDirectory(day);
      await this.fs.rename(path, target);
    } catch (thrown) {
      if (systemErrorCode(thrown) !== 'ENOSPC') throw thrown;
      return false;
    }
    this.#paths.set(rootHex, target);
    return true;
  }

  /** The unverified bytes of a file in chunks; undefined if there is none with this root. */
  async read(root: Uint8Array): Promise<AsyncGenerator<Uint8Array, void, undefined> | undefined> {
    const path = this.#paths.get(toHex(root));
    if (path === undefined) return undefined;
    try {
      return chunksOf(await this.fs.open(path, 'read'));
    } catch (thrown) {
      if (systemErrorCode(thrown) !== 'ENOENT') throw thrown;
      this.#paths.delete(toHex(root));
      return undefined;
    }
  }

  /** Deletes the file if it exists. */
  async remove(root: Uint8Array): Promise<void> {
    const path = this.#paths.get(toHex(root));
    if (path === undefined) return;
    this.#paths.delete(toHex(root));
    await this.#delete(path);
  }

  async #load(): Promise<void> {
    for (const { name: day, isDirectory } of await this.#days()) {
      if (!isDirectory || !/^\d+$/.test(day)) continue;
      for (const { name } of await this.fs.list(`${this.#dir}/${day}`)) {
        const path = `${this.#dir}/${day}/${name}`;
        if (Number(day) + keepDays < this.#today) await this.#delete(path);
        else this.#paths.set(name, path);
      }
    }
  }

  /** None before the first file came here. */
  async #days(): Promise<readonly DirectoryEntry[]> {
    try {
      return await this.fs.list(this.#dir);
    } catch (thrown) {
      if (systemErrorCode(thrown) !== 'ENOENT') throw thrown;
      return [];
    }
  }

  async #delete(path: string): Promise<void> {
    try {
      await this.fs.remove(path);
    } catch (thrown) {
      if (systemErrorCode(thrown) !== 'ENOENT') throw thrown;
    }
  }
}

async function* chunksOf(file: FragmentFile): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (let at = 0; ; ) {
      const chunk = new Uint8Array(chunkBytes);
      const length = await file.read(chunk, at);
      if (length === 0) return;
      at += length;
      yield chunk.subarray(0, length);
    }
  } finally {
    await file.close();
  }
}
