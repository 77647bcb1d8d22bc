// The object or version that a request names.
import { type BucketRecord, type ObjectName, type ObjectRecord, versionIdOf } from '@cess/object-index';
import { requireListing } from '../access/missing-object.js';
import { requireBucket } from '../bucket-access.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { requestedVersion, shownVersionId, versionHeaders } from '../versions.js';

export interface FoundObject {
  readonly bucket: BucketRecord;
  readonly object: ObjectRecord;
  /** None where the bucket never kept versions. */
  readonly versionId: string | undefined;
}

/** The object that the request reads: the current one, or the version that it names. */
export async function requireObject(context: S3Context): Promise<FoundObject> {
  const bucket = requireBucket(context);
  const name = { bucket: context.target.bucket, key: context.target.key };
  const wanted = requestedVersion(context.target);
  const target = { bucket: { name: name.bucket, record: bucket }, key: name.key, versionId: wanted };
  const object = await context.access.object(target);
  if (object === undefined) {
    await requireListing(context, target.bucket);
    if (wanted === undefined) throw await noCurrentObject(context, name, bucket);
    const VersionId = (context.target.query.get('versionId') ?? '').slice(0, 255);
    throw new S3Error('NoSuchVersion', { details: { Key: name.key, VersionId } });
  }
  if (object.isDeleteMarker) {
    const headers = { ...markerHeaders(object), 'last-modified': new Date(object.lastModifiedMs).toUTCString() };
    const details = { Method: 'GET', ResourceType: 'DeleteMarker' };
    throw new S3Error('MethodNotAllowed', { details, headers: { ...headers, allow: 'DELETE' } });
  }
  return { bucket, object, versionId: shownVersionId(bucket, object) };
}

async function noCurrentObject({ index }: S3Context, name: ObjectName, { versioning }: BucketRecord): Promise<S3Error> {
  const marker = versioning === 'never' ? undefined : await index.getDeleteMarker(name);
  const headers = marker === undefined ? {} : markerHeaders(marker);
  return new S3Error('NoSuchKey', { details: { Key: name.key }, headers });
}

function markerHeaders(marker: ObjectRecord): Record<string, string> {
  return { 'x-amz-delete-marker': 'true', ...versionHeaders(versionIdOf(marker)) };
}
