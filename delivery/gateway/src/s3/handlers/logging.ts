// PutBucketLogging: who sets it must be allowed to write what the gateway will write, and both buckets have one owner.
import { equalBytes } from '@cess/primitives';
import { readWholeBody } from '../body/payload.js';
import { findBucket, requireNamedBucket } from '../bucket-access.js';
import { replaceConfiguration } from '../configurations/configuration.js';
import { bucketLogging } from '../configurations/logging.js';
import { defaultRetention } from '../configurations/object-lock.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { sendEmpty } from '../responses.js';

export async function putBucketLogging(context: S3Context): Promise<void> {
  const { index, configurations, access, nowMs } = context;
  const bucket = requireNamedBucket(context);
  const body = await readWholeBody(context, bucketLogging.maxBytes);
  const value = bucketLogging.parse(body, bucket.name);
  const { target } = value;
  if (target !== undefined) {
    const record = await findBucket(index, target.bucket);
    if (record === undefined) throw invalidTarget('The target bucket for logging does not exist');
    if (!equalBytes(record.owner, bucket.record.owner))
      throw invalidTarget('The owner for the bucket to be logged and the target bucket must be the same');
    const named = { name: target.bucket, record };
    if (defaultRetention(configurations, named, nowMs()) !== undefined)
      throw invalidTarget('The target bucket must not have a default retention');
    await access.require('s3:PutObject', { bucket: named, key: target.prefix });
  }
  await replaceConfiguration(index, bucket, bucketLogging, { value, body });
  sendEmpty(context.response, 200);
}

function invalidTarget(message: string): S3Error {
  return new S3Error('InvalidTargetBucketForLogging', { message });
}
