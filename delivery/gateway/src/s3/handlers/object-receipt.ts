// GetObjectReceipt: a file that proves offline what the chain records of an object (docs/protocol/receipts.md).
import { isCessError, isRetryable } from '@cess/primitives';
import type { S3Context } from '../context.js';
import { encryptionHeaders, encryptionOfRead } from '../encryption/read-encryption.js';
import { S3Error } from '../errors.js';
import { sendBody } from '../responses.js';
import { versionHeaders } from '../versions.js';
import { requireObject } from './require-object.js';

export async function getObjectReceipt(context: S3Context): Promise<void> {
  const { target, receipts, client, signal } = context;
  const { bucket, object, versionId } = await requireObject(context);
  const withStreamKeys = target.query.has('stream-keys');
  const lockFor = withStreamKeys ? (await encryptionOfRead(context, object)).lockFor : undefined;
  // As GetObjectAttributes: a key of the customer must be right, and the answer says nothing of it.
  if (!withStreamKeys) encryptionHeaders(context, object);
  const named = { bucketName: target.bucket, key: target.key, versionId };
  try {
    const receipt = await receipts.issue({ ...named, bucket, object, withStreamKeys, lockFor, client }, signal);
    sendBody(context.response, 200, receipt, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...versionHeaders(versionId),
    });
  } catch (error) {
    // Among others, the chain has not finalized the record of the object yet.
    if (!isCessError(error) || !isRetryable(error)) throw error;
    const headers = { 'retry-after': '5' };
    throw new S3Error('ServiceUnavailable', { message: error.message, cause: error, headers });
  }
}
