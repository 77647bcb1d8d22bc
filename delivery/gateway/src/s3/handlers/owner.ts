// The owner of a bucket and of everything in it, as answers name it.
import { toHex } from '@cess/primitives';
import type { S3Account } from '../context.js';
import { document, element } from '../xml.js';

/** `tag` is Owner or Initiator. */
export function ownerElement(account: S3Account, tag = 'Owner'): string {
  return `<${tag}>${ownerContent(account)}</${tag}>`;
}

/** The access control list of every bucket and object: its owner has full control. */
export function accessControlPolicy(account: S3Account): string {
  const grantee = `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">${ownerContent(account)}</Grantee>`;
  const grant = `<Grant>${grantee}<Permission>FULL_CONTROL</Permission></Grant>`;
  return document('AccessControlPolicy', `${ownerElement(account)}<AccessControlList>${grant}</AccessControlList>`);
}

function ownerContent({ owner, territory }: S3Account): string {
  return `${element('ID', toHex(owner))}${element('DisplayName', territory)}`;
}
