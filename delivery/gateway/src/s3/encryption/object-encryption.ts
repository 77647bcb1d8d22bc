// How an object is encrypted beside the key of its bucket, as its record states it (ADR 63). Absent for most objects.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ObjectRecord } from '@cess/object-index';
import { fromHex, fromUtf8, toHex, utf8 } from '@cess/primitives';

/** A key of the customer. `check` tells it from other keys; the key itself is not stored. */
export interface CustomerEncryption {
  readonly type: 'customer';
  readonly salt: Uint8Array;
  readonly check: Uint8Array;
}

export type ObjectEncryption = CustomerEncryption;

type Attributes = ObjectRecord['attributes'];

const attributeName = 'encryption';
const checkContext = utf8('CESS/customer-key/v1');
const tagContext = utf8('CESS/customer-etag/v1');
const saltLength = 16;

export function encryptionOf({ attributes }: { readonly attributes: Attributes }): ObjectEncryption | undefined {
  const stored = attributes.find(([name]) => name === attributeName)?.[1];
  if (stored === undefined) return undefined;
  const { salt, check } = JSON.parse(fromUtf8(stored)) as { readonly salt: string; readonly check: string };
  return { type: 'customer', salt: fromHex(salt), check: fromHex(check) };
}

export function withEncryption(attributes: Attributes, encryption: ObjectEncryption | undefined): Attributes {
  const others = attributes.filter(([name]) => name !== attributeName);
  if (encryption === undefined) return others;
  const { type, salt, check } = encryption;
  const document = JSON.stringify({ type, salt: toHex(salt), check: toHex(check) });
  return [...others, [attributeName, utf8(document)]];
}

/** What is stored in place of a key; `salt` is random. */
export function customerEncryption(key: Uint8Array, salt: Uint8Array): CustomerEncryption {
  return { type: 'customer', salt, check: checkOf(key, salt) };
}

export function isCustomerKey({ salt, check }: CustomerEncryption, key: Uint8Array): boolean {
  return timingSafeEqual(checkOf(key, salt), check);
}

/** An entity tag that follows from content and key, and tells nobody without the key the digest of the content. */
export function customerEntityTag(key: Uint8Array, md5: string): string {
  return createHmac('sha256', key).update(tagContext).update(md5).digest('hex').slice(0, 32);
}

export const newSalt = (randomBytes: (length: number) => Uint8Array): Uint8Array => randomBytes(saltLength);

function checkOf(key: Uint8Array, salt: Uint8Array): Buffer {
  return createHmac('sha256', key).update(checkContext).update(salt).digest();
}
