// Access control lists as data (Amazon S3 User Guide, "Access control list (ACL) overview").
import { CessError } from '@cess/primitives';

export type AclPermission = 'FULL_CONTROL' | 'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP';

export const aclGroups = {
  allUsers: 'http://acs.amazonaws.com/groups/global/AllUsers',
  authenticatedUsers: 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers',
  logDelivery: 'http://acs.amazonaws.com/groups/s3/LogDelivery',
} as const;

export type AclGroup = (typeof aclGroups)[keyof typeof aclGroups];

/** An account by its canonical id, or one of Amazon's groups. Grants by e-mail address are not supported. */
export type Grantee =
  | { readonly type: 'CanonicalUser'; readonly id: string; readonly displayName?: string }
  | { readonly type: 'Group'; readonly uri: AclGroup };

export interface AclGrant {
  readonly grantee: Grantee;
  readonly permission: AclPermission;
}

export interface AccessControlPolicy {
  /** Canonical id of the owner. */
  readonly owner: string;
  readonly grants: readonly AclGrant[];
}

export const maxGrants = 100;
const permissions = new Set<string>(['FULL_CONTROL', 'READ', 'WRITE', 'READ_ACP', 'WRITE_ACP']);
const groups = new Set<string>(Object.values(aclGroups));
const canonicalId = /^[0-9a-f]{32,64}$/;

/** An AccessControlPolicy as an XML reader gives it, before validation. */
export interface RawAccessControlPolicy {
  readonly owner?: string | undefined;
  readonly grants: readonly RawGrant[];
}

export interface RawGrant {
  /** The attribute xsi:type of the grantee. */
  readonly type?: string | undefined;
  readonly id?: string | undefined;
  readonly displayName?: string | undefined;
  readonly uri?: string | undefined;
  readonly permission?: string | undefined;
}

/** Validates a list. The owner must be the owner of the bucket or object. Throws `ACL_MALFORMED`. */
export function parseAccessControlPolicy(raw: RawAccessControlPolicy, owner: string): AccessControlPolicy {
  if (raw.owner !== undefined && raw.owner !== owner) throw aclError('Owner', 'must be the owner of the resource');
  assertGrantCount(raw.grants.length);
  return { owner, grants: raw.grants.map((grant, index) => parseGrant(grant, `Grant[${index}]`)) };
}

export function assertGrantCount(count: number): void {
  if (count > maxGrants) throw aclError('AccessControlList', `has ${count} grants; it may have at most ${maxGrants}`);
}

export function parseGrant({ type, id, displayName, uri, permission }: RawGrant, at: string): AclGrant {
  if (permission === undefined || !permissions.has(permission))
    throw aclError(`${at}.Permission`, `must be one of ${[...permissions].join(', ')}`);
  const grantee = parseGrantee({ type, id, displayName, uri }, `${at}.Grantee`);
  return { grantee, permission: permission as AclPermission };
}

function parseGrantee({ type, id, displayName, uri }: RawGrant, at: string): Grantee {
  if (type === 'CanonicalUser') {
    if (id === undefined || !canonicalId.test(id)) throw aclError(`${at}.ID`, 'must be a canonical user id');
    return { type, id, ...(displayName === undefined ? {} : { displayName }) };
  }
  if (type === 'Group') {
    if (uri === undefined || !groups.has(uri)) throw aclError(`${at}.URI`, 'must be a group that Amazon S3 defines');
    return { type, uri: uri as AclGroup };
  }
  if (type === 'AmazonCustomerByEmail')
    throw aclError(at, 'is an e-mail address, which is not supported; use a canonical user id');
  throw aclError(at, 'must be a CanonicalUser or a Group');
}

export function aclError(at: string, what: string): CessError<'ACL_MALFORMED'> {
  return new CessError('ACL_MALFORMED', `${at} ${what}.`, { at });
}

/** The list as the fields of an AccessControlPolicy document. */
export function printAccessControlPolicy({ owner, grants }: AccessControlPolicy): RawAccessControlPolicy {
  return { owner, grants: grants.map(({ grantee, permission }) => ({ ...grantee, permission })) };
}
