// Compares the held fragments with the chain, at start and then periodically:
// 1. An undeclared fragment whose order id the chain knows gets its file id.
// 2. An undeclared fragment is collected after its expiry and after the attestations that name it, right after the chain
//    was asked about it.
// 3. The fragments of a file that the chain has deleted are removed.
// 4. A fragment is removed if the chain names another holder or root for its place, unless this provider has claimed the
//    restoral order. If the chain names no holder, the fragment stays while a restoral order is open, or until its expiry.
// Nothing is removed while the chain does not answer.
import type { FragmentStore, StoredFragment } from '@cess/fragment-store';
import { BackgroundLoop, type BackgroundPorts, equalBytes, fromHex } from '@cess/primitives';
import type { ProviderChain } from '../chain/chain-port.js';
import type { DutyChain } from '../chain/duty-chain.js';
import { pagesOf } from '../chain/pages.js';
import type { AttestedFragments } from './attested-fragments.js';
import type { DeclaredFiles } from './declared-files.js';
import { type FileFragment, placeName, placeOf } from './place.js';

const pageSize = 1_000;

export interface UpkeepInit extends BackgroundPorts {
  readonly store: FragmentStore;
  readonly declaredFiles: DeclaredFiles;
  readonly attested: Pick<AttestedFragments, 'mayBeDeclared'>;
  readonly chain: Pick<ProviderChain, 'filesExist' | 'filesOfOrders' | 'fragments'>;
  readonly duties: Pick<DutyChain, 'restoralOrders'>;
  /** Names of the places that this provider is restoring, or has just restored. */
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
    if (declared + collected + deleted > 0)
      this.init.logger.info({ ...report }, 'updated fragments by comparison with the chain');
    return report;
  }

  async #settleUndeclared(): Promise<{ declared: number; collected: number }> {
    const { store, declaredFiles: files, attested, chain, nowSeconds } = this.init;
    const undeclared = [...store.fragments()].filter(({ fileId }) => fileId === undefined);
    let declared = 0;
    let collected = 0;
    for (const page of this.#pages(undeclared)) {
      const now = nowSeconds();
      // Asked before the chain, because an attestation counts up to and including its last block.
      const mayBeDeclared = page.map((held) => attested.mayBeDeclared(held));
      const fileIds = await chain.filesOfOrders(page.map(({ orderId }) => orderId));
      for (const [i, held] of page.entries()) {
        const fileId = await this.#fileAt(fileIds[i] ?? [], held);
        // Read again, because an event may have changed it in the meantime.
        const current = store.get(held);
        if (current === undefined || current.fileId !== undefined) continue;
        if (fileId !== undefined) {
          await files.setFile(held, fileId);
          declared++;
        } else if (current.expirySeconds < now && mayBeDeclared[i] === false) {
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

  /** The fragments of the page that this provider must not keep. */
  async #notOurs(page: readonly FileFragment[], own: number): Promise<FileFragment[]> {
    const { chain, duties, nowSeconds, restoring } = this.init;
    // Read before and after the chain, because a completion may become final in between.
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

  /** The file that has this fragment, by root, at this place; one whose holder is this provider comes first. */
  async #fileAt(fileIds: readonly Uint8Array[], held: StoredFragment): Promise<Uint8Array | undefined> {
    const { segment, fragment } = held;
    const records = await this.init.chain.fragments(fileIds.map((fileId) => ({ fileId, segment, fragment })));
    const has = (i: number) => {
      const record = records[i];
      return record !== undefined && equalBytes(record.root, held.root);
    };
    const own = this.init.ownIndex();
    return fileIds.find((_, i) => has(i) && records[i]?.holder === own) ?? fileIds.find((_, i) => has(i));
  }

  *#pages<T>(items: Iterable<T>): IterableIterator<T[]> {
    for (const page of pagesOf(items, pageSize)) {
      if (this.#stopping.signal.aborted) return;
      yield page;
    }
  }
}
