// GetObjectReceipt and GetObjectReceiptWithKeys: a file that proves offline what the chain records of an object (docs/protocol/receipts.md).
import { isCessError, isRetryable } from '@cess/primitives';
import type { ReceiptRequest } from '../../receipts/receipt-issuer.js';
import type { S3Context } from '../context.js';
import { encryptionHeaders, encryptionOfRead } from '../encryption/read-encryption.js';
import { S3Error } from '../errors.js';
import { sendBody } from '../responses.js';
import { versionHeaders } from '../versions.js';
import { type FoundObject, requireObject } from './require-object.js';

export async function getObjectReceipt(context: S3Context): Promise<void> {
  const found = await requireObject(context);
  // As GetObjectAttributes: a key of the customer must be right, and the answer says nothing of it.
  encryptionHeaders(context, found.object);
  await sendReceipt(context, found, { withStreamKeys: false, lockFor: undefined });
}

export async function getObjectReceiptWithKeys(context: S3Context): Promise<void> {
  const found = await requireObject(context);
  const { lockFor } = await encryptionOfRead(context, found.object);
  await sendReceipt(context, found, { withStreamKeys: true, lockFor });
}

async function sendReceipt(
  { target, receipts, client, signal, response }: S3Context,
  { bucket, object, versionId }: FoundObject,
  keys: Pick<ReceiptRequest, 'withStreamKeys' | 'lockFor'>,
): Promise<void> {
  const named = { bucketName: target.bucket, key: target.key, versionId };
  try {
    const receipt = await receipts.issue({ ...named, bucket, object, ...keys, client }, signal);
    sendBody(response, 200, receipt, {
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
