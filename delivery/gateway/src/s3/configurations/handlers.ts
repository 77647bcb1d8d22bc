// GET, PUT and DELETE of a bucket's configuration, for every configuration whose document is the body.
import { utf8 } from '@cess/primitives';
import { requireDigest } from '../body/checksums.js';
import { readWholeBody } from '../body/payload.js';
import { requireNamedBucket } from '../bucket-access.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import type { S3Handler } from '../operations/operation.js';
import { sendBody, sendEmpty } from '../responses.js';
import {
  type BucketConfiguration,
  type NamedBucket,
  removeConfiguration,
  replaceConfiguration,
  storedDocument,
} from './configuration.js';

/** Answers the stored document, or that of the initial value. */
export function getConfiguration<T>(configuration: BucketConfiguration<T>): S3Handler {
  return async (context) => {
    const bucket = requireNamedBucket(context);
    const { initial, serialise, notFound, contentType } = configuration;
    const initialDocument = initial === undefined ? undefined : serialise?.(initial);
    const document =
      storedDocument(bucket.record, configuration.name) ??
      (initialDocument === undefined ? undefined : utf8(initialDocument));
    if (document === undefined || document.length === 0) {
      throw new S3Error(notFound, { details: { BucketName: bucket.name } });
    }
    sendBody(context.response, 200, document, { 'content-type': contentType });
  };
}

export interface PutConfigurationOptions<T> {
  /** Whether the body needs Content-MD5 or a checksum, as for some configurations at Amazon. Default: no. */
  readonly needsDigest?: boolean;
  /** Default 200. */
  readonly status?: number;
  /** Refuses values that the bucket may not have. */
  readonly check?: (context: S3Context, bucket: NamedBucket, value: T) => void;
}

export function putConfiguration<T>(
  configuration: BucketConfiguration<T>,
  { needsDigest = false, status = 200, check }: PutConfigurationOptions<T> = {},
): S3Handler {
  return async (context) => {
    const bucket = requireNamedBucket(context);
    if (needsDigest) requireDigest(context.headers);
    const body = await readWholeBody(context, configuration.maxBytes);
    const value = configuration.parse(body, bucket.name);
    check?.(context, bucket, value);
    await replaceConfiguration(context.index, bucket, configuration, { value, body });
    sendEmpty(context.response, status);
  };
}

/** Deleting a configuration that a bucket does not have succeeds. */
export function deleteConfiguration<T>(configuration: BucketConfiguration<T>): S3Handler {
  return async (context) => {
    await removeConfiguration(context.index, requireNamedBucket(context), configuration);
    sendEmpty(context.response, 204);
  };
}
