// Buckets inside an index transaction: creation, changes, and the deletion in bounded steps.

import { removeCompletions } from './completions.js';
import { indexError } from './errors.js';
import type { IndexView, Portions } from './index-view.js';
import * as keys from './keys.js';
import { assertLockKept } from './object-lock.js';
import { requireBucket } from './objects.js';
import { type BucketRecord, bucketRecord } from './records.js';
import { dropUpload, readParts } from './uploads.js';
import { versionsOfBucket } from './version-keys.js';

/** Bounds of one transaction of a bucket's deletion. */
const uploadsPerStep = 1000;
const partsPerStep = 10_000;
const completionsPerStep = 1000;

export function* addBucket(view: IndexView, name: string, bucket: BucketRecord): Portions {
  const existing = yield* view.get(keys.bucketKey(name));
  if (existing !== undefined) throw indexError('BUCKET_EXISTS', { owner: bucketRecord.decode(existing).owner });
  view.put(keys.bucketKey(name), bucketRecord.encode(bucket));
}

/** Versions of a bucket that kept them stay reachable: it can stop to keep new ones, and never forgets that it did. */
export function* changeBucket(
  view: IndexView,
  name: string,
  change: (bucket: BucketRecord) => BucketRecord,
): Portions<BucketRecord> {
  const before = yield* requireBucket(view, name);
  const changed = change(before);
  if (before.versioning !== 'never' && changed.versioning === 'never') throw indexError('VERSIONING_PERMANENT');
  assertLockKept(before, changed);
  view.put(keys.bucketKey(name), bucketRecord.encode(changed));
  return changed;
}

/** Aborts some uploads, or deletes the bucket if there are none left; returns whether it is deleted. */
export function* deleteBucketStep(view: IndexView, name: string, nextSequence: () => number): Portions<boolean> {
  yield* requireBucket(view, name);
  for (const table of [keys.objectPrefix(name), versionsOfBucket(name)]) {
    const { length } = yield* view.page({ ...keys.rangeOf(table), limit: 1 });
    if (length > 0) throw indexError('BUCKET_NOT_EMPTY');
  }
  let droppedParts = 0;
  const uploads = yield* view.page({ ...keys.rangeOf(keys.uploadPrefix(name)), limit: uploadsPerStep });
  for (const [key] of uploads) {
    const upload = { bucket: name, ...keys.uploadOfKey(name, key) };
    const parts = yield* readParts(view, upload.uploadId);
    yield* dropUpload(view, upload, parts, nextSequence);
    droppedParts += parts.size;
    if (droppedParts >= partsPerStep) return false;
  }
  const completions = yield* removeCompletions(view, name, completionsPerStep);
  if (uploads.length === uploadsPerStep || completions === completionsPerStep) return false;
  view.delete(keys.bucketKey(name));
  return true;
}
