// PutBucketPolicy and GetBucketPolicyStatus. Reads and deletion of the policy are those of every configuration.
import { requireNamedBucket } from '../bucket-access.js';
import { bucketPolicy } from '../configurations/bucket-policy.js';
import { putConfiguration } from '../configurations/handlers.js';
import { effectiveBlock } from '../configurations/public-access-block.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { sendXml } from '../responses.js';
import { document, element } from '../xml.js';

/** Refuses a public policy in a bucket that blocks public policies. */
export const putBucketPolicy = putConfiguration(bucketPolicy, {
  status: 204,
  check: ({ configurations }, bucket, policy) => {
    if (policy.isPublic && effectiveBlock(configurations, bucket).blockPublicPolicy) {
      throw new S3Error('AccessDenied', {
        message: 'The public access block of the bucket (BlockPublicPolicy) does not allow public bucket policies.',
      });
    }
  },
});

/** Whether Amazon would call the policy public. */
export async function getBucketPolicyStatus(context: S3Context): Promise<void> {
  const bucket = requireNamedBucket(context);
  const policy = context.configurations.read(bucketPolicy, bucket);
  if (policy === undefined) throw new S3Error('NoSuchBucketPolicy', { details: { BucketName: bucket.name } });
  sendXml(context.response, 200, document('PolicyStatus', element('IsPublic', policy.isPublic)));
}
