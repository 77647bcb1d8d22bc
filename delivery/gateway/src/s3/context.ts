// What every S3 handler works with.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BucketRecord, ObjectIndex, Precondition } from '@cess/object-index';
import { equalBytes } from '@cess/primitives';
import type { Protection } from '../declaration/protection.js';
import type { ObjectStorage } from '../object-storage.js';
import type { Authenticated } from './auth/verify-signature.js';
import type { RequestBody } from './body/request-body.js';
import { S3Error } from './errors.js';
import { isPossibleBucketName, type S3Target } from './request.js';

/** A client's credentials and what they open: access key -> account -> territory. */
export interface S3Account {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Account id on chain that owns the buckets. */
  readonly owner: Uint8Array;
  /** X25519 key of the owner: every bucket key is sealed to it. */
  readonly ownerKey: Uint8Array;
  readonly territory: string;
}

export interface S3Services {
  readonly index: ObjectIndex;
  readonly storage: ObjectStorage;
  readonly protection: Pick<Protection, 'statusOf'>;
  readonly region: string;
  readonly nowMs: () => number;
}

export interface S3Context extends S3Services {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: S3Target;
  readonly body: RequestBody;
  /** Lower-case names; repeated headers joined with commas; those that a presigned URL carries included. */
  readonly headers: Readonly<Record<string, string>>;
  readonly auth: Authenticated;
  readonly account: S3Account;
  readonly requestId: string;
  /** Aborted when the client goes away or the server stops. */
  readonly signal: AbortSignal;
}

/** The bucket of a request, if it exists and belongs to the caller. */
export function requireBucket(context: Pick<S3Context, 'index' | 'account'>, name: string): BucketRecord {
  const bucket = isPossibleBucketName(name) ? context.index.getBucket(name) : undefined;
  if (bucket === undefined) throw new S3Error('NoSuchBucket', { details: { BucketName: name.slice(0, 255) } });
  if (!equalBytes(bucket.owner, context.account.owner)) throw new S3Error('AccessDenied');
  return bucket;
}

/**
 * The precondition of a write whose keys are wrapped for `bucket`: it must still be that bucket, not one that was
 * created under the same name while the body was on its way.
 */
export function sameBucket(bucket: BucketRecord, check?: Precondition): Precondition {
  return (current, now) => {
    const isSame =
      now.createdAtMs === bucket.createdAtMs &&
      now.keyWraps.every((wrap, i) => equalBytes(wrap, bucket.keyWraps[i] ?? wrap.subarray(1)));
    if (!isSame) throw new S3Error('NoSuchBucket');
    check?.(current, now);
  };
}

export function sendXml(
  response: ServerResponse,
  status: number,
  xml: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(xml, 'utf8');
  response.writeHead(status, { ...headers, 'content-type': 'application/xml', 'content-length': body.length });
  response.end(body);
}

export function sendEmpty(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, ...(status === 204 || status === 304 ? {} : { 'content-length': '0' }) });
  response.end();
}
