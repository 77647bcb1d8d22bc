// Carries the outbox to the chain in batches (architecture, main flow 4): declarations of new files, then deletions.
// Every step may be repeated: a file declared again under its order id is a success, a deletion of a file that is not
// there is skipped. So a crash between any two steps loses nothing: the outbox entry goes last.

import type { FileRecord, ObjectIndex, OutboxItem, SegmentRecord } from '@cess/object-index';
import { delay, isCessError, type Logger, messageOf, type Startable, toHex } from '@cess/primitives';
import { fragmentLength } from '@cess/types';
import type { FileDeclaration, GatewayChain } from '../chain-port.js';
import type { QuotaLedger } from '../placement/quota-ledger.js';
import type { Attestations, HeldFragment } from './attestations.js';

export interface DeclarerInit {
  readonly index: ObjectIndex;
  readonly chain: GatewayChain;
  readonly attestations: Attestations;
  readonly quota: QuotaLedger;
  readonly logger: Logger;
  readonly intervalMs?: number;
}

/** Bounds of one batch, well inside the limits of an extrinsic. */
const maxBatchFiles = 256;
const maxBatchFragments = 8_000;
const maxRetryDelayMs = 15_000;
/** Idle steps between two readings of the quota: the owner may lock more at any time. */
const quotaRefreshSteps = 20;

interface PendingFile {
  readonly item: OutboxItem;
  readonly fileId: Uint8Array;
  readonly file: FileRecord;
  readonly segments: readonly SegmentRecord[];
}

export class Declarer implements Startable {
  readonly #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #failures = 0;
  /** Idle steps since the quota was read; begins due. */
  #quotaAgeSteps = quotaRefreshSteps;

  constructor(private readonly init: DeclarerInit) {}

  async start(): Promise<void> {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  /** What the chain has still to be told. */
  get backlog(): number {
    return this.init.index.listOutbox(10_000).length;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const intervalMs = this.init.intervalMs ?? 500;
    while (!signal.aborted) {
      try {
        const worked = await this.#step();
        this.#failures = 0;
        if (!worked) await delay(intervalMs, signal).catch(() => {});
      } catch (error) {
        if (signal.aborted) return;
        this.#failures++;
        this.init.logger.warn(
          { cause: messageOf(error), failures: this.#failures },
          'the chain could not be told; trying again',
        );
        await delay(Math.min(intervalMs * 2 ** this.#failures, maxRetryDelayMs), signal).catch(() => {});
      }
    }
  }

  /** One batch of the kind that is oldest; false when the outbox is empty. */
  async #step(): Promise<boolean> {
    const items = this.init.index.listOutbox(maxBatchFiles);
    const first = items[0];
    if (first === undefined) {
      await this.#refreshQuota();
      return false;
    }
    this.#quotaAgeSteps = quotaRefreshSteps;
    const run = items.slice(0, prefixLength(items, first.entry.type));
    if (first.entry.type === 'Declare') await this.#declare(run);
    else await this.#delete(run);
    return true;
  }

  async #refreshQuota(): Promise<void> {
    if (++this.#quotaAgeSteps < quotaRefreshSteps) return;
    await this.init.quota.refreshAll();
    this.#quotaAgeSteps = 0;
  }

  async #declare(items: readonly OutboxItem[]): Promise<void> {
    const gone: OutboxItem[] = [];
    const batch: PendingFile[] = [];
    let fragments = 0;
    for (const item of items) {
      const pending = this.#load(item);
      if (pending === undefined) {
        gone.push(item);
        continue;
      }
      const count = pending.segments.reduce((sum, segment) => sum + segment.fragments.length, 0);
      if (batch.length > 0 && fragments + count > maxBatchFragments) break;
      fragments += count;
      batch.push(pending);
    }
    if (gone.length > 0) await this.init.index.settleDeclarations(gone, 'declared');
    if (batch.length > 0) await this.#declareFiles(batch);
  }

  /** Declares files together; when the chain refuses, finds the guilty one by halving. */
  async #declareFiles(batch: readonly PendingFile[]): Promise<void> {
    try {
      await this.#submit(batch);
    } catch (error) {
      if (!isCessError(error, 'CHAIN_DISPATCH_FAILED')) throw error;
      if (batch.length > 1) {
        const middle = batch.length >> 1;
        await this.#declareFiles(batch.slice(0, middle));
        await this.#declareFiles(batch.slice(middle));
        return;
      }
      const [only] = batch;
      this.init.logger.error(
        { fileId: toHex(only!.fileId), cause: messageOf(error), ...error.data },
        'the chain refuses a file; it stays readable here but is not recorded',
      );
      await this.#settle(batch, 'refused');
      return;
    }
    await this.#settle(batch, 'declared');
  }

  async #submit(batch: readonly PendingFile[]): Promise<void> {
    const held = new Map<number, HeldFragment[]>();
    for (const { fileId, file, segments } of batch) {
      segments.forEach((segment, segmentIndex) => {
        const length = fragmentLength(segment.ciphertextLength, segment.k);
        segment.fragments.forEach(({ root, holder }, fragment) => {
          if (holder === undefined) return;
          const entries = held.get(holder) ?? [];
          entries.push({ fileId, orderId: file.orderId, segment: segmentIndex, fragment, root, length });
          held.set(holder, entries);
        });
      });
    }
    const attestations = await this.init.attestations.collect(held);
    const attested = new Set(attestations.map(({ miner }) => miner));
    await this.#noteHoles(batch, attested);
    await this.init.chain.declareBatch(
      batch.map(({ file, segments }) => toDeclaration(file, segments, attested)),
      attestations,
    );
  }

