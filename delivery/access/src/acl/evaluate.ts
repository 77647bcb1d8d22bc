// What an access control list grants to a principal.
import type { S3Action } from '../actions.js';
import { accountOf, type Principal } from '../evaluation/principal.js';
import { type AccessControlPolicy, type AclGrant, type AclPermission, aclGroups } from './grants.js';

/** `account`: the administrators of the account may use the grant; `everyone`: also anonymous requests. */
export type AclReach = 'account' | 'everyone';

/** Actions to the permission that grants them, on the list of the bucket. */
const bucketPermissions: Partial<Record<S3Action, AclPermission>> = {
  's3:ListBucket': 'READ',
  's3:ListBucketVersions': 'READ',
  's3:ListBucketMultipartUploads': 'READ',
  's3:PutObject': 'WRITE',
  's3:GetBucketAcl': 'READ_ACP',
  's3:PutBucketAcl': 'WRITE_ACP',
};

/** On the list of the object. */
const objectPermissions: Partial<Record<S3Action, AclPermission>> = {
  's3:GetObject': 'READ',
  's3:GetObjectVersion': 'READ',
  's3:GetObjectAcl': 'READ_ACP',
  's3:GetObjectVersionAcl': 'READ_ACP',
  's3:PutObjectAcl': 'WRITE_ACP',
  's3:PutObjectVersionAcl': 'WRITE_ACP',
};

/** Which list decides about an action, and by which permission; undefined for actions that no list grants. */
export function aclPermission(
  action: string,
): { readonly list: 'bucket' | 'object'; readonly permission: AclPermission } | undefined {
  const bucket = lookup(bucketPermissions, action);
  if (bucket !== undefined) return { list: 'bucket', permission: bucket };
  const object = lookup(objectPermissions, action);
  return object === undefined ? undefined : { list: 'object', permission: object };
}

function lookup(table: Partial<Record<S3Action, AclPermission>>, action: string): AclPermission | undefined {
  return Object.hasOwn(table, action) ? table[action as S3Action] : undefined;
}

export interface AclOptions {
  /** IgnorePublicAcls: grants to all, or to all who have an account, count for nothing. */
  readonly ignoresPublic?: boolean;
}

/** How the list grants the permission to the principal; undefined if it does not. */
export function aclReach(
  { grants }: AccessControlPolicy,
  principal: Principal,
  permission: AclPermission,
  { ignoresPublic = false }: AclOptions = {},
): AclReach | undefined {
  let reach: AclReach | undefined;
  for (const grant of grants) {
    if (grant.permission !== permission && grant.permission !== 'FULL_CONTROL') continue;
    if (ignoresPublic && isPublicGrant(grant)) continue;
    const found = reachOfGrant(grant, principal);
    if (found === 'everyone') return found;
    reach ??= found;
  }
  return reach;
}

function reachOfGrant({ grantee }: AclGrant, principal: Principal): AclReach | undefined {
  if (grantee.type === 'CanonicalUser')
    return 'canonicalId' in principal && principal.canonicalId === grantee.id ? 'account' : undefined;
  if (grantee.uri === aclGroups.allUsers) return 'everyone';
  // Whoever signs a request passes; within the account of the bucket as if the grant named everyone.
  if (grantee.uri === aclGroups.authenticatedUsers) return accountOf(principal) === undefined ? undefined : 'everyone';
  return principal.kind === 'service' && principal.service === 'logging.s3.amazonaws.com' ? 'everyone' : undefined;
}

/** Amazon calls a list public that grants anything to all, or to all who have an account. */
export function isPublicAcl({ grants }: AccessControlPolicy): boolean {
  return grants.some(isPublicGrant);
}

function isPublicGrant({ grantee }: AclGrant): boolean {
  return grantee.type === 'Group' && grantee.uri !== aclGroups.logDelivery;
}
