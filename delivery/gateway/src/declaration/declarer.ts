// Submits the outbox to the chain in batches: declarations, then deletions.
// See docs/architecture.md, "Flow: store an object".
// Every step is idempotent: declaring a file again under its order id succeeds, and deleting a missing file is skipped.
// The outbox entry is removed last, so a crash between any two steps loses nothing. No acknowledged file is given up: one
// that the chain rejects for a reason of its owner's is held until the reason ends (owner-holds.ts), one with too few
// acceptable holders gets others (holder-replacer.ts), and one that cannot be read, or that the chain rejects for any other
// reason, is set aside and stays in the outbox.
import { durabilityQuorum, type SegmentPlacer } from '@cess/data-path';
import type { FileRecord, ObjectIndex, OutboxItem } from '@cess/object-index';
import {
  BackgroundLoop,
  type BackgroundPorts,
  type CessError,
  isCessError,
  messageOf,
  SetAside,
  type Startable,
  toHex,
} from '@cess/primitives';
import type { OrderPlace } from '@cess/types';
import type { DeclarationOutcome, GatewayChain } from '../chain-port.js';
import type { Attestations } from './attestations.js';
import { OwnerHolds } from './owner-holds.js';
import {
  declarationName,
  heldFragments,
  loadFile,
  type PendingFile,
  recordName,
  toDeclaration,
} from './pending-file.js';
import type { Quota, SettledFiles } from './quota-ledger.js';
import { recordedHolders } from './recorded-holders.js';

export interface DeclarerInit extends BackgroundPorts {
  readonly index: ObjectIndex;
  readonly chain: GatewayChain;
  readonly attestations: Attestations;
  readonly quota: Quota;
  readonly holds: OwnerHolds;
  readonly placer: Pick<SegmentPlacer, 'discardAll'>;
  /** Called with a file that too few of its holders attest, or too few that the chain accepts. */
  readonly onTooFewHolders: (fileId: Uint8Array) => void;
  /** A file is deleted only after its last reader has closed it. */
  readonly isBeingRead: (fileId: Uint8Array) => boolean;
  /** Whether a deletion may reach the chain: a recovery must not find files that are gone. Default: always. */
  readonly mayDelete?: (sequence: number) => boolean;
  readonly intervalMs?: number;
  readonly attestPatienceMs?: number;
}

interface Deferral {
  readonly attempts: number;
  readonly untilMs: number;
}

/** Bounds of one batch: it fits into a block with slots of 1 s, beside the work of hooks, also if the most holders are refused. */
const maxBatchFiles = 256;
const maxBatchFragments = 3_000;
/** Outbox entries read per step. */
const maxListedItems = 2_048;
/** How long a file waits for attestations of the quorum before it is declared with those of any k holders. */
const defaultAttestPatienceMs = 30_000;
/** Rejections of a single file before it is set aside, and the longest retry delay between them. */
const maxAttempts = 12;
const maxDeferralMs = 60_000;
/** Idle steps between two reads of the quota. The owner may lock more at any time. */
const quotaRefreshSteps = 20;

/** Files of one owner deleted in one batch. */
interface OwnedFiles {
  readonly owner: Uint8Array;
  readonly ids: Uint8Array[];
  readonly files: FileRecord[];
}

/** What a batch of deletions takes. */
interface DeletionPlan {
  readonly byOwner: Map<string, OwnedFiles>;
  /** Places of fragments that only this gateway knows, by their holder. */
  readonly discarded: Map<number, OrderPlace[]>;
  /** Files that the chain never had. */
  readonly dropped: FileRecord[];
}

export class Declarer implements Startable {
  /** Files and outbox entries that cannot be processed. */
  readonly setAside: SetAside;
  readonly #loop: BackgroundLoop;
  /** Files that wait for a retry, by id. Kept in memory only: a restart just retries earlier. */
  readonly #deferred = new Map<string, Deferral>();
  #declared = 0;
  #refusedHolders = 0;
  /** Idle steps since the last read of the quota. The initial value forces a read. */
  #quotaAgeSteps = quotaRefreshSteps;

