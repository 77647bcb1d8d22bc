// The source of CopyObject and UploadPartCopy: parsing, access, conditions.
import type { BucketRecord, CopyBuckets, FileRecord, ObjectRecord, VersionId } from '@cess/object-index';
import { requireListing } from '../access/missing-object.js';
import { requireSourceBucket } from '../bucket-access.js';
import { checkRead } from '../conditions.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { assertKey } from '../request.js';
import { requireVersionId, shownVersionId } from '../versions.js';

export interface CopySource {
  readonly bucketName: string;
  readonly bucket: BucketRecord;
  readonly key: string;
  /** As the request names it; none: the current object. */
  readonly versionId: VersionId | undefined;
  readonly object: ObjectRecord;
}

const versionMark = '?versionId=';

/** Resolves `x-amz-copy-source`. Throws NoSuchBucket, NoSuchKey, NoSuchVersion, AccessDenied, PreconditionFailed. */
export async function resolveCopySource(context: S3Context): Promise<CopySource> {
  const invalid = (): never => {
    throw new S3Error('InvalidArgument', {
      message: 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey.',
    });
  };
  const header = decodeHeader(context.headers['x-amz-copy-source'] ?? invalid());
  const mark = header.indexOf(versionMark);
  const versionId =
    mark < 0 ? undefined : requireVersionId(header.slice(mark + versionMark.length), 'x-amz-copy-source');
  const text = (decodeEscapes(mark < 0 ? header : header.slice(0, mark)) ?? invalid()).replace(/^\//, '');
  const slash = text.indexOf('/');
  if (slash <= 0 || slash === text.length - 1) invalid();
  const bucketName = text.slice(0, slash);
  const key = text.slice(slash + 1);
  assertKey(key);
  const bucket = await requireSourceBucket(context, bucketName);
  const source = { bucket, key, versionId };
  await context.access.require(versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion', source);
  const object = await context.access.object(source);
  if (object === undefined) {
    await requireListing(context, bucket);
    throw new S3Error(versionId === undefined ? 'NoSuchKey' : 'NoSuchVersion', { details: { Key: key } });
  }
  if (object.isDeleteMarker) {
    throw new S3Error('InvalidRequest', {
      message: 'The source of a copy request may not specifically refer to a delete marker by version id.',
    });
  }
  checkRead(context.headers, object, 'x-amz-copy-source-');
  return { bucketName, bucket: bucket.record, key, versionId, object };
}

/** Names the version that was copied; nothing where its bucket never kept versions. */
export function sourceVersionHeaders({ bucket, object }: CopySource): Record<string, string> {
  const versionId = shownVersionId(bucket, object);
  return versionId === undefined ? {} : { 'x-amz-copy-source-version-id': versionId };
}

/** Header bytes are UTF-8 where a client does not escape them. */
function decodeHeader(value: string): string {
  return Buffer.from(value, 'latin1').toString('utf8');
}

/** The whole value may be escaped, its slash included. */
function decodeEscapes(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * Wraps the stream key of a shared file for the target bucket; undefined within one bucket. An existing wrap for that
 * bucket name is replaced: it may belong to a deleted bucket of the same name, which had another key.
 */
export function rewrapFor(context: S3Context, source: CopySource) {
  return (file: FileRecord, { from, to }: CopyBuckets): Uint8Array | undefined => {
    if (source.bucketName === context.target.bucket) return undefined;
    const own = file.keyWraps.find(({ bucket }) => bucket === source.bucketName);
    if (own === undefined)
      throw new S3Error('InternalError', { message: 'A file of the source has no key for its bucket.' });
    return context.storage.rewrap({ streamId: file.streamId, wrap: own.wrap }, from, to);
  };
}
