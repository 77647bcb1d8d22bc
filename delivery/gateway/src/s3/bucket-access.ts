// Access to buckets: a request may use only buckets of its own account, and a write only the bucket it began with.
import type { BucketRecord, Precondition } from '@cess/object-index';
import { equalBytes } from '@cess/primitives';
import type { S3Context } from './context.js';
import { S3Error } from './errors.js';
import { isPossibleBucketName } from './request.js';

/** The bucket of a request, if it exists and belongs to the caller. */
export function requireBucket(context: Pick<S3Context, 'index' | 'account'>, name: string): BucketRecord {
  const bucket = isPossibleBucketName(name) ? context.index.getBucket(name) : undefined;
  if (bucket === undefined) throw new S3Error('NoSuchBucket', { details: { BucketName: name.slice(0, 255) } });
  if (!equalBytes(bucket.owner, context.account.owner)) throw new S3Error('AccessDenied');
  return bucket;
}

/**
 * The precondition of a write whose keys are wrapped for `bucket`: it must still be that bucket, not one that was
 * created under the same name while the body was on its way.
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
