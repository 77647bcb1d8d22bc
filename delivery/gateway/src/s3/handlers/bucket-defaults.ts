// Settings of buckets that are the same for all: what is true of every bucket, or Amazon's answer for a bucket without the
// setting.
import { readWholeBody } from '../body/payload.js';
import { requireBucket } from '../bucket-access.js';
import type { S3Context } from '../context.js';
import { S3Error, type S3ErrorCode } from '../errors.js';
import type { S3Handler } from '../operations/operation.js';
import { sendEmpty, sendXml } from '../responses.js';
import { childrenOf, document, element, parseXml, textFields } from '../xml.js';

const maxDocumentBytes = 64 * 1024;

/** Answers the document of the setting, which no bucket can change. */
function fixedSetting(root: string, content: string): S3Handler {
  return async (context) => {
    requireBucket(context);
    sendXml(context.response, 200, document(root, content));
  };
}

export const getBucketAccelerateConfiguration = fixedSetting('AccelerateConfiguration', '');
export const getBucketRequestPayment = fixedSetting('RequestPaymentConfiguration', element('Payer', 'BucketOwner'));

/** Every object is encrypted with AES-256 (docs/protocol/data-path.md). */
const byDefault = `<ApplyServerSideEncryptionByDefault>${element('SSEAlgorithm', 'AES256')}</ApplyServerSideEncryptionByDefault>`;
export const getBucketEncryption = fixedSetting(
  'ServerSideEncryptionConfiguration',
  `<Rule>${byDefault}${element('BucketKeyEnabled', 'false')}</Rule>`,
);

/** Accepts what is true anyway: encryption with AES-256 under keys of the gateway. */
export async function putBucketEncryption(context: S3Context): Promise<void> {
  requireBucket(context);
  const content = parseXml(await readWholeBody(context, maxDocumentBytes), 'ServerSideEncryptionConfiguration');
  textFields(content, [], ['Rule']);
  const [rule, ...more] = childrenOf(content, 'Rule');
  if (rule === undefined || more.length > 0) throw new S3Error('MalformedXML');
  textFields(rule, ['BucketKeyEnabled'], ['ApplyServerSideEncryptionByDefault']);
  const [encryption] = childrenOf(rule, 'ApplyServerSideEncryptionByDefault');
  if (encryption === undefined) throw new S3Error('MalformedXML');
  const { SSEAlgorithm: algorithm, KMSMasterKeyID: key } = textFields(encryption, ['SSEAlgorithm', 'KMSMasterKeyID']);
  if (algorithm === undefined) throw new S3Error('MalformedXML');
  if (algorithm !== 'AES256' || key !== undefined) {
    throw new S3Error('NotImplemented', {
      message: 'This gateway encrypts every object with AES256 under keys of its own (SSE-S3). It has no AWS KMS keys.',
      details: { Element: algorithm === 'AES256' ? 'KMSMasterKeyID' : 'SSEAlgorithm' },
    });
  }
  sendEmpty(context.response, 200);
}

/** Resets the encryption to Amazon's default, which is what every bucket has. */
export async function deleteBucketEncryption(context: S3Context): Promise<void> {
  requireBucket(context);
  sendEmpty(context.response, 204);
}

/** The response for a configuration that no bucket has: Amazon's error for a bucket without it. */
export function notConfigured(code: S3ErrorCode): S3Handler {
  return async (context) => {
    requireBucket(context);
    throw new S3Error(code, { details: { BucketName: context.target.bucket } });
  };
}
