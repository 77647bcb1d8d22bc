// The owner of a bucket, and of the objects in it, as answers name it.
import type { BucketRecord, ObjectRecord } from '@cess/object-index';
import { toHex } from '@cess/primitives';
import { document, element } from '../xml.js';

type Owner = Pick<BucketRecord, 'owner'> & Partial<Pick<BucketRecord, 'territory'>>;

/** `tag` is Owner or Initiator. */
export function ownerElement(owner: Owner, tag = 'Owner'): string {
  return `<${tag}>${ownerContent(owner)}</${tag}>`;
}

/** The owner of an object, with a name only where it is the owner of the bucket. */
export function ownerOf(bucket: BucketRecord, object: Pick<ObjectRecord, 'owner'>): Owner {
  return object.owner === undefined ? bucket : { owner: object.owner };
}

/** The access control list of every bucket and object: its owner has full control. */
export function accessControlPolicy(owner: Owner): string {
  const grantee = `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">${ownerContent(owner)}</Grantee>`;
  const grant = `<Grant>${grantee}<Permission>FULL_CONTROL</Permission></Grant>`;
  return document('AccessControlPolicy', `${ownerElement(owner)}<AccessControlList>${grant}</AccessControlList>`);
}

function ownerContent({ owner, territory }: Owner): string {
  return `${element('ID', toHex(owner))}${element('DisplayName', territory)}`;
}
