// Whether the folder of an open store is still there. A process that has its files open does not notice when somebody removes the
// folder or unmounts its disk: writes and syncs of a removed file succeed, and their records are lost. Therefore the stamp is read
// again before a put is acknowledged, and when a file is missing. Once the store was gone it stays unusable until it is opened
// again: the open files may not be those of a folder that is put back.
import { CessError, toHex } from '@cess/primitives';
import { mapFsError } from './errors.js';
import { type FragmentFs, systemErrorCode } from './fs-port.js';
import { readStamp } from './store-stamp.js';

/** Codes of a path that nobody can reach, in contrast to those of a disk that fails now and then. */
const goneCodes = new Set<unknown>(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ENOTCONN', 'ESTALE', 'ENODEV', 'ENXIO']);

export interface StorePresenceInit {
  readonly fs: FragmentFs;
  readonly dir: string;
  readonly storeId: Uint8Array;
}

export class StorePresence {
  #gone: CessError | undefined;
  #running: Promise<void> = Promise.resolve();
  /** The check that starts when the running one ends; shared by all callers until then. */
  #next: Promise<void> | undefined;

  constructor(private readonly init: StorePresenceInit) {}

  /** Throws `FRAGMENT_STORE_GONE` if a check has found that the folder is gone. */
  assertHere(): void {
    if (this.#gone !== undefined) throw this.#gone;
  }

  /** Looks at the disk after this call. Throws `FRAGMENT_STORE_GONE`, `FRAGMENT_STORE_IO`. */
  check(): Promise<void> {
    this.#next ??= this.#afterRunning();
    return this.#next;
  }

  async #afterRunning(): Promise<void> {
    await Promise.allSettled([this.#running]);
    this.#next = undefined;
    const looking = this.#look();
    this.#running = looking;
    await looking;
  }

  async #look(): Promise<void> {
    this.assertHere();
    const { fs, dir, storeId } = this.init;
    let found: string | undefined;
    let cause: unknown;
    try {
      found = await readStamp(fs, dir);
    } catch (thrown) {
      if (!goneCodes.has(systemErrorCode(thrown))) throw mapFsError(thrown, dir);
      cause = thrown;
    }
    if (found?.includes(toHex(storeId)) === true) return;
    this.#gone = new CessError(
      'FRAGMENT_STORE_GONE',
      `${dir} is removed, unreadable or another store. Put it back, then restart the provider.`,
      { dir },
      { cause },
    );
    throw this.#gone;
  }
}
