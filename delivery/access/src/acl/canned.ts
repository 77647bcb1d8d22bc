// Canned access control lists: what the header x-amz-acl stands for.
import { type AccessControlPolicy, type AclGrant, type AclGroup, type AclPermission, aclGroups } from './grants.js';

const cannedAcls = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
  'log-delivery-write',
] as const;

export type CannedAcl = (typeof cannedAcls)[number];

export function isCannedAcl(name: string): name is CannedAcl {
  return (cannedAcls as readonly string[]).includes(name);
}

export interface AclOwners {
  /** Canonical id of the owner of the resource. */
  readonly owner: string;
  /** Canonical id of the owner of the bucket, where the resource is an object. */
  readonly bucketOwner?: string;
}

/** The list that the name stands for. `bucket-owner-*` grants nothing on a bucket, as at Amazon. */
export function cannedAcl(name: CannedAcl, { owner, bucketOwner }: AclOwners): AccessControlPolicy {
  const grants: AclGrant[] = [user(owner, 'FULL_CONTROL')];
  switch (name) {
    case 'public-read':
      grants.push(group('allUsers', 'READ'));
      break;
    case 'public-read-write':
      grants.push(group('allUsers', 'READ'), group('allUsers', 'WRITE'));
      break;
    case 'authenticated-read':
      grants.push(group('authenticatedUsers', 'READ'));
      break;
    case 'log-delivery-write':
      grants.push(group('logDelivery', 'WRITE'), group('logDelivery', 'READ_ACP'));
      break;
    case 'bucket-owner-read':
    case 'bucket-owner-full-control':
      if (bucketOwner !== undefined && bucketOwner !== owner)
        grants.push(user(bucketOwner, name === 'bucket-owner-read' ? 'READ' : 'FULL_CONTROL'));
      break;
    case 'private':
      break;
  }
  return { owner, grants };
}

function user(id: string, permission: AclPermission): AclGrant {
  return { grantee: { type: 'CanonicalUser', id }, permission };
}

function group(name: keyof typeof aclGroups, permission: AclPermission): AclGrant {
  const uri: AclGroup = aclGroups[name];
  return { grantee: { type: 'Group', uri }, permission };
}