  constructor(private readonly init: DeclarerInit) {
    const name = 'declarer';
    this.setAside = new SetAside(name, init);
    const task = async () => ((await this.#step()) ? 'again' : undefined);
    this.#loop = new BackgroundLoop({ ...init, name, task, periodMs: init.intervalMs ?? 500 });
  }

  async start(): Promise<void> {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Retries a file without waiting for the end of its back-off. */
  retry(fileId: Uint8Array): void {
    this.#deferred.delete(toHex(fileId));
    this.#loop.trigger();
  }

  /** Has the quotas of added territories read. */
  openAddedTerritories(): void {
    this.#loop.trigger();
  }

  /** Whether the declaration of a file waits for its owner, or was set aside. */
  async isUnrecorded(fileId: Uint8Array): Promise<boolean> {
    return this.setAside.has(declarationName(fileId)) || (await this.init.index.holdReason(fileId)) !== undefined;
  }

  /** Number of outbox entries not yet submitted. */
  async backlog(): Promise<number> {
    return (await this.init.index.listOutbox(10_000)).length;
  }

  /** Files declared since the start. */
  get declared(): number {
    return this.#declared;
  }

  /** Named holders that the chain refused since the start. */
  get refusedHolders(): number {
    return this.#refusedHolders;
  }

  /** Age of the oldest file among the first outbox entries that are not set aside; 0 when there is none. */
  async oldestSeconds(): Promise<number> {
    for (const { entry } of await this.#listItems(maxBatchFiles)) {
      const file = entry.type === 'Declare' ? await this.init.index.getFile(entry.value) : undefined;
      if (file !== undefined) return Math.max(0, this.init.timers.nowMs() - file.createdAtMs) / 1000;
    }
    return 0;
  }

  /**
   * Submits one batch of declarations, then one of deletions; false when it made no progress. Order in the outbox is
   * kept per file only: a file is declared before it is deleted.
   */
  async #step(): Promise<boolean> {
    await this.init.quota.openAdded();
    const released = await this.init.holds.review();
    const items = await this.#listItems(maxListedItems);
    if (items.length === 0) {
      await this.#refreshQuota();
      return released > 0;
    }
    this.#quotaAgeSteps = quotaRefreshSteps;
    const declarations = items.filter(({ entry }) => entry.type === 'Declare');
    const undeclared = new Set(declarations.map(({ entry }) => toHex(entry.value)));
    const deletions = items.filter(({ entry }) => entry.type === 'Delete' && !undeclared.has(toHex(entry.value)));
    const declared = await this.#declare(declarations);
    const deleted = await this.#delete(deletions.slice(0, maxBatchFiles));
    return declared || deleted;
  }

  /**
   * The oldest entries that are not set aside, including deletions of files whose declaration is set aside. Deletions that have to
   * wait do not keep back what is behind them.
   */
  async #listItems(limit: number): Promise<OutboxItem[]> {
    const { mayDelete = () => true } = this.init;
    const found: OutboxItem[] = [];
    const onUnreadable = (sequence: number, error: CessError) =>
      this.setAside.refuse(`outbox entry ${sequence}`, error);
    for await (const item of this.init.index.outbox(onUnreadable)) {
      if (found.length >= limit) break;
      const waits = item.entry.type === 'Delete' && !mayDelete(item.sequence);
      if (!waits && !this.setAside.has(recordName(item))) found.push(item);
    }
    return found;
  }

  async #refreshQuota(): Promise<void> {
    if (++this.#quotaAgeSteps < quotaRefreshSteps) return;
    await this.init.quota.refreshAll();
    this.#quotaAgeSteps = 0;
  }

  /** False when every file waits for a later retry. */
  async #declare(items: readonly OutboxItem[]): Promise<boolean> {
    const gone: OutboxItem[] = [];
    const batch: PendingFile[] = [];
    let fragments = 0;
    for (const item of items) {
      const loaded: (PendingFile | undefined)[] = [];
      await this.setAside.attempt(recordName(item), async () => void loaded.push(await this.#load(item)));
      if (loaded.length === 0) continue;
      const [pending] = loaded;
      if (pending === undefined) {
        gone.push(item);
        continue;
      }
      if ((this.#deferred.get(toHex(pending.fileId))?.untilMs ?? 0) > this.init.timers.nowMs()) continue;
      const count = pending.segments.reduce((sum, segment) => sum + segment.fragments.length, 0);
      if (batch.length === maxBatchFiles || (batch.length > 0 && fragments + count > maxBatchFragments)) break;
      fragments += count;
      batch.push(pending);
    }
    if (gone.length > 0) await this.init.index.settleDeclarations(gone, () => false);
    if (batch.length > 0) await this.#declareFiles(batch);
    return batch.length > 0 || gone.length > 0;
  }

  async #load(item: OutboxItem): Promise<PendingFile | undefined> {
    const stored = await loadFile(this.init.index, item.entry.value);
    return stored === undefined ? undefined : { ...stored, item };
  }

  /** Declares files in one batch. When the chain rejects it, bisects the batch to find the invalid file. */
  async #declareFiles(batch: readonly PendingFile[]): Promise<void> {
    const attestations = await this.init.attestations.collect(heldFragments(batch));
    const attestedBy = new Set(attestations.map(({ provider }) => provider));
    const ready = batch.filter((pending) => this.#isAttested(pending, attestedBy));
    if (ready.length < batch.length) {
      // Holders signed for the whole batch: a smaller one needs new signatures.
      if (ready.length > 0) await this.#declareFiles(ready);
      return;
    }
    const declarations = batch.map(({ file, segments }) => toDeclaration(file, segments, attestedBy));
    let outcome: DeclarationOutcome;
    try {
      outcome = await this.init.chain.declareBatch(declarations, attestations);
    } catch (error) {
      if (!isCessError(error, 'CHAIN_DISPATCH_FAILED', 'CHAIN_CALL_INVALID')) throw error;
      if (await this.#heldBack(batch, error)) return;
      const [only, ...others] = batch;
      if (only !== undefined && others.length === 0) return this.#refused(only, error);
      const middle = batch.length >> 1;
      await this.#declareFiles(batch.slice(0, middle));
      await this.#declareFiles(batch.slice(middle));
      return;
    }
    const isRecorded = await recordedHolders(this.init, { batch, attestedBy, outcome });
    const settled: SettledFiles = { declared: batch.map(({ file }) => file), deleted: [], dropped: [] };
    await this.init.index.settleDeclarations(
      batch.map(({ item }) => item),
      isRecorded,
      await this.init.quota.settling(settled),
    );
    this.init.quota.settled(settled);
    for (const { fileId } of batch) this.#deferred.delete(toHex(fileId));
    this.#declared += batch.length;
    this.#refusedHolders += outcome.refused.length;
    this.init.logger.debug({ files: batch.length }, 'files declared on chain');
  }

  /** Whether files of a rejected batch are held for their owners; declares the others then. */
  async #heldBack(batch: readonly PendingFile[], error: CessError): Promise<boolean> {
    const reason = isCessError(error, 'CHAIN_DISPATCH_FAILED') ? OwnerHolds.reasonOf(error.data) : undefined;
    if (reason === undefined) return false;
    const fit = await this.init.holds.sift(batch, reason);
    if (fit.length === batch.length) return false;
    if (fit.length > 0) await this.#declareFiles(fit);
    return true;
  }

  /**
   * Whether enough holders attested every segment: first the durability quorum, after a timeout any k, because a
   * provider may be gone for good. Holders that did not attest stay in the index; the chain records holes for them.
   */
  #isAttested({ fileId, file, segments }: PendingFile, attestedBy: ReadonlySet<number>): boolean {
    const patient =
      this.init.timers.nowMs() - file.createdAtMs < (this.init.attestPatienceMs ?? defaultAttestPatienceMs);
    const enough = segments.every(({ k, fragments }) => {
      const attested = fragments.filter(({ holder }) => holder !== undefined && attestedBy.has(holder)).length;
      return attested >= (patient ? durabilityQuorum(k, fragments.length) : k);
    });
    if (enough) return true;
    this.#defer(fileId);
    if (!patient) this.init.onTooFewHolders(fileId);
    return false;
  }

  /**
   * A file that the chain rejects on its own is retried with exponential backoff before it is set aside. A rejection by
   * the transaction pool, for example for missing fees, is retried indefinitely: the file is not at fault.
   */
  #refused({ item, fileId }: PendingFile, error: CessError): void {
    const { attempts } = this.#defer(fileId);
    const fields = { fileId: toHex(fileId), attempts, cause: messageOf(error), ...error.data };
    if (isTooFewHolders(error)) {
      this.init.logger.warn(fields, 'the chain accepts too few holders of a file; replacing the others');
      this.init.onTooFewHolders(fileId);
      return;
    }
    if (attempts < maxAttempts || isCessError(error, 'CHAIN_CALL_INVALID')) {
      this.init.logger.warn(fields, 'the chain rejected a file; retrying later');
      return;
    }
    this.#deferred.delete(toHex(fileId));
    this.setAside.refuse(recordName(item), error);
  }

  #defer(fileId: Uint8Array): Deferral {
    const key = toHex(fileId);
    const attempts = (this.#deferred.get(key)?.attempts ?? 0) + 1;
    const pauseMs = Math.min(1_000 * 2 ** attempts, maxDeferralMs);
    const deferral = { attempts, untilMs: this.init.timers.nowMs() + pauseMs };
    this.#deferred.set(key, deferral);
    return deferral;
  }

  /** Deletes on chain; files with open readers wait. False when it made no progress. */
  async #delete(items: readonly OutboxItem[]): Promise<boolean> {
    const due = items.filter(({ entry }) => !this.init.isBeingRead(entry.value));
    const settled: OutboxItem[] = [];
    const plan: DeletionPlan = { byOwner: new Map(), discarded: new Map(), dropped: [] };
    for (const item of due) {
      await this.setAside.attempt(recordName(item), async () => {
        await this.#prepareDeletion(item.entry.value, plan);
        settled.push(item);
      });
    }
    for (const [holder, places] of plan.discarded) this.init.placer.discardAll(holder, places);
    const owned = [...plan.byOwner.values()];
    for (const { owner, ids } of owned) await this.init.chain.deleteFiles(owner, ids);
    const deleted = owned.flatMap(({ files }) => files);
    if (settled.length > 0) await this.#settleDeletions(settled, { declared: [], deleted, dropped: plan.dropped });
    return settled.length > 0;
  }

