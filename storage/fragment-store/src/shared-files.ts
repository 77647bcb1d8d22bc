// Files that stay open between reads of small ranges: of a pack of small objects, each object is read alone. At most `maxIdle` files without a
// reader are open.
import { toHex } from '@cess/primitives';
import type { FragmentFile } from './fs-port.js';

const maxIdle = 64;

interface SharedFile {
  readonly file: Promise<FragmentFile>;
  readers: number;
  /** The name was given to another file, or to none. */
  isStale: boolean;
}

export class SharedFiles {
  /** By root (hex), those used last at the end. */
  readonly #files = new Map<string, SharedFile>();

  constructor(private readonly open: (root: Uint8Array) => Promise<FragmentFile>) {}

  /** Runs `use` with the open file of a fragment. */
  async with<T>(root: Uint8Array, use: (file: FragmentFile) => Promise<T>): Promise<T> {
    const name = toHex(root);
    const shared = this.#files.get(name) ?? { file: this.open(root), readers: 0, isStale: false };
    this.#files.delete(name);
    this.#files.set(name, shared);
    shared.readers++;
    try {
      return await use(await shared.file);
    } catch (error) {
      this.#drop(name, shared);
      throw error;
    } finally {
      shared.readers--;
      if (shared.isStale) await closeUnused(shared);
      else await this.#closeIdle();
    }
  }

  /** The file of a fragment changes: later reads open it anew. */
  async forget(root: Uint8Array): Promise<void> {
    const name = toHex(root);
    const shared = this.#files.get(name);
    if (shared === undefined) return;
    this.#drop(name, shared);
    await closeUnused(shared);
  }

  async close(): Promise<void> {
    for (const [name, shared] of [...this.#files]) {
      this.#drop(name, shared);
      await closeUnused(shared);
    }
  }

  #drop(name: string, shared: SharedFile): void {
    shared.isStale = true;
    if (this.#files.get(name) === shared) this.#files.delete(name);
  }

  async #closeIdle(): Promise<void> {
    if (this.#files.size <= maxIdle) return;
    for (const [name, shared] of this.#files) {
      if (shared.readers > 0) continue;
      this.#drop(name, shared);
      return closeUnused(shared);
    }
  }
}

/** The last reader closes a stale file. A file that was never opened has nothing to close. */
async function closeUnused({ file, readers }: SharedFile): Promise<void> {
  if (readers > 0) return;
  const [outcome] = await Promise.allSettled([file]);
  if (outcome.status === 'fulfilled') await outcome.value.close();
}
