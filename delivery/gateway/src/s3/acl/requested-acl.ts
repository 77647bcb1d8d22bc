// The access control list that a request asks for: a canned name, grants in headers, or XML in the body.
import {
  type AccessControlPolicy,
  type CannedAcl,
  cannedAcl,
  grantHeaders,
  isCannedAcl,
  type ObjectOwnership,
  ownerOfNewObject,
  parseAccessControlPolicy,
  parseGrantHeaders,
  type RawGrant,
} from '@cess/access';
import { isCessError } from '@cess/primitives';
import { S3Error } from '../errors.js';
import { childrenOf, parseXml, textFields, type XmlNode } from '../xml.js';

type Headers = Readonly<Record<string, string>>;
type Grants = Pick<AccessControlPolicy, 'grants'>;

/** A canned name, or explicit grants, before it is known to whom the resource belongs. */
export type AclRequest = CannedAcl | Grants;

/** What the headers ask for; undefined without such headers. Throws InvalidArgument and InvalidRequest. */
export function aclOfHeaders(headers: Headers): AclRequest | undefined {
  const canned = headers['x-amz-acl']?.trim();
  const hasGrants = Object.keys(grantHeaders).some((name) => headers[name] !== undefined);
  if (canned !== undefined && hasGrants) {
    throw new S3Error('InvalidRequest', {
      message: 'Specifying both Canned ACLs and Header Grants is not allowed.',
    });
  }
  if (hasGrants) return { grants: grantsOf(headers) };
  if (canned === undefined || isCannedAcl(canned)) return canned;
  throw invalidArgument('x-amz-acl', canned);
}

/** The grants of a body. Throws MalformedACLError. */
export function aclOfDocument(body: Uint8Array, owner: string): Grants {
  const content = parseXml(body, 'AccessControlPolicy');
  textFields(content, [], ['Owner', 'AccessControlList']);
  const [ownerNode] = childrenOf(content, 'Owner');
  const [list, ...more] = childrenOf(content, 'AccessControlList');
  if (list === undefined || more.length > 0) throw new S3Error('MalformedACLError');
  textFields(list, [], ['Grant']);
  const raw = {
    owner: ownerNode === undefined ? undefined : textFields(ownerNode, ['ID', 'DisplayName']).ID?.trim(),
    grants: childrenOf(list, 'Grant').map(readGrant),
  };
  if (raw.owner === undefined) throw new S3Error('MalformedACLError');
  if (raw.owner !== owner) throw new S3Error('AccessDenied');
  return parseAccessControlPolicy(raw, owner);
}

/** The list that a request asks for, once the owners are known. */
export function resolveAcl(
  requested: AclRequest,
  owners: { readonly owner: string; readonly bucketOwner?: string },
): AccessControlPolicy {
  return typeof requested === 'string' ? cannedAcl(requested, owners) : { ...requested, owner: owners.owner };
}

/** Canonical id of the owner of a new object. */
export function newOwner(
  ownership: ObjectOwnership,
  owners: { readonly writer: string; readonly bucketOwner: string },
  requested: AclRequest | undefined,
): string {
  return ownerOfNewObject(ownership, { ...owners, ...(typeof requested === 'string' ? { acl: requested } : {}) });
}

/** The parser of the document does not tell the type of a grantee, which its fields show. */
function readGrant(node: XmlNode): RawGrant {
  const { Permission: permission } = textFields(node, ['Permission'], ['Grantee']);
  const [grantee, ...more] = childrenOf(node, 'Grantee');
  if (grantee === undefined || more.length > 0) throw new S3Error('MalformedACLError');
  const fields = textFields(grantee, ['ID', 'DisplayName', 'URI', 'EmailAddress', 'Type']);
  const id = fields.ID?.trim();
  const uri = fields.URI?.trim();
  const hasEmail = fields.EmailAddress !== undefined;
  if ([id !== undefined, uri !== undefined, hasEmail].filter(Boolean).length !== 1) {
    throw new S3Error('MalformedACLError');
  }
  const type = hasEmail ? 'AmazonCustomerByEmail' : id === undefined ? 'Group' : 'CanonicalUser';
  return { type, id, uri, permission: permission?.trim() };
}

function grantsOf(headers: Headers) {
  try {
    return parseGrantHeaders(headers);
  } catch (error) {
    if (!isCessError(error, 'ACL_MALFORMED')) throw error;
    throw new S3Error('InvalidArgument', { message: error.message, cause: error });
  }
}

function invalidArgument(name: string, value: string): S3Error {
  return new S3Error('InvalidArgument', {
    details: { ArgumentName: name, ArgumentValue: value.slice(0, 255) },
  });
}
