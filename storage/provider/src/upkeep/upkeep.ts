// The provider's housekeeping against the chain, at start and then periodically:
// 1. undeclared fragments whose order id the chain knows get their file id;
// 2. undeclared fragments past their expiry are collected (asked about right before);
// 3. fragments of files that the chain no longer has are removed;
// 4. past their expiry, fragments are removed whose place the chain gives to another holder or root.
// Without an answer of the chain nothing is removed.
import type { FragmentStore, StoredFragment } from '@cess/fragment-store';
import { delay, equalBytes, fromHex, type Logger, messageOf, toHex } from '@cess/primitives';
import type { ProviderChain } from '../chain-port.js';
import type { DeclaredFiles } from '../declared-files.js';

const pageSize = 1_000;

export interface UpkeepInit {
  readonly store: FragmentStore;
  readonly declared: DeclaredFiles;
  readonly chain: Pick<ProviderChain, 'filesExist' | 'filesOfOrders' | 'fragments'>;
  readonly nowSeconds: () => number;
  /** Index of this provider; undefined before registration. */
  readonly miner: () => number | undefined;
  readonly intervalMs: number;
  readonly logger: Logger;
}

export interface UpkeepReport {
  readonly declared: number;
  readonly collected: number;
  readonly deleted: number;
}

export class Upkeep {
  readonly #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(private readonly init: UpkeepInit) {}

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  /** One round. Rejects when the chain does not answer. */
  async round(): Promise<UpkeepReport> {
    const { declared, collected } = await this.#settleUndeclared();
    const deleted = await this.#compareDeclared();
    const report = { declared, collected, deleted };
    if (declared + collected + deleted > 0) this.init.logger.info({ ...report }, 'fragments settled with the chain');
    return report;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.round().catch((error: unknown) => {
        this.init.logger.warn({ cause: messageOf(error) }, 'upkeep could not be finished; it is tried again');
      });
      await delay(this.init.intervalMs, signal).catch(() => {});
    }
  }

  async #settleUndeclared(): Promise<{ declared: number; collected: number }> {
    const { store, declared: files, chain, nowSeconds } = this.init;
    const undeclared = [...store.fragments()].filter(({ fileId }) => fileId === undefined);
    let declared = 0;
    let collected = 0;
    for (const page of this.#pages(undeclared)) {
      const now = nowSeconds();
      const fileIds = await chain.filesOfOrders(page.map(({ orderId }) => orderId));
      for (const [i, held] of page.entries()) {
        const fileId = fileIds[i];
        // Read again: an event may have settled it meanwhile.
        const current = store.get(held);
        if (current === undefined || current.fileId !== undefined) continue;
        if (fileId !== undefined && (await this.#isPlaceOf(fileId, held))) {
          await files.setFile(held, fileId);
          declared++;
        } else if (current.expirySeconds < now) {
          await files.deleteFragment(held, undefined);
          collected++;
        }
      }
    }
    return { declared, collected };
  }

  async #compareDeclared(): Promise<number> {
    const { store, declared: files, chain, nowSeconds, miner } = this.init;
    let deleted = 0;
    for (const page of this.#pages(files.fileIds())) {
      const exist = await chain.filesExist(page.map(fromHex));
      for (const [i, fileIdHex] of page.entries()) {
        if (exist[i] === true) continue;
        deleted += files.fragmentsOf(fileIdHex).length;
        await files.deleteFile(fromHex(fileIdHex));
      }
    }
    const own = miner();
    if (own === undefined) return deleted;
    const now = nowSeconds();
    const past = [...store.fragments()].filter(
      ({ fileId, expirySeconds }) => fileId !== undefined && expirySeconds < now,
    );
    for (const page of this.#pages(past)) {
      const records = await chain.fragments(page.map((held) => ({ ...held, fileId: held.fileId! })));
      for (const [i, held] of page.entries()) {
        const record = records[i];
        if (record !== undefined && record.holder === own && equalBytes(record.root, held.root)) continue;
        await files.deleteFragment(held, held.fileId);
        deleted++;
      }
    }
    return deleted;
  }

  /** Whether a file has this very fragment at this place. */
  async #isPlaceOf(fileId: Uint8Array, held: StoredFragment): Promise<boolean> {
    const [record] = await this.init.chain.fragments([{ fileId, segment: held.segment, fragment: held.fragment }]);
    return record !== undefined && toHex(record.root) === toHex(held.root);
  }

  *#pages<T>(items: readonly T[]): IterableIterator<T[]> {
    for (let at = 0; at < items.length && !this.#stopping.signal.aborted; at += pageSize) {
      yield items.slice(at, at + pageSize);
    }
  }
}
