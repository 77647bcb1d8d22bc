// Owner and access control list of an object that a request creates.
import { assertAclAccepted, isPublicAcl } from '@cess/access';
import type { ObjectRecord } from '@cess/object-index';
import { toHex } from '@cess/primitives';
import { withAcl } from '../configurations/access-control-list.js';
import type { NamedBucket } from '../configurations/configuration.js';
import type { ConfigurationCache } from '../configurations/configuration-cache.js';
import { effectiveOwnership } from '../configurations/object-ownership.js';
import { effectiveBlock } from '../configurations/public-access-block.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { type AclRequest, aclOfHeaders, newOwner, resolveAcl } from './requested-acl.js';

/**
 * What the request gives the object. Throws AccessControlListNotSupported where lists do not count, and AccessDenied for a
 * public list that the bucket blocks. The object of an anonymous writer belongs to the owner of the bucket: nobody could act as
 * its owner otherwise.
 */
export function ownershipOfNewObject(
  { caller, headers, configurations }: Pick<S3Context, 'caller' | 'headers' | 'configurations'>,
  bucket: NamedBucket,
): Pick<ObjectRecord, 'owner' | 'attributes'> {
  const requested = aclOfHeaders(headers);
  const ownership = effectiveOwnership(configurations, bucket);
  const bucketOwner = toHex(bucket.record.owner);
  if (ownership === 'BucketOwnerEnforced') {
    requireAccepted(requested, bucketOwner);
    return { owner: undefined, attributes: [] };
  }
  const { account } = caller;
  const owner = newOwner(ownership, { writer: account?.canonicalId ?? bucketOwner, bucketOwner }, requested);
  const acl = requested === undefined ? undefined : resolveAcl(requested, { owner, bucketOwner });
  if (acl !== undefined && isPublicAcl(acl)) requireNoBlock(configurations, bucket);
  return {
    owner: owner === bucketOwner ? undefined : account?.owner,
    attributes: requested === 'private' ? [] : withAcl([], acl),
  };
}

/** Throws AccessControlListNotSupported unless the list says that the owner of the bucket owns everything. */
export function requireAccepted(requested: AclRequest | undefined, bucketOwner: string): void {
  const list = typeof requested === 'object' ? { ...requested, owner: bucketOwner } : requested;
  assertAclAccepted('BucketOwnerEnforced', list, bucketOwner);
}

/** Throws AccessDenied where public lists are blocked. */
export function requireNoBlock(configurations: ConfigurationCache, bucket: NamedBucket): void {
  if (!effectiveBlock(configurations, bucket).blockPublicAcls) return;
  throw new S3Error('AccessDenied', {
    message: 'The public access block of the bucket (BlockPublicAcls) does not allow public access control lists.',
  });
}
