// How an object is encrypted beside the key of its bucket, as its record states it (ADR 63, ADR 64). Absent for most objects.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ObjectRecord } from '@cess/object-index';
import { fromHex, fromUtf8, toHex, utf8 } from '@cess/primitives';

/** A key of the customer. `check` tells it from other keys; the key itself is not stored. */
export interface CustomerEncryption {
  readonly type: 'customer';
  readonly salt: Uint8Array;
  readonly check: Uint8Array;
}

/** A named key of an account of the gateway. */
export interface NamedEncryption {
  readonly type: 'named';
  readonly account: string;
  readonly keyId: string;
  /** Authenticated with the wrap of each stream key; empty: none. */
  readonly context: string;
  /** Stated by the writer, and only repeated: every stream key is wrapped under a key of the bucket anyway. */
  readonly isBucketKeyEnabled: boolean;
}

export type ObjectEncryption = CustomerEncryption | NamedEncryption;

/** What JSON holds: bytes as hexadecimal. */
type Stored = NamedEncryption | { readonly type: 'customer'; readonly salt: string; readonly check: string };
type Attributes = ObjectRecord['attributes'];

const attributeName = 'encryption';
const checkContext = utf8('CESS/customer-key/v1');
const tagContext = utf8('CESS/customer-etag/v1');

export function encryptionOf({ attributes }: { readonly attributes: Attributes }): ObjectEncryption | undefined {
  const bytes = attributes.find(([name]) => name === attributeName)?.[1];
  if (bytes === undefined) return undefined;
  const stored = JSON.parse(fromUtf8(bytes)) as Stored;
  return stored.type === 'named'
    ? stored
    : { type: 'customer', salt: fromHex(stored.salt), check: fromHex(stored.check) };
}

export function withEncryption(attributes: Attributes, encryption: ObjectEncryption | undefined): Attributes {
  const others = attributes.filter(([name]) => name !== attributeName);
  return encryption === undefined ? others : [...others, [attributeName, utf8(JSON.stringify(stored(encryption)))]];
}

function stored(encryption: ObjectEncryption): Stored {
  if (encryption.type === 'named') return encryption;
  const { type, salt, check } = encryption;
  return { type, salt: toHex(salt), check: toHex(check) };
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

function checkOf(key: Uint8Array, salt: Uint8Array): Buffer {
  return createHmac('sha256', key).update(checkContext).update(salt).digest();
}
