// Versions of objects in S3 requests and answers: the version that a request names, and the headers that name one.
import { type BucketRecord, type ObjectRecord, parseVersionId, type VersionId, versionIdOf } from '@cess/object-index';
import { S3Error } from './errors.js';
import type { S3Target } from './request.js';

/** The version that a request names in its query. Throws InvalidArgument for a text that is no version id. */
export function requestedVersion({ query }: Pick<S3Target, 'query'>): VersionId | undefined {
  const text = query.get('versionId');
  return text === undefined ? undefined : requireVersionId(text, 'versionId');
}

export function requireVersionId(text: string, argument: string): VersionId {
  const id = parseVersionId(text);
  if (id !== undefined) return id;
  throw new S3Error('InvalidArgument', {
    message: 'Invalid version id specified.',
    details: { ArgumentName: argument, ArgumentValue: text.slice(0, 255) },
  });
}

/** Names the version that a request read or wrote; nothing where the bucket never kept versions. */
export function versionHeaders(versionId: string | undefined): Record<string, string> {
  return versionId === undefined ? {} : { 'x-amz-version-id': versionId };
}

export function shownVersionId(bucket: BucketRecord, version: ObjectRecord): string | undefined {
  return bucket.versioning === 'never' ? undefined : versionIdOf(version);
}