  /** Notes what a deletion takes: declared files are deleted on chain, batched by owner; others give their space back. */
  async #prepareDeletion(fileId: Uint8Array, { byOwner, discarded, dropped }: DeletionPlan): Promise<void> {
    const file = await this.init.index.getFile(fileId);
    if (file === undefined) return;
    if (!(await this.init.chain.isDeclared(fileId))) {
      const isBatch = file.pack?.kind === 'batch';
      const holdsSpace = isBatch || (await this.isUnrecorded(fileId));
      if (isBatch) await this.#noteFragments(fileId, file, discarded);
      if (holdsSpace) dropped.push(file);
      return;
    }
    const key = toHex(file.owner);
    const group = byOwner.get(key) ?? { owner: file.owner, ids: [], files: [] };
    group.ids.push(fileId);
    group.files.push(file);
    byOwner.set(key, group);
  }

  /** A batch was never declared: nobody but this gateway tells its holders that it is gone. */
  async #noteFragments(
    fileId: Uint8Array,
    { orderId, segmentCount }: FileRecord,
    discarded: Map<number, OrderPlace[]>,
  ): Promise<void> {
    for (let segment = 0; segment < segmentCount; segment++) {
      const { fragments = [] } = (await this.init.index.getSegment(fileId, segment)) ?? {};
      fragments.forEach(({ holder }, fragment) => {
        if (holder === undefined) return;
        const places = discarded.get(holder) ?? [];
        places.push({ orderId, segment, fragment });
        discarded.set(holder, places);
      });
    }
  }

  /** Drops a declaration that was set aside when its file is deleted. */
  async #settleDeletions(deletions: readonly OutboxItem[], files: SettledFiles): Promise<void> {
    const names = new Set(deletions.map(({ entry }) => declarationName(entry.value)));
    const aside = [...names].filter((name) => this.setAside.has(name));
    const declarations: OutboxItem[] = [];
    if (aside.length > 0) {
      for await (const item of this.init.index.outbox()) if (aside.includes(recordName(item))) declarations.push(item);
    }
    await this.init.index.settleDeletions([...deletions, ...declarations], await this.init.quota.settling(files));
    this.init.quota.settled(files);
    for (const name of aside) this.setAside.forget(name);
  }
}

function isTooFewHolders(error: CessError): boolean {
  if (!isCessError(error, 'CHAIN_DISPATCH_FAILED')) return false;
  return error.data.pallet === 'FileBank' && error.data.name === 'TooFewHolders';
}
