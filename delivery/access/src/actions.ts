// The actions of Amazon S3 for general-purpose buckets (AWS Service Authorization Reference, "Actions, resources, and
// condition keys for Amazon S3"), and what each of them is applied to.
import { createWork } from './matching/parts.js';
import { compilePattern } from './matching/pattern.js';

/** `account`: resource `*`; `bucket`: `arn:aws:s3:::bucket`; `object`: `arn:aws:s3:::bucket/key`. */
export type ActionResource = 'account' | 'bucket' | 'object';

const accountActions = ['CreateBucket', 'ListAllMyBuckets'] as const;

const bucketActions = [
  'CreateBucketMetadataTableConfiguration',
  'DeleteBucket',
  'DeleteBucketMetadataTableConfiguration',
  'DeleteBucketPolicy',
  'DeleteBucketWebsite',
  'GetAccelerateConfiguration',
  'GetAnalyticsConfiguration',
  'GetBucketAbac',
  'GetBucketAcl',
  'GetBucketCORS',
  'GetBucketLocation',
  'GetBucketLogging',
  'GetBucketMetadataTableConfiguration',
  'GetBucketNotification',
  'GetBucketObjectLockConfiguration',
  'GetBucketOwnershipControls',
  'GetBucketPolicy',
  'GetBucketPolicyStatus',
  'GetBucketPublicAccessBlock',
  'GetBucketRequestPayment',
  'GetBucketTagging',
  'GetBucketVersioning',
  'GetBucketWebsite',
  'GetEncryptionConfiguration',
  'GetIntelligentTieringConfiguration',
  'GetInventoryConfiguration',
  'GetLifecycleConfiguration',
  'GetMetricsConfiguration',
  'GetReplicationConfiguration',
  'ListBucket',
  'ListBucketMultipartUploads',
  'ListBucketVersions',
  // MinIO's name: the live stream of events, which Amazon does not offer.
  'ListenBucketNotification',
  'PutAccelerateConfiguration',
  'PutAnalyticsConfiguration',
  'PutBucketAbac',
  'PutBucketAcl',
  'PutBucketCORS',
  'PutBucketLogging',
  'PutBucketNotification',
  'PutBucketObjectLockConfiguration',
  'PutBucketOwnershipControls',
  'PutBucketPolicy',
  'PutBucketPublicAccessBlock',
  'PutBucketRequestPayment',
  'PutBucketTagging',
  'PutBucketVersioning',
  'PutBucketWebsite',
  'PutEncryptionConfiguration',
  'PutIntelligentTieringConfiguration',
  'PutInventoryConfiguration',
  'PutLifecycleConfiguration',
  'PutMetricsConfiguration',
  'PutReplicationConfiguration',
  'UpdateBucketMetadataAnnotationTableConfiguration',
  'UpdateBucketMetadataInventoryTableConfiguration',
  'UpdateBucketMetadataJournalTableConfiguration',
] as const;

const objectActions = [
  'AbortMultipartUpload',
  'BypassGovernanceRetention',
  'DeleteObject',
  'DeleteObjectAnnotation',
  'DeleteObjectTagging',
  'DeleteObjectVersion',
  'DeleteObjectVersionTagging',
  'GetObject',
  'GetObjectAcl',
  'GetObjectAnnotation',
  'GetObjectAttributes',
  'GetObjectLegalHold',
  'GetObjectRetention',
  'GetObjectTagging',
  'GetObjectTorrent',
  'GetObjectVersion',
  'GetObjectVersionAcl',
  'GetObjectVersionAttributes',
  'GetObjectVersionForReplication',
  'GetObjectVersionTagging',
  'GetObjectVersionTorrent',
  'ListMultipartUploadParts',
  'ListObjectAnnotations',
  'ObjectOwnerOverrideToBucketOwner',
  'PutObject',
  'PutObjectAcl',
  'PutObjectAnnotation',
  'PutObjectLegalHold',
  'PutObjectRetention',
  'PutObjectTagging',
  'PutObjectVersionAcl',
  'PutObjectVersionTagging',
  'ReplicateDelete',
  'ReplicateObject',
  'ReplicateTags',
  'RestoreObject',
  'UpdateObjectEncryption',
] as const;

type ActionName = (typeof accountActions | typeof bucketActions | typeof objectActions)[number];

/** An action of S3 as a policy names it. */
export type S3Action = `s3:${ActionName}`;

export interface S3ActionRow {
  readonly name: S3Action;
  readonly resource: ActionResource;
}

/** All actions of S3. */
export const s3Actions: readonly S3ActionRow[] = [
  ...accountActions.map((name) => ({ name: `s3:${name}` as const, resource: 'account' as const })),
  ...bucketActions.map((name) => ({ name: `s3:${name}` as const, resource: 'bucket' as const })),
  ...objectActions.map((name) => ({ name: `s3:${name}` as const, resource: 'object' as const })),
];

/** The actions of S3 that a pattern of an element `Action` matches. */
export function actionsMatching(pattern: string): readonly S3ActionRow[] {
  const matcher = compilePattern(pattern.toLowerCase());
  const work = createWork();
  return s3Actions.filter(({ name }) => matcher.matches(name.toLowerCase(), work));
}
