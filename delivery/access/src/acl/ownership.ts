// Object ownership: who owns a new object, and whether access control lists count (Amazon S3 User Guide, "Controlling
// ownership of objects and disabling ACLs for your bucket").
import { CessError } from '@cess/primitives';
import type { CannedAcl } from './canned.js';
import type { AccessControlPolicy } from './grants.js';

/** Amazon's default for new buckets is `BucketOwnerEnforced`. */
export type ObjectOwnership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';

export function isObjectOwnership(name: string): name is ObjectOwnership {
  return name === 'BucketOwnerEnforced' || name === 'BucketOwnerPreferred' || name === 'ObjectWriter';
}

/** Canonical id of the owner of a new object. */
export function ownerOfNewObject(
  ownership: ObjectOwnership,
  { writer, bucketOwner, acl }: { readonly writer: string; readonly bucketOwner: string; readonly acl?: CannedAcl },
): string {
  if (ownership === 'BucketOwnerEnforced') return bucketOwner;
  return ownership === 'BucketOwnerPreferred' && acl === 'bucket-owner-full-control' ? bucketOwner : writer;
}

/** What a request asks for: a canned list, or explicit grants. */
export type RequestedAcl = CannedAcl | AccessControlPolicy;

/**
 * Where the bucket owner owns everything, lists are accepted only if they say just that: `private`,
 * `bucket-owner-full-control`, or full control for the bucket owner alone. Throws `ACL_NOT_SUPPORTED`.
 */
export function assertAclAccepted(
  ownership: ObjectOwnership,
  acl: RequestedAcl | undefined,
  bucketOwner: string,
): void {
  if (ownership !== 'BucketOwnerEnforced' || acl === undefined) return;
  if (acl === 'private' || acl === 'bucket-owner-full-control') return;
  const isOwnersAlone =
    typeof acl === 'object' &&
    acl.grants.length > 0 &&
    acl.grants.every(
      ({ grantee, permission }) =>
        grantee.type === 'CanonicalUser' && grantee.id === bucketOwner && permission === 'FULL_CONTROL',
    );
  if (isOwnersAlone) return;
  throw new CessError(
    'ACL_NOT_SUPPORTED',
    'The bucket does not allow access control lists. Grant access by a bucket policy.',
  );
}
