// Changes what a version states about itself, in one transaction: tags, retention, legal hold.
import type { VersionChange } from '@cess/object-index';
import type { S3Context } from '../context.js';
import { sameBucket } from '../same-bucket.js';
import { requestedVersion } from '../versions.js';
import { requireObject } from './require-object.js';

/** Resolves with the id of the version, if answers name one. Throws as a read of the object does. */
export async function changeObject(
  context: S3Context,
  change: VersionChange['change'],
  options: Pick<VersionChange, 'bypassesGovernance'> = {},
): Promise<string | undefined> {
  const { bucket, versionId } = await requireObject(context);
  const isSame = sameBucket(bucket);
  const name = { bucket: context.target.bucket, key: context.target.key };
  await context.index.changeVersion(name, {
    versionId: requestedVersion(context.target),
    change: (version, record) => {
      isSame(version, record);
      return change(version, record);
    },
    ...options,
  });
  return versionId;
}
