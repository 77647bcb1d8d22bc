// Carries out the lifecycle rules of all buckets (ADR 58). A round walks the buckets with rules in pages and expires what is due. Each
// decision is taken again inside the transaction that removes, about what the version, its place and the rules are then, so a
// repeated round and a crash at any point change nothing. A cursor lets a restart continue the round behind finished keys.
import { dueAction, type LifecycleAction, type LifecycleConfiguration, uploadAbortion } from '@cess/access';
import {
  type BucketRecord,
  type DecideExpiry,
  type Deletion,
  type ObjectIndex,
  type ObjectRecord,
  type Recoding,
  readLifecycleCursor,
  writeLifecycleCursor,
} from '@cess/object-index';
import {
  BackgroundLoop,
  type BackgroundPorts,
  type Counter,
  isAbort,
  isCessError,
  type Metrics,
  SetAside,
  type Startable,
} from '@cess/primitives';
import type { OfferedClasses } from '../classes/offered-classes.js';
import type { ObjectStorage } from '../object-storage.js';
import type { ConfigurationCache } from '../s3/configurations/configuration-cache.js';
import { lifecycleConfiguration } from '../s3/configurations/lifecycle.js';
import { isStorageClass } from '../storage-classes.js';
import { moveToClass } from './class-transitions.js';
import { type SeenVersion, seenVersions } from './seen-versions.js';
import { factsOf } from './version-facts.js';

export interface LifecycleWorkerInit extends BackgroundPorts {
  readonly index: ObjectIndex;
  readonly storage: ObjectStorage;
  readonly configurations: ConfigurationCache;
  readonly classes: Pick<OfferedClasses, 'refusalOf'>;
  /** Length of a day of the rules: 24 hours, but on development networks. */
  readonly dayMs: number;
}

const uploadsPerPage = 250;
const postponed = 'a version stays in its storage class for now';
/** Rounds per day of the rules. */
const roundsPerDay = 24;
const leastPeriodMs = 250;

/** As Amazon names its own work in events. */
const principalId = 's3.amazonaws.com';

type Action = 'expired' | 'marked' | 'moved' | 'aborted' | 'retained' | 'postponed';

interface DueTransition {
  readonly name: string;
  readonly record: BucketRecord;
  readonly seen: SeenVersion;
  readonly action: Extract<LifecycleAction, { readonly action: 'transition' }>;
}

export class LifecycleWorker implements Startable {
  /** Buckets that cannot be processed. */
  readonly setAside: SetAside;
  readonly #loop: BackgroundLoop;
  readonly #actions: Counter<'action'>;

  constructor(private readonly init: LifecycleWorkerInit) {
    const name = 'lifecycle';
    this.setAside = new SetAside(name, init);
    this.#actions = declareLifecycleCounter(init.metrics);
    const periodMs = Math.max(leastPeriodMs, init.dayMs / roundsPerDay);
    this.#loop = new BackgroundLoop({ ...init, name, task: (signal) => this.runRound(signal), periodMs });
  }

  async start(): Promise<void> {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** The index, where changes come from the rules. */
  get #index(): ObjectIndex {
    return this.init.index.actingFor({ operation: 'Lifecycle', principalId, source: '', requestId: '' });
  }

  /** One round over all buckets, or the rest of the one that a restart interrupted. */
  async runRound(signal: AbortSignal): Promise<void> {
    const { index, timers } = this.init;
    const cursor = await readLifecycleCursor(index);
    const startedAtMs = cursor?.startedAtMs ?? timers.nowMs();
    const walk = (bucket: string, key: string) =>
      this.setAside.attempt(
        `bucket ${bucket}`,
        () => this.#processBucket({ bucket, key, startedAtMs }, signal),
        signal,
      );
    if (cursor !== undefined) await walk(cursor.bucket, cursor.key);
    for await (const bucket of index.bucketNames(cursor?.bucket)) {
      signal.throwIfAborted();
      await walk(bucket, '');
    }
    if ((await readLifecycleCursor(index)) !== undefined) await writeLifecycleCursor(index, undefined);
  }

