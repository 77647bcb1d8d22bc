// The precondition that ties a write to the bucket it started with.
import { type BucketRecord, isSameBucket, type Precondition } from '@cess/object-index';
import { S3Error } from './errors.js';

/**
 * The precondition of a write that was decided for `bucket`: it must still be that bucket, not one that was created under the same
 * name during the upload. Its key may have been rotated.
 */
export function sameBucket(bucket: BucketRecord, check?: Precondition): Precondition {
  return (current, now) => {
    if (!isSameBucket(now, bucket)) throw new S3Error('NoSuchBucket');
    check?.(current, now);
  };
}
