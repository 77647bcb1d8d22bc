// The owner of a bucket, and of the objects in it, as answers name it.
import type { BucketRecord, ObjectRecord } from '@cess/object-index';
import { toHex } from '@cess/primitives';
import { element } from '../xml.js';

/** `tag` is Owner or Initiator. */
export function ownerElement(bucket: BucketRecord, tag = 'Owner'): string {
  return `<${tag}>${canonicalUser(toHex(bucket.owner), bucket)}</${tag}>`;
}

export function objectOwnerElement(bucket: BucketRecord, object: Pick<ObjectRecord, 'owner'>): string {
  return `<Owner>${canonicalUser(toHex(object.owner ?? bucket.owner), bucket)}</Owner>`;
}

/** An account by its canonical id. The owner of the bucket is shown with the name of the bucket's territory. */
export function canonicalUser(id: string, bucket: BucketRecord): string {
  return `${element('ID', id)}${id === toHex(bucket.owner) ? element('DisplayName', bucket.territory) : ''}`;
}
