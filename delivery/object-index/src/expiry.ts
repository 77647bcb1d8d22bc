// Expiry of one version inside an index transaction. Whoever walks a bucket sees versions at some time and decides later: the
// decision is taken here again, about what the version is now.
import type { IndexView, Portions, ReadView } from './index-view.js';
import type { ObjectName } from './keys.js';
import * as keys from './keys.js';
import { type Deletion, deleteCurrent, deleteVersion, readNamed, requireBucket, type WriteTools } from './objects.js';
import type { BucketRecord, ObjectRecord } from './records.js';
import { hasVersionId, type VersionId } from './version-id.js';
import { versionKey, versionsOf } from './version-keys.js';

/** Where a version stands among those of its key. */
export interface VersionPlace {
  readonly isNewest: boolean;
  /** Noncurrent versions that are newer; counted up to 100, the most that a lifecycle rule keeps. */
  readonly newerNoncurrent: number;
  readonly isOnly: boolean;
}

export type Expiry = 'keep' | 'remove' | 'add-delete-marker';
export type DecideExpiry = (version: ObjectRecord, place: VersionPlace, bucket: BucketRecord) => Expiry;

const countedNewer = 100;

/** Undefined: the version is gone, or it is kept. Throws `OBJECT_LOCKED` for a version that may not be removed. */
export function* expireVersion(
  view: IndexView,
  name: ObjectName,
  { versionId, decide }: { readonly versionId: VersionId; readonly decide: DecideExpiry },
  tools: WriteTools,
): Portions<Deletion | undefined> {
  const bucket = yield* requireBucket(view, name.bucket);
  const version = yield* readNamed(view, name, versionId);
  if (version === undefined) return undefined;
  const decision = decide(version, yield* placeOf(view, name, version, versionId), bucket);
  if (decision === 'keep') return undefined;
  if (decision === 'remove') return yield* deleteVersion(view, name, { versionId }, tools);
  return yield* deleteCurrent(view, name, undefined, tools);
}

export function* placeOf(
  view: ReadView,
  name: ObjectName,
  version: ObjectRecord,
  versionId: VersionId,
): Portions<VersionPlace> {
  const current = yield* readNamed(view, name);
  const older = keys.rangeOf(versionsOf(name));
  if (current !== undefined && hasVersionId(current, versionId)) {
    const others = yield* view.page({ ...older, limit: 1 });
    return { isNewest: true, newerNoncurrent: 0, isOnly: others.length === 0 };
  }
  const newer = yield* view.page({
    gte: older.gte,
    lt: versionKey(name, version.ordinal),
    limit: countedNewer + 1,
  });
  // Without an object, the newest version of the table is a delete marker, which is the current one.
  const newerNoncurrent = current === undefined ? Math.max(0, newer.length - 1) : newer.length;
  const isNewest = current === undefined && newer.length === 0;
  const isOnly = isNewest && (yield* view.page({ ...older, limit: 2 })).length === 1;
  return { isNewest, newerNoncurrent: Math.min(newerNoncurrent, countedNewer), isOnly };
}
