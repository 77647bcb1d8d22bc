// Settings of buckets that are the same for all: what is true of every bucket, or Amazon's answer for a bucket without the
// setting.
import { requireBucket } from '../bucket-access.js';
import { S3Error, type S3ErrorCode } from '../errors.js';
import type { S3Handler } from '../operations/operation.js';
import { sendXml } from '../responses.js';
import { document, element } from '../xml.js';

/** Answers the document of the setting, which no bucket can change. */
function fixedSetting(root: string, content: string): S3Handler {
  return async (context) => {
    requireBucket(context);
    sendXml(context.response, 200, document(root, content));
  };
}

export const getBucketAccelerateConfiguration = fixedSetting('AccelerateConfiguration', '');
export const getBucketRequestPayment = fixedSetting('RequestPaymentConfiguration', element('Payer', 'BucketOwner'));

/** The response for a configuration that no bucket has: Amazon's error for a bucket without it. */
export function notConfigured(code: S3ErrorCode): S3Handler {
  return async (context) => {
    requireBucket(context);
    throw new S3Error(code, { details: { BucketName: context.target.bucket } });
  };
}
