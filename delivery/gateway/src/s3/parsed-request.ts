// What a request says before anybody knows who sent it: method, target, headers, and the bucket that it names.
import type { IncomingMessage } from 'node:http';
import type { BucketRecord, ObjectIndex } from '@cess/object-index';
import type { SessionCaller } from './auth/verify-signature.js';
import { findBucket } from './bucket-access.js';
import type { NamedBucket } from './configurations/configuration.js';
import { bucketOfHost, flatHeaders, originForm, parseTarget, type S3Target } from './request.js';

export interface ParsedRequest {
  readonly method: string;
  readonly target: S3Target;
  /** Lower-case names; as sent, without those of a presigned URL. */
  readonly headers: Readonly<Record<string, string>>;
  /** The only read of the bucket's record for this request. */
  readonly bucket: BucketRecord | undefined;
  /** The host is one of a website: the request is a visitor's, not one of the S3 API. */
  readonly isForWebsite: boolean;
  /** Who sends it, where the console has signed them in. */
  readonly session?: SessionCaller | undefined;
}

export interface ParseInit {
  readonly index: ObjectIndex;
  /** Domains under which buckets are addressed as `bucket.domain`. */
  readonly domains: readonly string[];
  /** Domains under which buckets are served as websites; they count before the others. */
  readonly websiteDomains: readonly string[];
}

/** Throws InvalidURI and KeyTooLongError. */
export async function parseRequest(
  request: IncomingMessage,
  { index, domains, websiteDomains }: ParseInit,
): Promise<ParsedRequest> {
  const headers = flatHeaders(request);
  const { target: text, authority = headers['host'] } = originForm(request.url ?? '/');
  const website = bucketOfHost(authority, websiteDomains);
  const target = parseTarget(text, website ?? bucketOfHost(authority, domains));
  const bucket = await findBucket(index, target.bucket);
  return { method: request.method ?? '', target, headers, bucket, isForWebsite: website !== undefined };
}

/** The bucket that the request names, if it exists. */
export function namedBucketOf({ target, bucket }: Pick<ParsedRequest, 'target' | 'bucket'>): NamedBucket | undefined {
  return bucket === undefined ? undefined : { name: target.bucket, record: bucket };
}
