// Access control: a request may use only its account's buckets, and a write only the bucket it started with.
import type { BucketRecord, Precondition } from '@cess/object-index';
import { equalBytes, toHex } from '@cess/primitives';
import type { S3Context } from './context.js';
import { S3Error } from './errors.js';
import { isPossibleBucketName } from './request.js';

type AccessContext = Pick<S3Context, 'index' | 'account' | 'headers'>;

/** The bucket that a request addresses, if it exists and belongs to the caller. */
export function requireBucket(context: AccessContext & Pick<S3Context, 'target'>): Promise<BucketRecord> {
  return ownBucket(context, context.target.bucket, 'x-amz-expected-bucket-owner');
}

/** The bucket from which a request copies, if it exists and belongs to the caller. */
export function requireSourceBucket(context: AccessContext, name: string): Promise<BucketRecord> {
  return ownBucket(context, name, 'x-amz-source-expected-bucket-owner');
}

/** Owners are named by their account id in hexadecimal, as the Owner element of listings names them. */
async function ownBucket(
  { index, account, headers }: AccessContext,
  name: string,
  ownerHeader: string,
): Promise<BucketRecord> {
  const bucket = isPossibleBucketName(name) ? await index.getBucket(name) : undefined;
  if (bucket === undefined) throw new S3Error('NoSuchBucket', { details: { BucketName: name.slice(0, 255) } });
  const expected = headers[ownerHeader];
  const isExpected = expected === undefined || expected === toHex(bucket.owner);
  if (!isExpected || !equalBytes(bucket.owner, account.owner)) throw new S3Error('AccessDenied');
  return bucket;
}

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
