// Reads held fragments from their files or from the log.
import { CessError, isCessError, toHex } from '@cess/primitives';
import type { AppendLog } from './append-log.js';
import { mapFsError, notFound } from './errors.js';
import type { FragmentFiles } from './fragment-files.js';
import type { FragmentIndex } from './fragment-index.js';
import { type FragmentFile, systemErrorCode } from './fs-port.js';
import { readInline } from './log-cleaner.js';
import type { StorePresence } from './store-presence.js';

const readChunkBytes = 262_144;
/** Longest range for which the file stays open. */
const maxSharedBytes = 65_536;

export interface FragmentReaderInit {
  readonly log: AppendLog;
  readonly files: FragmentFiles;
  readonly index: FragmentIndex;
  readonly presence: StorePresence;
  /** For messages. */
  readonly dir: string;
}

export class FragmentReader {
  constructor(private readonly init: FragmentReaderInit) {}

  /** See `FragmentStore.read`. */
  async *read(root: Uint8Array, offset: number, length: number): AsyncGenerator<Uint8Array, void, undefined> {
    this.init.presence.assertHere();
    const holding = this.init.index.withRoot(root)[0];
    if (holding === undefined) throw notFound();
    if (
      !Number.isSafeInteger(offset) ||
      !Number.isSafeInteger(length) ||
      offset < 0 ||
      length < 0 ||
      offset + length > holding.length
    ) {
      throw new CessError('FRAGMENT_RANGE', 'The range is outside of the fragment.', { length: holding.length });
    }
    if (holding.isInline) {
      yield (await this.#readInline(root)).subarray(offset, offset + length);
      return;
    }
    if (length <= maxSharedBytes) {
      yield await this.#readRange(root, offset, length);
      return;
    }
    const file = await this.#openFile(root);
    try {
      for (let at = 0; at < length; at += readChunkBytes) {
        const chunk = new Uint8Array(Math.min(readChunkBytes, length - at));
        await this.#readFile(file, root, chunk, offset + at);
        yield chunk;
      }
    } finally {
      await file.close();
    }
  }

  /** Whether the disk has the bytes in full length. Does not verify them. Throws `FRAGMENT_STORE_GONE`. */
  async isPresent(root: Uint8Array): Promise<boolean> {
    this.init.presence.assertHere();
    const holding = this.init.index.withRoot(root)[0];
    if (holding === undefined || holding.isInline) return holding !== undefined;
    try {
      const file = await this.#openFile(root);
      try {
        return (await file.size()) === holding.length;
      } finally {
        await file.close();
      }
    } catch {
      this.init.presence.assertHere();
      return false;
    }
  }

  // The cleaner may move a record between lookup and read. Then the lookup is repeated.
  async #readInline(root: Uint8Array): Promise<Uint8Array> {
    for (;;) {
      const holding = this.init.index.withRoot(root).find((candidate) => candidate.isInline);
      if (holding === undefined) throw notFound();
      try {
        return await readInline(this.init.log, holding);
      } catch (thrown) {
        if (this.init.index.get(holding)?.location === holding.location) throw mapFsError(thrown, this.init.dir);
      }
    }
  }

  async #readRange(root: Uint8Array, offset: number, length: number): Promise<Uint8Array> {
    const target = new Uint8Array(length);
    try {
      await this.init.files.shared.with(root, (file) => this.#readFile(file, root, target, offset));
    } catch (thrown) {
      if (isCessError(thrown)) throw thrown;
      throw await this.#openFailure(thrown);
    }
    return target;
  }

  async #openFile(root: Uint8Array): Promise<FragmentFile> {
    try {
      return await this.init.files.open(root);
    } catch (thrown) {
      throw await this.#openFailure(thrown);
    }
  }

  async #openFailure(thrown: unknown): Promise<CessError> {
    await this.init.presence.check();
    return systemErrorCode(thrown) === 'ENOENT' ? notFound() : mapFsError(thrown, this.init.dir);
  }

  async #readFile(file: FragmentFile, root: Uint8Array, target: Uint8Array, position: number): Promise<void> {
    let bytes: number;
    try {
      bytes = await file.read(target, position);
    } catch (thrown) {
      throw mapFsError(thrown, this.init.dir);
    }
    if (bytes < target.length) {
      throw new CessError('FRAGMENT_STORE_IO', 'The file of this fragment is shorter than expected.', {
        root: toHex(root),
      });
    }
  }
}
