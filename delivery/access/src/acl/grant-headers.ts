// The headers x-amz-grant-*: lists such as `id="79a5…", uri="http://acs.amazonaws.com/groups/global/AllUsers"`.
import { type AclGrant, type AclPermission, aclError, assertGrantCount, parseGrant } from './grants.js';

export const grantHeaders: Readonly<Record<string, AclPermission>> = {
  'x-amz-grant-full-control': 'FULL_CONTROL',
  'x-amz-grant-read': 'READ',
  'x-amz-grant-read-acp': 'READ_ACP',
  'x-amz-grant-write': 'WRITE',
  'x-amz-grant-write-acp': 'WRITE_ACP',
};

const types: Readonly<Record<string, string>> = {
  id: 'CanonicalUser',
  uri: 'Group',
  emailaddress: 'AmazonCustomerByEmail',
};
/** The quotes may be missing. */
const entry = /^([A-Za-z]+)=(?:"([^"]*)"|([^",=\s]+))$/;

/** The grants of all headers; names in lower case. Throws `ACL_MALFORMED`. */
export function parseGrantHeaders(headers: Readonly<Record<string, string | undefined>>): readonly AclGrant[] {
  const grants = Object.entries(grantHeaders).flatMap(([name, permission]) => {
    const value = headers[name];
    return value === undefined ? [] : value.split(',').map((part) => parseEntry(part.trim(), permission, name));
  });
  assertGrantCount(grants.length);
  return grants;
}

function parseEntry(text: string, permission: AclPermission, header: string): AclGrant {
  const [, name = '', quoted, bare] = entry.exec(text) ?? [];
  const type = Object.hasOwn(types, name.toLowerCase()) ? types[name.toLowerCase()] : undefined;
  if (type === undefined) throw aclError(header, 'must be a list of id="…" and uri="…"');
  const value = quoted ?? bare;
  return parseGrant({ type, id: value, uri: value, permission }, header);
}
