// Carries the outbox to the chain in batches (architecture, main flow 4): declarations of new files, then deletions.
// Every step may be repeated: a file declared again under its order id is a success, a deletion of a file that is not
// there is skipped. So a crash between any two steps loses nothing: the outbox entry goes last.

import { durabilityQuorum } from '@cess/data-path';
import type { FileRecord, ObjectIndex, OutboxItem, SegmentRecord } from '@cess/object-index';
import { type CessError, delay, isCessError, type Logger, messageOf, type Startable, toHex } from '@cess/primitives';
import { fragmentLength } from '@cess/types';
import type { FileDeclaration, GatewayChain } from '../chain-port.js';
import type { Attestations, HeldFragment } from './attestations.js';
import type { QuotaLedger } from './quota-ledger.js';

export interface DeclarerInit {
  readonly index: ObjectIndex;
  readonly chain: GatewayChain;
  readonly attestations: Attestations;
  readonly quota: QuotaLedger;
  /** A file that a reader has open is deleted after the reader has ended. */
  readonly isBeingRead: (fileId: Uint8Array) => boolean;
  readonly nowMs: () => number;
  readonly logger: Logger;
  readonly intervalMs?: number;
  readonly attestPatienceMs?: number;
}

interface Deferral {
  readonly attempts: number;
  readonly untilMs: number;
}

