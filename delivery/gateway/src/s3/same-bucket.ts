// The precondition that ties a write to the bucket it started with.
import type { BucketRecord, Precondition } from '@cess/object-index';
import { equalBytes } from '@cess/primitives';
import { S3Error } from './errors.js';

/**
 * The precondition of a write whose keys are wrapped for `bucket`: it must still be that bucket, not one that was
 * created under the same name during the upload.
 */
export function sameBucket(bucket: BucketRecord, check?: Precondition): Precondition {
  return (current, now) => {
    const isSame =
      now.createdAtMs === bucket.createdAtMs &&
      now.keyWraps.every((wrap, i) => equalBytes(wrap, bucket.keyWraps[i] ?? wrap.subarray(1)));
    if (!isSame) throw new S3Error('NoSuchBucket');
    check?.(current, now);
  };
}
