// Settings of buckets that are the same for all: what is true of every bucket, or Amazon's answer for a bucket without the
// setting.
import { readWholeBody } from '../body/payload.js';
import { requireBucket } from '../bucket-access.js';
import type { S3Context } from '../context.js';
import { S3Error, type S3ErrorCode } from '../errors.js';
import type { S3Handler } from '../operations/operation.js';
import { sendEmpty, sendXml } from '../responses.js';
import { document, element, parseXml, textFields } from '../xml.js';

const paymentRoot = 'RequestPaymentConfiguration';
const maxPaymentBytes = 8 * 1024;

export async function getBucketRequestPayment(context: S3Context): Promise<void> {
  requireBucket(context);
  sendXml(context.response, 200, document(paymentRoot, element('Payer', 'BucketOwner')));
}

/** Accepts what is true of every bucket. */
export async function putBucketRequestPayment(context: S3Context): Promise<void> {
  requireBucket(context);
  const { Payer: payer } = textFields(parseXml(await readWholeBody(context, maxPaymentBytes), paymentRoot), ['Payer']);
  if (payer === 'Requester') {
    throw new S3Error('NotImplemented', {
      message: 'Requesters cannot pay: the owner of a bucket pays the network for it.',
      details: { Element: 'Payer' },
    });
  }
  if (payer !== 'BucketOwner') throw new S3Error('MalformedXML');
  sendEmpty(context.response, 200);
}

/** The response for a configuration that no bucket has: Amazon's error for a bucket without it. */
export function notConfigured(code: S3ErrorCode): S3Handler {
  return async (context) => {
    requireBucket(context);
    throw new S3Error(code, { details: { BucketName: context.target.bucket } });
  };
}
