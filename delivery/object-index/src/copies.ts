// Copies inside an index transaction: an object that shares the files of another.
import { indexError } from './errors.js';
import { distinctFiles, getFile, putFile, retainFiles } from './files.js';
import type { IndexView, Portions } from './index-view.js';
import type { ObjectName } from './keys.js';
import { enterObject, type Precondition, readNamed, requireBucket, type WriteTools, type Written } from './objects.js';
import type { BucketRecord, FileRecord, NewObject, ObjectRecord } from './records.js';
import type { VersionId } from './version-id.js';

/** The buckets of a copy, in its transaction. */
export interface CopyBuckets {
  readonly from: BucketRecord;
  readonly to: BucketRecord;
}

export interface CopySourceName extends ObjectName {
  /** None: the current object. */
  readonly versionId?: VersionId | undefined;
}

interface Copy {
  readonly source: CopySourceName;
  readonly make: (source: ObjectRecord) => NewObject;
  readonly wrap: (file: FileRecord, buckets: CopyBuckets) => Uint8Array | undefined;
  readonly check: Precondition | undefined;
}

/** Reads the source again, wraps the keys of its files for the target bucket, and enters the copy. Yields after each file. */
export function* copyObject(
  view: IndexView,
  name: ObjectName,
  { source, make, wrap, check }: Copy,
  tools: WriteTools,
): Portions<Written> {
  const current = yield* readNamed(view, source, source.versionId);
  if (current === undefined || current.isDeleteMarker) throw indexError('OBJECT_NOT_FOUND');
  const buckets = { from: yield* requireBucket(view, source.bucket), to: yield* requireBucket(view, name.bucket) };
  for (const fileId of distinctFiles(current.extents)) {
    yield;
    const file = yield* getFile(view, fileId);
    const sealed = wrap(file, buckets);
    if (sealed !== undefined) {
      const others = file.keyWraps.filter(({ bucket }) => bucket !== name.bucket);
      putFile(view, fileId, { ...file, keyWraps: [...others, { bucket: name.bucket, wrap: sealed }] });
    }
  }
  const object = make(current);
  const retain = () => retainFiles(view, object.extents);
  return yield* enterObject(view, name, { object, check, retain }, tools);
}
