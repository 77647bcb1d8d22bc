// Changes what a version states about itself, in one transaction: tags, retention, legal hold.
import type { ChangeSettings, VersionDeletion } from '@cess/object-index';
import type { S3Context } from '../context.js';
import { sameBucket } from '../same-bucket.js';
import { requestedVersion } from '../versions.js';
import { requireObject } from './require-object.js';

/** Resolves with the id of the version, if answers name one. Throws as a read of the object does. */
export async function changeObject(
  context: S3Context,
  change: ChangeSettings,
  options: Pick<VersionDeletion, 'bypassesGovernance'> = {},
): Promise<string | undefined> {
  const { bucket, versionId } = await requireObject(context);
  const isSame = sameBucket(bucket);
  const name = { bucket: context.target.bucket, key: context.target.key };
  const changeSame: ChangeSettings = (version, record) => {
    isSame(version, record);
    return change(version, record);
  };
  await context.index.changeObject(name, requestedVersion(context.target), changeSame, options);
  return versionId;
}
