// Access control lists of buckets and objects as they are stored: the grants as JSON, in the configuration `acl` of a bucket and
// the attribute `acl` of an object. Both are absent for a private list, which most are.
import {
  type AccessControlPolicy,
  type AclGrant,
  cannedAcl,
  parseAccessControlPolicy,
  type RawGrant,
} from '@cess/access';
import type { BucketRecord, ObjectRecord } from '@cess/object-index';
import { fromUtf8, toHex, utf8 } from '@cess/primitives';
import type { BucketConfiguration, NamedBucket } from './configuration.js';
import type { ConfigurationCache } from './configuration-cache.js';

const attributeName = 'acl';

/** Stored for a bucket whose list is not private. Requests send it as XML or headers (acl/requested-acl.ts). */
export const bucketAcl: BucketConfiguration<readonly AclGrant[]> = {
  name: attributeName,
  maxBytes: 64 * 1024,
  parse: decodeGrants,
  serialise: (grants) => fromUtf8(encodeGrants(grants)),
  contentType: 'application/json',
  notFound: 'InternalError',
};

/** The list of a bucket. */
export function aclOfBucket(configurations: ConfigurationCache, bucket: NamedBucket): AccessControlPolicy {
  const owner = toHex(bucket.record.owner);
  const grants = configurations.read(bucketAcl, bucket);
  return grants === undefined ? cannedAcl('private', { owner }) : { owner, grants };
}

/** Owner of an object in its bucket. */
export function ownerOfObject(bucket: BucketRecord, object: Pick<ObjectRecord, 'owner'>): Uint8Array {
  return object.owner ?? bucket.owner;
}

/** The list of an object, where the bucket's ownership lets lists count. */
export function aclOfObject(bucket: BucketRecord, object: ObjectRecord): AccessControlPolicy {
  const owner = toHex(ownerOfObject(bucket, object));
  const stored = object.attributes.find(([name]) => name === attributeName)?.[1];
  return stored === undefined ? cannedAcl('private', { owner }) : { owner, grants: decodeGrants(stored) };
}

/** The attributes of an object with this list. */
export function withAcl(
  attributes: ObjectRecord['attributes'],
  acl: AccessControlPolicy | undefined,
): ObjectRecord['attributes'] {
  const others = attributes.filter(([name]) => name !== attributeName);
  return acl === undefined ? others : [...others, [attributeName, encodeGrants(acl.grants)]];
}

function encodeGrants(grants: readonly AclGrant[]): Uint8Array {
  return utf8(JSON.stringify(grants.map(({ grantee, permission }) => ({ ...grantee, permission }))));
}

function decodeGrants(stored: Uint8Array): readonly AclGrant[] {
  const grants = JSON.parse(fromUtf8(stored)) as readonly RawGrant[];
  return parseAccessControlPolicy({ grants }, '').grants;
}
