// The fragment store of a provider (docs/protocol/data-path.md §12). Each large fragment has a file of its own. Small fragments
// and all metadata are in an append log. A put resolves only when the fragment survives a crash. A rejected or failed put
// leaves nothing behind. Deleting one place does not affect other places with the same root.
import {
  CessError,
  equalBytes,
  isCessError,
  KeyedMutex,
  type Logger,
  type Rng,
  silentLogger,
  toHex,
} from '@cess/primitives';
import { FragmentHasher } from '@cess/sealing';
import type { AppendLog } from './append-log.js';
import { mapFsError } from './errors.js';
import type { FragmentFiles } from './fragment-files.js';
import type { FragmentIndex, Holding } from './fragment-index.js';
import { FragmentReader } from './fragment-reader.js';
import { FragmentReplacer } from './fragment-replacer.js';
import type { FragmentFs } from './fs-port.js';
import { LogCleaner, putRecord } from './log-cleaner.js';
import { maxInlineBytes } from './log-record.js';
import type { Quarantine } from './quarantine.js';
import { type RecoveredStore, recoverStore } from './recovery.js';
import { SpaceGuard } from './space-guard.js';
import type { StorePresence } from './store-presence.js';
import {
  type FragmentId,
  type FragmentUpdate,
  isFragmentId,
  type PutFragment,
  type RecoveryReport,
  type StoredFragment,
  type StoreUsage,
} from './types.js';
import { type FragmentBody, receiveInline, TemporaryFiles } from './upload.js';

export interface FragmentStoreOptions {
  /** Directory of the store, created if missing. Only one process may use it (see lockDirectory of @cess/store). */
  readonly dir: string;
  /** Genesis hash. A store belongs to one network. */
  readonly genesis: Uint8Array;
  readonly fs: FragmentFs;
  readonly rng: Rng;
  readonly logger?: Logger;
  /** Capacity. Puts beyond it are rejected. Default: the disk is the only limit. */
  readonly maxBytes?: number;
  /** Bytes of the disk that stay free. Default 1 GiB. */
  readonly minFreeBytes?: number;
  /** Longest accepted fragment. Default 32 MiB. */
  readonly maxFragmentBytes?: number;
  /** Fragments up to this length are stored in the log. Default and maximum: 64 KiB minus one byte. */
  readonly inlineLimitBytes?: number;
  /** Size at which the log starts a new file. Default 64 MiB. */
  readonly rotateBytes?: number;
  /** The cleaner ignores this many dead log bytes. Default 4 MiB. */
  readonly minDeadBytes?: number;
  /** The time at which the store is opened, in Unix seconds: it decides how long quarantined files are kept. */
  readonly nowSeconds: number;
}

/** Opens the store and recovers from a crash. */
export async function openFragmentStore(options: FragmentStoreOptions): Promise<FragmentStore> {
  const { fs, dir, genesis, rng, nowSeconds, logger, rotateBytes = 64 * 1_048_576 } = options;
  try {
    const recovered = await recoverStore({ fs, dir, genesis, rng, rotateBytes, nowSeconds });
    const { report } = recovered;
    logger?.info({ ...report, fragments: recovered.index.count }, 'fragment store opened');
    if (report.orphanFiles > 0 && report.damagedRegions > 0)
      logger?.warn(
        { dir, ...report },
        'the fragment log is damaged; fragment files without a record are in quarantine',
      );
    return new FragmentStore(options, recovered);
  } catch (thrown) {
    throw mapFsError(thrown, dir);
  }
}

export class FragmentStore {
  readonly #mutex = new KeyedMutex();
  readonly #space: SpaceGuard;
  readonly #cleaner: LogCleaner;
  readonly #reader: FragmentReader;
  readonly #replacer: FragmentReplacer;
  readonly #temporaries: TemporaryFiles;
  readonly #fs: FragmentFs;
  readonly #dir: string;
  readonly #inlineLimit: number;
  readonly #maxFragment: number;
  #cleaning: Promise<void> | undefined;
  #isClosed = false;
  /** What recovery found and repaired at open. */
  readonly recovery: RecoveryReport;
  private readonly log: AppendLog;
  private readonly files: FragmentFiles;
  private readonly index: FragmentIndex;
  readonly #quarantine: Quarantine;
  readonly #presence: StorePresence;