  async #processBucket(
    from: { readonly bucket: string; readonly key: string; readonly startedAtMs: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { index } = this.init;
    const { bucket: name, key } = from;
    const record = await index.getBucket(name);
    const rules = record === undefined ? undefined : this.#rulesOf(name, record);
    if (record === undefined || rules === undefined) return;
    const counts: Record<Action, number> = {
      expired: 0,
      marked: 0,
      moved: 0,
      aborted: 0,
      retained: 0,
      postponed: 0,
    };
    let finished: string | undefined;
    for await (const page of seenVersions(index, name, key === '' ? undefined : key)) {
      signal.throwIfAborted();
      const due = page.flatMap((seen) => {
        const action = this.#actionOf(rules, record, seen);
        return action === undefined ? [] : [{ seen, action }];
      });
      const expiring = due.filter(({ action }) => action.action !== 'transition');
      for (const action of await Promise.all(expiring.map(({ seen }) => this.#expire(name, seen))))
        if (action !== undefined) counts[action]++;
      for (const { seen, action } of due) {
        if (action.action !== 'transition') continue;
        signal.throwIfAborted();
        const outcome = await this.#move({ name, record, seen, action }, signal);
        if (outcome !== undefined) counts[outcome]++;
      }
      // The versions of the last key of a page may continue on the next one.
      const last = page.at(-1)?.key;
      finished = page.findLast((seen) => seen.key !== last)?.key ?? finished;
      if (finished !== undefined) await writeLifecycleCursor(index, { ...from, key: finished });
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (rules.rules.some(({ isEnabled, abortUploadsAfterDays }) => isEnabled && abortUploadsAfterDays !== undefined))
      counts.aborted = await this.#abortUploads(name, rules, signal);
    this.#report(name, counts);
  }

  #rulesOf(name: string, record: BucketRecord): LifecycleConfiguration | undefined {
    return this.init.configurations.read(lifecycleConfiguration, { name, record });
  }

  #actionOf(
    rules: LifecycleConfiguration,
    { versioning }: BucketRecord,
    { key, version, noncurrent, isOnlyVersion }: Omit<SeenVersion, 'versionId'>,
  ): LifecycleAction | undefined {
    const { timers, dayMs } = this.init;
    const facts = factsOf(key, version, {
      isOnlyVersion,
      ...(noncurrent === undefined ? {} : { noncurrent }),
    });
    return dueAction(rules, facts, versioning, timers.nowMs(), dayMs);
  }

  /** What is due for a version as a transaction finds it. */
  #actionNow(bucket: string, seen: SeenVersion, [version, place, record]: Parameters<DecideExpiry>) {
    const rules = this.#rulesOf(bucket, record);
    const noncurrent = place.isNewest
      ? undefined
      : {
          sinceMs: seen.noncurrent?.sinceMs ?? this.init.timers.nowMs(),
          newerNoncurrentVersions: place.newerNoncurrent,
        };
    const now = { key: seen.key, version, noncurrent, isOnlyVersion: place.isOnly };
    return rules === undefined ? undefined : this.#actionOf(rules, record, now);
  }

  /** Moves a version to another class. What fails, such as for want of space, is postponed to the next round. */
  async #move({ name, record, seen, action }: DueTransition, signal: AbortSignal): Promise<Action | undefined> {
    const { storageClass } = action;
    if (!isStorageClass(storageClass)) return undefined;
    const refusal = this.init.classes.refusalOf(storageClass);
    if (refusal !== undefined) {
      this.init.logger.warn({ bucket: name, key: seen.key, cause: refusal }, postponed);
      return 'postponed';
    }
    const decide: Recoding['decide'] = (...now) => {
      const due = this.#actionNow(name, seen, now);
      return due?.action === 'transition' && due.storageClass === storageClass;
    };
    const { storage, logger } = this.init;
    const transition = { bucketName: name, bucket: record, seen, storageClass, decide, signal };
    try {
      const outcome = await moveToClass({ index: this.#index, storage }, transition);
      if (outcome === 'unchanged') return undefined;
      return outcome === 'moved' ? 'moved' : 'retained';
    } catch (error) {
      if (isAbort(error) || !isCessError(error) || error.code.startsWith('KV_')) throw error;
      const fields = { bucket: name, key: seen.key, storageClass, cause: error.message };
      logger.warn(fields, postponed);
      return 'postponed';
    }
  }

  async #expire(bucket: string, seen: SeenVersion): Promise<Action | undefined> {
    const { key, versionId } = seen;
    const decide: DecideExpiry = (...now) => {
      const due = this.#actionNow(bucket, seen, now);
      if (due === undefined || due.action === 'transition') return 'keep';
      return due.action === 'add-delete-marker' ? 'add-delete-marker' : 'remove';
    };
    try {
      return outcomeOf(seen.version, await this.#index.expireVersion({ bucket, key }, versionId, decide));
    } catch (error) {
      if (isCessError(error, 'OBJECT_LOCKED')) return 'retained';
      if (isCessError(error, 'BUCKET_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  async #abortUploads(bucket: string, rules: LifecycleConfiguration, signal: AbortSignal): Promise<number> {
    const { index, timers, dayMs } = this.init;
    let aborted = 0;
    let from: { readonly after?: string; readonly afterUploadId?: string } = {};
    for (;;) {
      signal.throwIfAborted();
      const request = { prefix: '', delimiter: '', limit: uploadsPerPage, after: from.after };
      const page = await index.listUploads(bucket, request, from.afterUploadId);
      for (const item of page.items) {
        if (item.type !== 'entry') continue;
        const { uploadId, upload } = item.value;
        from = { after: item.name, afterUploadId: uploadId };
        const due = uploadAbortion(rules, { key: item.name, initiatedMs: upload.initiatedAtMs }, dayMs);
        if (due === undefined || due.dueMs > timers.nowMs()) continue;
        if (await this.#abort({ bucket, key: item.name, uploadId })) aborted++;
      }
      if (!page.truncated) return aborted;
    }
  }

  /** False for an upload that was completed or aborted since it was listed. */
  async #abort(upload: Parameters<ObjectIndex['abortUpload']>[0]): Promise<boolean> {
    try {
      await this.init.index.abortUpload(upload);
      return true;
    } catch (error) {
      if (isCessError(error, 'UPLOAD_NOT_FOUND')) return false;
      throw error;
    }
  }

  #report(bucket: string, counts: Readonly<Record<Action, number>>): void {
    for (const [action, count] of Object.entries(counts)) if (count > 0) this.#actions.add(count, { action });
    const { retained, ...done } = counts;
    if (Object.values(done).some((count) => count > 0))
      this.init.logger.info({ bucket, ...counts }, 'lifecycle rules carried out');
    else if (retained > 0)
      this.init.logger.debug({ bucket, retained }, 'locks keep versions that lifecycle rules expire');
  }
}

export function declareLifecycleCounter(metrics: Metrics): Counter<'action'> {
  return metrics.counter({
    name: 'cess_gateway_lifecycle_actions_total',
    help: 'Actions of lifecycle rules, by action; moved: to another storage class; retained: versions that a lock keeps, or whose content under a key of the customer or a named key cannot be stored again as it is sealed; postponed: transitions that failed, to be tried again',
    labels: ['action'],
  });
}

function outcomeOf(version: ObjectRecord, deletion: Deletion | undefined): Action | undefined {
  if (deletion === undefined || !deletion.existed) return undefined;
  return deletion.isDeleteMarker && !version.isDeleteMarker ? 'marked' : 'expired';
}