/** Bounds of one batch, well inside the limits of an extrinsic. */
const maxBatchFiles = 256;
const maxBatchFragments = 8_000;
/** Entries of the outbox that one step looks at. */
const maxListedItems = 2_048;
const maxRetryDelayMs = 15_000;
/** How long a file waits for the attestations of a quorum before it is declared with those of any k. */
const defaultAttestPatienceMs = 30_000;
/** Refusals of one file alone before it is given up, and the longest pause between them. */
const maxAttempts = 12;
const maxDeferralMs = 60_000;
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
  /** Files that wait for another attempt, by id. Forgotten at a restart, which only makes the attempt earlier. */
  readonly #deferred = new Map<string, Deferral>();
  #failures = 0;
  #declared = 0;
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

  /** Files declared since the start. */
  get declared(): number {
    return this.#declared;
  }

  /** How long the oldest file waits, among the first entries of the outbox; 0 when none does. */
  get oldestSeconds(): number {
    for (const { entry } of this.init.index.listOutbox(maxBatchFiles)) {
      const file = entry.type === 'Declare' ? this.init.index.getFile(entry.value) : undefined;
      if (file !== undefined) return Math.max(0, this.init.nowMs() - file.createdAtMs) / 1000;
    }
    return 0;
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

  /**
   * One batch of declarations, then one of deletions; false when nothing could be done. The two kinds pass each other
   * in the outbox; only for one file the declaration comes first.
   */
  async #step(): Promise<boolean> {
    const items = this.init.index.listOutbox(maxListedItems);
    if (items.length === 0) {
      await this.#refreshQuota();
      return false;
    }
    this.#quotaAgeSteps = quotaRefreshSteps;
    const declarations = items.filter(({ entry }) => entry.type === 'Declare');
    const undeclared = new Set(declarations.map(({ entry }) => toHex(entry.value)));
    const deletions = items.filter(({ entry }) => entry.type === 'Delete' && !undeclared.has(toHex(entry.value)));
    const declared = await this.#declare(declarations);
    const deleted = await this.#delete(deletions.slice(0, maxBatchFiles));
    return declared || deleted;
  }

  async #refreshQuota(): Promise<void> {
    if (++this.#quotaAgeSteps < quotaRefreshSteps) return;
    await this.init.quota.refreshAll();
    this.#quotaAgeSteps = 0;
  }

  /** False when every file waits for a later attempt. */
  async #declare(items: readonly OutboxItem[]): Promise<boolean> {
    const gone: OutboxItem[] = [];
    const batch: PendingFile[] = [];
    let fragments = 0;
    for (const item of items) {
      const pending = this.#load(item);
      if (pending === undefined) {
        gone.push(item);
        continue;
      }
      if ((this.#deferred.get(toHex(pending.fileId))?.untilMs ?? 0) > this.init.nowMs()) continue;
      const count = pending.segments.reduce((sum, segment) => sum + segment.fragments.length, 0);
      if (batch.length === maxBatchFiles || (batch.length > 0 && fragments + count > maxBatchFragments)) break;
      fragments += count;
      batch.push(pending);
    }
    if (gone.length > 0) await this.init.index.settleDeclarations(gone, new Set());
    if (batch.length > 0) await this.#declareFiles(batch);
    return batch.length > 0 || gone.length > 0;
  }

  /** Declares files together; when the chain refuses, finds the guilty one by halving. */
  async #declareFiles(batch: readonly PendingFile[]): Promise<void> {
    const attestations = await this.init.attestations.collect(heldFragments(batch));
    const attestedBy = new Set(attestations.map(({ miner }) => miner));
    const ready = batch.filter((pending) => this.#isAttested(pending, attestedBy));
    if (ready.length < batch.length) {
      // Holders signed for the whole batch: a smaller one needs new signatures.
      if (ready.length > 0) await this.#declareFiles(ready);
      return;
    }
    const declarations = batch.map(({ file, segments }) => toDeclaration(file, segments, attestedBy));
    try {
      await this.init.chain.declareBatch(declarations, attestations);
    } catch (error) {
      if (!isCessError(error, 'CHAIN_DISPATCH_FAILED')) throw error;
      if (batch.length === 1) return this.#refused(batch[0]!, error);
      const middle = batch.length >> 1;
      await this.#declareFiles(batch.slice(0, middle));
      await this.#declareFiles(batch.slice(middle));
      return;
    }
    await this.init.index.settleDeclarations(
      batch.map(({ item }) => item),
      attestedBy,
    );
    for (const { fileId, file } of batch) {
      this.#deferred.delete(toHex(fileId));
      this.init.quota.declared(file, file.storedBytes);
    }
    this.#declared += batch.length;
    this.init.logger.debug({ files: batch.length }, 'files declared on chain');
  }

  /**
   * Whether enough holders attested every segment: the durability quorum at first; after some patience any k, because
   * a provider may be gone for good. Holders that did not attest stay in the index, the chain gets holes for them.
   */
  #isAttested({ fileId, file, segments }: PendingFile, attestedBy: ReadonlySet<number>): boolean {
    const patient = this.init.nowMs() - file.createdAtMs < (this.init.attestPatienceMs ?? defaultAttestPatienceMs);
    const enough = segments.every(({ k, fragments }) => {
      const attested = fragments.filter(({ holder }) => holder !== undefined && attestedBy.has(holder)).length;
      return attested >= (patient ? durabilityQuorum(k, fragments.length) : k);
    });
    if (!enough) this.#defer(fileId);
    return enough;
  }

  /** A file that the chain refuses alone is tried again with growing pauses before it is given up. */
  async #refused({ item, fileId, file }: PendingFile, error: CessError): Promise<void> {
    const { attempts } = this.#defer(fileId);
    const fields = { fileId: toHex(fileId), attempts, cause: messageOf(error), ...error.data };
    if (attempts < maxAttempts) return this.init.logger.warn(fields, 'the chain refuses a file; trying again later');
    this.init.logger.error(fields, 'the chain refuses a file for good; it stays readable here but is not recorded');
    this.#deferred.delete(toHex(fileId));
    await this.init.index.settleRefusal(item);
    this.init.quota.release(file, file.storedBytes);
  }

  #defer(fileId: Uint8Array): Deferral {
    const key = toHex(fileId);
    const attempts = (this.#deferred.get(key)?.attempts ?? 0) + 1;
    const pauseMs = Math.min(1_000 * 2 ** attempts, maxDeferralMs);
    const deferral = { attempts, untilMs: this.init.nowMs() + pauseMs };
    this.#deferred.set(key, deferral);
    return deferral;
  }

  /** Deletes on chain; files that someone is reading wait. False when all do. */
  async #delete(items: readonly OutboxItem[]): Promise<boolean> {
    const due = items.filter(({ entry }) => !this.init.isBeingRead(entry.value));
    const byOwner = new Map<string, { owner: Uint8Array; ids: Uint8Array[]; files: FileRecord[] }>();
    for (const { entry } of due) {
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
    if (due.length > 0) await this.init.index.settleDeletions(due);
    return due.length > 0;
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

/** What each holder has of the batch, in the order of the batch. */
function heldFragments(batch: readonly PendingFile[]): Map<number, HeldFragment[]> {
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
  return held;
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