  /** @internal Use `openFragmentStore`. */
  constructor(
    private readonly options: FragmentStoreOptions,
    { log, files, index, quarantine, presence, report }: RecoveredStore,
  ) {
    this.log = log;
    this.files = files;
    this.index = index;
    this.#quarantine = quarantine;
    this.#presence = presence;
    this.recovery = report;
    this.#fs = options.fs;
    this.#dir = options.dir;
    this.#inlineLimit = Math.min(options.inlineLimitBytes ?? maxInlineBytes - 1, maxInlineBytes);
    this.#maxFragment = options.maxFragmentBytes ?? 32 * 1_048_576;
    const limits = {
      minFreeBytes: options.minFreeBytes ?? 1024 * 1_048_576,
      maxBytes: options.maxBytes ?? Number.POSITIVE_INFINITY,
    };
    this.#space = new SpaceGuard(
      limits,
      () => this.#fs.freeBytes(this.#dir),
      () => this.#usedBytes(),
    );
    this.#temporaries = new TemporaryFiles(this.#fs, this.#dir);
    this.#reader = new FragmentReader({ log, files, index, presence, dir: this.#dir });
    const temporaries = this.#temporaries;
    this.#replacer = new FragmentReplacer({ log, files, index, mutex: this.#mutex, temporaries });
    this.#cleaner = new LogCleaner({
      log,
      index,
      mutex: this.#mutex,
      minDeadBytes: options.minDeadBytes ?? 4 * 1_048_576,
    });
  }

  /**
   * Stores a fragment from its body and resolves when it is on disk. Storing the same id again for the same gateway
   * renews it. The caller must not change chunks that it has passed, and must end a stalled body: an aborted signal takes
   * effect at the next chunk.
   * Throws `FRAGMENT_INVALID`, `FRAGMENT_OWNED` (held for another gateway), `FRAGMENT_LENGTH`,
   * `FRAGMENT_ROOT_MISMATCH`, `FRAGMENT_BODY_BROKEN`, `FRAGMENT_STORE_FULL`, `FRAGMENT_STORE_IO`, `FRAGMENT_STORE_FAILED`,
   * `FRAGMENT_STORE_GONE`, `ABORTED`.
   */
  async put(put: PutFragment, body: FragmentBody, signal?: AbortSignal): Promise<StoredFragment> {
    this.#presence.assertHere();
    this.#checkPut(put);
    const release = await this.#space.reserve(put.length).catch((thrown: unknown) => this.#fail(thrown));
    try {
      const inline = put.length <= this.#inlineLimit;
      const stored = inline ? await this.#putInline(put, body, signal) : await this.#putFile(put, body, signal);
      await this.#presence.check();
      return stored;
    } catch (thrown) {
      return await this.#fail(thrown);
    } finally {
      release();
      this.#cleanIfDue();
    }
  }

  /**
   * Replaces corrupt or missing bytes with correct ones, for all places with the root. Metadata does not change. Resolves
   * when the bytes are on disk, with false if no place holds the root. Readers see the old or the new bytes, also after a
   * crash. Needs no free capacity, because nothing is added. Throws like `put`.
   */
  async replace(root: Uint8Array, body: FragmentBody, signal?: AbortSignal): Promise<boolean> {
    try {
      return await this.#replacer.replace(root, body, signal);
    } catch (thrown) {
      throw mapFsError(thrown, this.#dir);
    } finally {
      this.#cleanIfDue();
    }
  }

  /**
   * Stores a fragment whose file is in quarantine. False if there is no such file, or if its bytes do not have the root and
   * the length: then it is deleted. Throws like `put`.
   */
  async readopt(put: PutFragment, signal?: AbortSignal): Promise<boolean> {
    const body = await this.#quarantine.read(put.root);
    if (body === undefined) return false;
    try {
      await this.put(put, body, signal);
    } catch (thrown) {
      if (!isCessError(thrown, 'FRAGMENT_ROOT_MISMATCH', 'FRAGMENT_LENGTH', 'FRAGMENT_BODY_BROKEN')) throw thrown;
      await this.#quarantine.remove(put.root);
      return false;
    }
    await this.#quarantine.remove(put.root);
    return true;
  }

  /** Roots (hex) of the files in quarantine. */
  quarantined(): string[] {
    return this.#quarantine.roots();
  }

  /** The length of a file in quarantine if its bytes have its root, else undefined. Throws what the file system throws. */
  async verifyQuarantined(root: Uint8Array): Promise<number | undefined> {
    const chunks = await this.#quarantine.read(root);
    if (chunks === undefined) return undefined;
    const hasher = new FragmentHasher();
    for await (const chunk of chunks) hasher.update(chunk);
    return hasher.length > 0 && equalBytes(hasher.finish().root, root) ? hasher.length : undefined;
  }

  /** Throws `FRAGMENT_STORE_GONE` if the folder of the store was found gone. */
  assertHere(): void {
    this.#presence.assertHere();
  }

  /** Looks whether the folder of the store is still there. Throws `FRAGMENT_STORE_GONE`, `FRAGMENT_STORE_IO`. */
  checkPresence(): Promise<void> {
    return this.#presence.check();
  }

  /** Whether a place holds this root. */
  has(root: Uint8Array): boolean {
    return this.index.withRoot(root).length > 0;
  }

  get(id: FragmentId): StoredFragment | undefined {
    const holding = this.index.get(id);
    return holding === undefined ? undefined : publicView(holding);
  }

  /** The fragments at a place. Several only if different bytes were stored for it. */
  atPlace(place: Omit<FragmentId, 'root'>): StoredFragment[] {
    return this.index.atPlace(place).map(publicView);
  }

  /** All places with this root. */
  withRoot(root: Uint8Array): StoredFragment[] {
    return this.index.withRoot(root).map(publicView);
  }

  /** All fragments. Changes during the iteration are safe, and may or may not appear. */
  *fragments(): IterableIterator<StoredFragment> {
    for (const holding of this.index.all()) yield publicView(holding);
  }

  /** Length of the fragment with this root; undefined if it is not held. */
  lengthOf(root: Uint8Array): number | undefined {
    return this.index.withRoot(root)[0]?.length;
  }

  /**
   * Bytes [offset, offset + length) of a fragment in chunks of at most 256 KiB. The reader verifies them against the
   * root. Throws `FRAGMENT_NOT_FOUND`, `FRAGMENT_RANGE`, `FRAGMENT_STORE_IO`.
   */
  read(root: Uint8Array, offset: number, length: number): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#reader.read(root, offset, length);
  }

  /** Whether the disk has the bytes in full length. Does not verify them. Throws `FRAGMENT_STORE_GONE`. */
  isPresent(root: Uint8Array): Promise<boolean> {
    return this.#reader.isPresent(root);
  }

  /** Changes the metadata of a fragment. Durable when it resolves. False if the fragment is not held. */
  update({ id, expirySeconds, fileId }: FragmentUpdate): Promise<boolean> {
    return this.#exclusive(id, async () => {
      const holding = this.index.get(id);
      if (holding === undefined) return false;
      const next = {
        ...holding,
        expirySeconds: expirySeconds ?? holding.expirySeconds,
        fileId: fileId ?? holding.fileId,
      };
      const { orderId, segment, fragment, root } = holding;
      await this.log.append({
        type: 'update',
        value: { orderId, segment, fragment, root, expirySeconds: BigInt(next.expirySeconds), fileId: next.fileId },
      });
      this.index.set(next);
      return true;
    });
  }

  /**
   * Deletes one place. Durable when it resolves. False if it is not held. Order: delete record, then the file if no other
   * place needs it; a crash between leaves an orphan that the next open quarantines.
   */
  delete(id: FragmentId): Promise<boolean> {
    return this.#exclusive(id, async () => {
      const holding = this.index.get(id);
      if (holding === undefined) return false;
      const { orderId, segment, fragment, root } = holding;
      await this.log.append({ type: 'delete', value: { orderId, segment, fragment, root } });
      this.index.remove(holding);
      if (!holding.isInline && !this.index.hasFile(root)) await this.files.remove(root);
      return true;
    });
  }

  usage(): StoreUsage {
    const logBytes = this.log.sizeBytes;
    const { reservedBytes } = this.#space;
    return { fragments: this.index.count, usedBytes: this.#usedBytes(), logBytes, reservedBytes };
  }

  /** Bytes that may still be put, limited by the disk and by the capacity. */
  async freeBytes(): Promise<number> {
    const { maxBytes = Number.POSITIVE_INFINITY, minFreeBytes = 1024 * 1_048_576 } = this.options;
    const onDisk = (await this.#fs.freeBytes(this.#dir)) - minFreeBytes;
    return Math.max(0, Math.min(onDisk, maxBytes - this.#usedBytes()) - this.#space.reservedBytes);
  }

  /** Waits for a running cleaning of the logs. */
  async settled(): Promise<void> {
    while (this.#cleaning !== undefined) await this.#cleaning;
  }

  /** Waits for running operations and closes all files. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.settled();
    await this.files.shared.close();
    await this.log.close();
  }

  async #putInline(put: PutFragment, body: FragmentBody, signal?: AbortSignal): Promise<StoredFragment> {
    const bytes = await receiveInline(put, body, signal);
    return this.#mutex.run(toHex(put.root), () => this.#commit(put, bytes));
  }

  // Order: write and sync the temporary file, rename it, sync the folder, sync the put record, resolve. A crash before the
  // record leaves a temporary file, which recovery removes, or an orphan, which it quarantines.
  #putFile(put: PutFragment, body: FragmentBody, signal?: AbortSignal): Promise<StoredFragment> {
    return this.#temporaries.receive(put, body, signal, (temporary) =>
      this.#mutex.run(toHex(put.root), async () => {
        try {
          await this.files.adopt(temporary, put.root);
          return await this.#commit(put, undefined);
        } catch (thrown) {
          // When the outcome is unknown, the record may be on disk and name the file. Recovery quarantines files without one.
          const isUnknown = isCessError(thrown, 'FRAGMENT_STORE_FAILED');
          if (!isUnknown && !this.index.hasFile(put.root)) await Promise.allSettled([this.files.remove(put.root)]);
          throw thrown;
        }
      }),
    );
  }

  async #commit(put: PutFragment, inline: Uint8Array | undefined): Promise<StoredFragment> {
    const before = this.index.get(put);
    if (before !== undefined) this.#checkOwner(before, put);
    const { orderId, segment, fragment, root, length, gateway } = put;
    const stored: StoredFragment = {
      orderId: orderId.slice(),
      segment,
      fragment,
      root: root.slice(),
      length,
      gateway: gateway.slice(),
      expirySeconds: Math.max(put.expirySeconds, before?.expirySeconds ?? 0),
      fileId: before?.fileId,
    };
    const location = await this.log.append(putRecord(stored, inline));
    this.index.set({ ...stored, isInline: inline !== undefined, location });
    return stored;
  }

  #checkPut(put: PutFragment): void {
    const { length, gateway, expirySeconds } = put;
    if (!isFragmentId(put) || gateway.length !== 32 || !Number.isSafeInteger(expirySeconds) || expirySeconds < 0) {
      throw new CessError('FRAGMENT_INVALID', 'The fragment id, gateway or expiry is malformed.');
    }
    if (!Number.isInteger(length) || length < 1 || length > this.#maxFragment) {
      throw new CessError('FRAGMENT_INVALID', `A fragment has 1 to ${this.#maxFragment} bytes.`, { length });
    }
    const before = this.index.get(put);
    if (before !== undefined) this.#checkOwner(before, put);
  }

  #checkOwner(before: Holding, put: PutFragment): void {
    if (toHex(before.gateway) !== toHex(put.gateway)) {
      throw new CessError('FRAGMENT_OWNED', 'This fragment is held for another gateway.');
    }
  }

  async #exclusive<T>(id: FragmentId, section: () => Promise<T>): Promise<T> {
    try {
      return await this.#mutex.run(toHex(id.root), async () => {
        await this.log.ensureUsable();
        return section();
      });
    } catch (thrown) {
      throw mapFsError(thrown, this.#dir);
    } finally {
      this.#cleanIfDue();
    }
  }

  /** Throws the error of a failed operation: the folder that is gone, if it is, else what the file system said. */
  async #fail(thrown: unknown): Promise<never> {
    if (!isCessError(thrown)) await this.#presence.check();
    throw mapFsError(thrown, this.#dir);
  }

  #usedBytes(): number {
    return this.index.fileBytes + this.log.sizeBytes;
  }

  #cleanIfDue(): void {
    if (this.#cleaning !== undefined || this.#isClosed || !this.#cleaner.isDue()) return;
    this.#cleaning = this.#cleaner
      .run(() => this.#isClosed)
      .catch((thrown: unknown) => {
        const { logger = silentLogger } = this.options;
        logger.warn(
          { dir: this.#dir, code: mapFsError(thrown, this.#dir).code },
          'failed to clean the fragment logs; retrying after later changes',
        );
      })
      .finally(() => {
        this.#cleaning = undefined;
      });
  }
}

function publicView(holding: Holding): StoredFragment {
  const { isInline: _isInline, location: _location, ...stored } = holding;
  return stored;
}
