// The buckets that a request names: they must exist, and belong to whom the request expects.
import { accountIdOf } from '@cess/access';
import type { BucketRecord } from '@cess/object-index';
import { toHex } from '@cess/primitives';
import type { NamedBucket } from './configurations/configuration.js';
import type { S3Context } from './context.js';
import { S3Error } from './errors.js';
import { isPossibleBucketName } from './request.js';

/** The bucket that a request addresses, with its name. Throws NoSuchBucket, or AccessDenied for another owner. */
export function requireNamedBucket({
  target,
  bucket,
  headers,
}: Pick<S3Context, 'target' | 'bucket' | 'headers'>): NamedBucket {
  return { name: target.bucket, record: requireOwner(target.bucket, bucket, headers['x-amz-expected-bucket-owner']) };
}

/** The bucket that a request addresses. */
export function requireBucket(context: Pick<S3Context, 'target' | 'bucket' | 'headers'>): BucketRecord {
  return requireNamedBucket(context).record;
}

/** The bucket from which a request copies. */
export async function requireSourceBucket(
  { index, headers }: Pick<S3Context, 'index' | 'headers'>,
  name: string,
): Promise<NamedBucket> {
  const record = await findBucket(index, name);
  return { name, record: requireOwner(name, record, headers['x-amz-source-expected-bucket-owner']) };
}

export async function findBucket(index: S3Context['index'], name: string): Promise<BucketRecord | undefined> {
  return isPossibleBucketName(name) ? index.getBucket(name) : undefined;
}

/** A request names an owner by the account id of twelve digits, or by the id that the Owner element of listings shows. */
function requireOwner(name: string, bucket: BucketRecord | undefined, expected: string | undefined): BucketRecord {
  if (bucket === undefined) throw new S3Error('NoSuchBucket', { details: { BucketName: name.slice(0, 255) } });
  if (expected === undefined || expected === toHex(bucket.owner) || expected === accountIdOf(bucket.owner))
    return bucket;
  throw new S3Error('AccessDenied');
}