  /** A holder that does not attest is not recorded: its fragments become holes for the filler. */
  async #noteHoles(batch: readonly PendingFile[], attested: ReadonlySet<number>): Promise<void> {
    for (const { fileId, segments } of batch) {
      for (const [index, { fragments }] of segments.entries()) {
        for (const [fragment, { holder }] of fragments.entries()) {
          if (holder !== undefined && !attested.has(holder))
            await this.init.index.setHolder(fileId, index, fragment, undefined);
        }
      }
    }
  }

  async #settle(batch: readonly PendingFile[], state: 'declared' | 'refused'): Promise<void> {
    await this.init.index.settleDeclarations(
      batch.map(({ item }) => item),
      state,
    );
    for (const { file } of batch) {
      if (state === 'declared') this.init.quota.declared(file, file.storedBytes);
      else this.init.quota.release(file, file.storedBytes);
    }
    if (state === 'declared') this.init.logger.debug({ files: batch.length }, 'files declared on chain');
  }

  async #delete(items: readonly OutboxItem[]): Promise<void> {
    const byOwner = new Map<string, { owner: Uint8Array; ids: Uint8Array[]; files: FileRecord[] }>();
    for (const { entry } of items) {
      const file = this.init.index.getFile(entry.value);
      if (file === undefined || !(await this.init.chain.isDeclared(entry.value))) continue;
      const key = toHex(file.owner);
      const group = byOwner.get(key) ?? { owner: file.owner, ids: [], files: [] };
      group.ids.push(entry.value);
      group.files.push(file);
      byOwner.set(key, group);
    }
    for (const { owner, ids, files } of byOwner.values()) {
      await this.init.chain.deleteFiles(owner, ids);
      for (const file of files) this.init.quota.returned(file, file.storedBytes);
    }
    await this.init.index.settleDeletions(items);
  }

  #load(item: OutboxItem): PendingFile | undefined {
    const fileId = item.entry.value;
    const file = this.init.index.getFile(fileId);
    if (file === undefined) return undefined;
    const segments: SegmentRecord[] = [];
    for (let index = 0; index < file.segmentCount; index++) {
      const segment = this.init.index.getSegment(fileId, index);
      if (segment === undefined) return undefined;
      segments.push(segment);
    }
    return { item, fileId, file, segments };
  }
}

function prefixLength(items: readonly OutboxItem[], type: OutboxItem['entry']['type']): number {
  const other = items.findIndex(({ entry }) => entry.type !== type);
  return other < 0 ? items.length : other;
}

function toDeclaration(
  file: FileRecord,
  segments: readonly SegmentRecord[],
  attested: ReadonlySet<number>,
): FileDeclaration {
  return {
    owner: file.owner,
    territory: file.territory,
    orderId: file.orderId,
    segments: segments.map(({ k, ciphertextLength, fragments }) => ({
      k,
      ciphertextLength,
      fragmentLength: fragmentLength(ciphertextLength, k),
      fragments: fragments.map(({ root, holder }) => ({
        root,
        holder: holder !== undefined && attested.has(holder) ? holder : undefined,
      })),
    })),
  };
}
