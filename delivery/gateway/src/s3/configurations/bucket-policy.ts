// The policy of a bucket: JSON, stored and answered byte by byte.
import { type CompiledPolicy, compilePolicy, parsePolicy } from '@cess/access';
import { S3Error } from '../errors.js';
import type { BucketConfiguration } from './configuration.js';

export const bucketPolicy: BucketConfiguration<CompiledPolicy> = {
  name: 'policy',
  maxBytes: 20 * 1024,
  parse: (document, bucketName) =>
    compilePolicy(parsePolicy(decode(document), 'bucket', { bucket: bucketName }), bucketName),
  contentType: 'application/json',
  notFound: 'NoSuchBucketPolicy',
};

function decode(document: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(document);
  } catch (cause) {
    throw new S3Error('MalformedPolicy', { message: 'Policies must be JSON in UTF-8.', cause });
  }
}
