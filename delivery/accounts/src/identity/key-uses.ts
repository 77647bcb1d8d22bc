// When access keys were used last. Requests only note it in memory; the store learns of it in batches that do not wait for the
// disk, so a crash loses at most the last minute of it.
import type { Portions, ReadView } from '@cess/object-index';
import { type Logger, messageOf } from '@cess/primitives';
import type { AccountStore } from '../store/account-store.js';
import type { KeyUseRecord } from '../store/records.js';
import { keyUses } from '../store/tables.js';

const flushIntervalMs = 60_000;

export class KeyUses {
  #noted = new Map<string, KeyUseRecord>();
  #flushedAtMs: number | undefined;

  constructor(
    private readonly store: AccountStore,
    private readonly logger: Logger,
  ) {}

  note(accessKeyId: string, use: KeyUseRecord): void {
    this.#noted.set(accessKeyId, use);
    this.#flushedAtMs ??= use.atMs;
    if (use.atMs - this.#flushedAtMs < flushIntervalMs) return;
    this.#flushedAtMs = use.atMs;
    void this.flush();
  }

  *find(view: ReadView, accessKeyId: string): Portions<KeyUseRecord | undefined> {
    return this.#noted.get(accessKeyId) ?? (yield* keyUses.get(view, accessKeyId));
  }

  /** Of a key that is deleted. */
  forget(accessKeyId: string): void {
    this.#noted.delete(accessKeyId);
  }

  /** Never rejects: nothing depends on these records. */
  async flush(): Promise<void> {
    const noted = [...this.#noted];
    this.#noted = new Map();
    if (noted.length === 0) return;
    try {
      await this.store.writeLater(noted.map(([accessKeyId, use]) => keyUses.operation(use, accessKeyId)));
    } catch (error) {
      this.logger.warn({ keys: noted.length, cause: messageOf(error) }, 'last uses of access keys could not be stored');
    }
  }
}
