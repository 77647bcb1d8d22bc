// The provider's housekeeping against the chain, at start and then periodically:
// 1. undeclared fragments whose order id the chain knows get their file id;
// 2. undeclared fragments past their expiry are collected (asked about right before);
// 3. fragments of files that the chain no longer has are removed;
// 4. so are fragments whose place the chain gives to another holder or root, unless this provider has claimed the order
//    to restore them; those whose place has no holder stay while there is an order, or until their expiry.
// Without an answer of the chain nothing is removed.
import type { FragmentStore, StoredFragment } from '@cess/fragment-store';
import { BackgroundLoop, type BackgroundPorts, equalBytes, fromHex, toHex } from '@cess/primitives';
import type { ProviderChain } from '../chain/chain-port.js';
import type { DutyChain } from '../chain/duty-chain.js';
import { pagesOf } from '../chain/pages.js';
import type { DeclaredFiles } from './declared-files.js';
import { type FileFragment, placeName, placeOf } from './place.js';

const pageSize = 1_000;

export interface UpkeepInit extends BackgroundPorts {
  readonly store: FragmentStore;
  readonly declaredFiles: DeclaredFiles;
  readonly chain: Pick<ProviderChain, 'filesExist' | 'filesOfOrders' | 'fragments'>;
  readonly duties: Pick<DutyChain, 'restoralOrders'>;
  /** Names of places that this provider is restoring or has just restored. */
  readonly restoring: () => ReadonlySet<string>;
  readonly nowSeconds: () => number;
  /** Index of this provider; undefined before registration. */
  readonly ownIndex: () => number | undefined;
  readonly intervalMs: number;
}

export interface UpkeepReport {
  readonly declared: number;
  readonly collected: number;
  readonly deleted: number;
}

export class Upkeep {
  readonly #stopping = new AbortController();
  readonly #loop: BackgroundLoop;

  constructor(private readonly init: UpkeepInit) {
    const task = () => this.round();
    this.#loop = new BackgroundLoop({ ...init, name: 'upkeep', task, periodMs: init.intervalMs });
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop.stop();
  }

  /** One round. Rejects when the chain does not answer. */
  async round(): Promise<UpkeepReport> {
    const { declared, collected } = await this.#settleUndeclared();
    const deleted = await this.#compareDeclared();
    const report = { declared, collected, deleted };
    if (declared + collected + deleted > 0) this.init.logger.info({ ...report }, 'fragments settled with the chain');
    return report;
  }

  async #settleUndeclared(): Promise<{ declared: number; collected: number }> {
    const { store, declaredFiles: files, chain, nowSeconds } = this.init;
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
    const { declaredFiles: files, chain, ownIndex } = this.init;
    let deleted = 0;
    for (const page of this.#pages(files.fileIds())) {
      const exist = await chain.filesExist(page.map(fromHex));
      for (const [i, fileIdHex] of page.entries()) {
        if (exist[i] === true) continue;
        deleted += files.fragmentsOf(fileIdHex).length;
        await files.deleteFile(fromHex(fileIdHex));
      }
    }
    const own = ownIndex();
    if (own === undefined) return deleted;
    for (const page of this.#pages(files.all())) {
      for (const held of await this.#notOurs(page, own)) {
        await files.deleteFragment(held, held.fileId);
        deleted++;
      }
    }
    return deleted;
  }

  /** Those of the fragments that this provider has no reason to keep. */
  async #notOurs(page: readonly FileFragment[], own: number): Promise<FileFragment[]> {
    const { chain, duties, nowSeconds, restoring } = this.init;
    // Asked before the chain and after it: a completion may become final in between.
    const restoringBefore = restoring();
    const records = await chain.fragments(page.map(placeOf));
    const isOurs = (held: FileFragment, i: number) =>
      records[i]?.holder === own && equalBytes(records[i].root, held.root);
    const doubtful = page.flatMap((held, i) => (isOurs(held, i) ? [] : [{ held, record: records[i] }]));
    if (doubtful.length === 0) return [];
    const { orders } = await duties.restoralOrders(doubtful.map(({ held }) => placeOf(held)));
    const now = nowSeconds();
    const restoringNow = restoring();
    return doubtful.flatMap(({ held, record }, i) => {
      const order = orders[i];
      const isPlaced = record !== undefined && (record.holder !== undefined || !equalBytes(record.root, held.root));
      const name = placeName(held);
      const isRestored = restoringBefore.has(name) || restoringNow.has(name) || order?.claim?.provider === own;
      const isAwaited = !isPlaced && (order !== undefined || held.expirySeconds >= now);
      return isRestored || isAwaited ? [] : [held];
    });
  }

  /** Whether a file has this very fragment at this place. */
  async #isPlaceOf(fileId: Uint8Array, held: StoredFragment): Promise<boolean> {
    const [record] = await this.init.chain.fragments([{ fileId, segment: held.segment, fragment: held.fragment }]);
    return record !== undefined && toHex(record.root) === toHex(held.root);
  }

  *#pages<T>(items: Iterable<T>): IterableIterator<T[]> {
    for (const page of pagesOf(items, pageSize)) {
      if (this.#stopping.signal.aborted) return;
      yield page;
    }
  }
}
