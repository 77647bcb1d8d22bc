// Objects inside an index transaction.
import { indexError } from './errors.js';
import type { IndexView } from './group-commit.js';
import * as keys from './keys.js';
import { type BucketRecord, bucketRecord, type ObjectRecord, objectRecord } from './records.js';

export interface ObjectName {
  readonly bucket: string;
  readonly key: string;
}

/** Checked inside the transaction that replaces or deletes; throws to refuse. */
export type Precondition = (current: ObjectRecord | undefined, bucket: BucketRecord) => void;

export function readObject(view: IndexView, { bucket, key }: ObjectName): ObjectRecord | undefined {
  const value = view.get(keys.objectKey(bucket, key));
  return value === undefined ? undefined : objectRecord.decode(value);
}

/** The object that a write replaces, after its precondition. */
export function checkedObject(view: IndexView, name: ObjectName, check?: Precondition): ObjectRecord | undefined {
  const bucket = requireBucket(view, name.bucket);
  const current = readObject(view, name);
  check?.(current, bucket);
  return current;
}

export function requireBucket(view: IndexView, bucket: string): BucketRecord {
  const value = view.get(keys.bucketKey(bucket));
  if (value === undefined) throw indexError('BUCKET_NOT_FOUND');
  return bucketRecord.decode(value);
}
