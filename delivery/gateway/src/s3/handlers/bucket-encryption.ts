// PutBucketEncryption, GetBucketEncryption, DeleteBucketEncryption.

import { accountIdOf } from '@cess/access';
import { IamError } from '@cess/accounts';
import { readWholeBody } from '../body/payload.js';
import { requireNamedBucket } from '../bucket-access.js';
import {
  bucketEncryption,
  type DefaultEncryption,
  encryptionDocument,
  plainEncryption,
} from '../configurations/bucket-encryption.js';
import { replaceConfiguration } from '../configurations/configuration.js';
import { deleteConfiguration } from '../configurations/handlers.js';
import type { S3Context } from '../context.js';
import { asS3Error } from '../encryption/named-key.js';
import { sendEmpty, sendXml } from '../responses.js';

export async function putBucketEncryption(context: S3Context): Promise<void> {
  const bucket = requireNamedBucket(context);
  const body = await readWholeBody(context, bucketEncryption.maxBytes);
  const value = await withArn(context, bucketEncryption.parse(body, bucket.name), accountIdOf(bucket.record.owner));
  await replaceConfiguration(context.index, bucket, bucketEncryption, { value, body });
  sendEmpty(context.response, 200);
}

export async function getBucketEncryption(context: S3Context): Promise<void> {
  const value = context.configurations.read(bucketEncryption, requireNamedBucket(context));
  sendXml(context.response, 200, encryptionDocument(value ?? plainEncryption));
}

/** Resets the encryption to Amazon's default. */
export const deleteBucketEncryption = deleteConfiguration(bucketEncryption);

/** An alias can name another key later, so the ARN of the key is stored. */
async function withArn(context: S3Context, value: DefaultEncryption, account: string): Promise<DefaultEncryption> {
  const { key } = value;
  if (key === undefined) return value;
  try {
    return { ...value, key: await context.namedKeys.arnOf({ account, key }, context.nowMs()) };
  } catch (error) {
    throw error instanceof IamError ? asS3Error(error) : error;
  }
}
