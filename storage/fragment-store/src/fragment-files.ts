// The files of large fragments: fragments/<first two hex digits>/<root>. Each root has one file, for any number of places.
import { toHex } from '@cess/primitives';
import { type FragmentFile, type FragmentFs, systemErrorCode } from './fs-port.js';
import type { Quarantine } from './quarantine.js';
import { SharedFiles } from './shared-files.js';

const fileName = /^[0-9a-f]{64}$/;
const shelfName = /^[0-9a-f]{2}$/;

export class FragmentFiles {
  readonly #shelves = new Set<string>();
  readonly #dir: string;
  /** Open files for reads of small ranges. */
  readonly shared = new SharedFiles((root) => this.open(root));

  constructor(
    private readonly fs: FragmentFs,
    dir: string,
  ) {
    this.#dir = `${dir}/fragments`;
  }

  open(root: Uint8Array): Promise<FragmentFile> {
    return this.fs.open(this.#path(root), 'read');
  }

  /** Renames a synced temporary file to its final name. Order: rename, sync of the folder. Afterwards it survives a crash. */
  async adopt(temporary: string, root: Uint8Array): Promise<void> {
    const shelf = this.#shelf(root);
    if (!this.#shelves.has(shelf)) {
      await this.fs.makeDirectory(shelf);
      await this.fs.syncDirectory(this.#dir);
      this.#shelves.add(shelf);
    }
    await this.fs.rename(temporary, this.#path(root));
    await this.shared.forget(root);
    await this.fs.syncDirectory(shelf);
  }

  /** Removes the file if it exists. Not synced: recovery quarantines a file that reappears after a crash. */
  async remove(root: Uint8Array): Promise<void> {
    await this.shared.forget(root);
    try {
      await this.fs.remove(this.#path(root));
    } catch (thrown) {
      if (systemErrorCode(thrown) !== 'ENOENT') throw thrown;
    }
  }

  /** Moves every file that is not needed into quarantine. Returns the found roots (hex) and the number of moved files. */
  async recover(
    isNeeded: (rootHex: string) => boolean,
    quarantine: Quarantine,
  ): Promise<{ found: Set<string>; orphans: number }> {
    const found = new Set<string>();
    let orphans = 0;
    await this.fs.makeDirectory(this.#dir);
    for (const shelf of await this.fs.list(this.#dir)) {
      if (!shelf.isDirectory || !shelfName.test(shelf.name)) continue;
      const path = `${this.#dir}/${shelf.name}`;
      for (const { name } of await this.fs.list(path)) {
        if (!fileName.test(name)) continue;
        if (isNeeded(name)) {
          found.add(name);
        } else {
          const isMoved = await quarantine.add(`${path}/${name}`, name);
          if (isMoved) orphans++;
        }
      }
    }
    return { found, orphans };
  }

  #shelf(root: Uint8Array): string {
    return `${this.#dir}/${toHex(root.subarray(0, 1))}`;
  }

  #path(root: Uint8Array): string {
    return `${this.#shelf(root)}/${toHex(root)}`;
  }
}
