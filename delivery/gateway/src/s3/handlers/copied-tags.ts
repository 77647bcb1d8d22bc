// The tags of a copy: those of its source, or those that the request states.
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import type { Tags } from '../tags.js';
import type { CopySource } from './copy-source.js';

/**
 * The tags, given those that the source has when the copy is entered. Throws AccessDenied if the caller may not read the tags
 * that would be copied, and InvalidArgument for an unknown directive.
 */
export async function tagsOfCopy(
  { headers, access }: Pick<S3Context, 'headers' | 'access'>,
  { bucketName, bucket, key, versionId, object }: CopySource,
  stated: Tags,
): Promise<(current: Tags) => Tags> {
  const directive = headers['x-amz-tagging-directive'] ?? 'COPY';
  if (directive === 'REPLACE') return () => stated;
  if (directive !== 'COPY') throw new S3Error('InvalidArgument', { message: 'Unknown tagging directive.' });
  const hasTags = object.tags.length > 0;
  if (hasTags) {
    const action = versionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging';
    await access.require(action, { bucket: { name: bucketName, record: bucket }, key, versionId });
  }
  return (current) => {
    // Nothing has decided yet whether the caller may read tags that were added since.
    if (current.length > 0 && !hasTags) throw new S3Error('PreconditionFailed');
    return current;
  };
}
