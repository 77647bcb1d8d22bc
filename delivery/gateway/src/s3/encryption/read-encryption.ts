// What a request needs to read an object: the key of the customer, if the object was stored with one.
import type { LockFor } from '@cess/data-path';
import type { ObjectRecord } from '@cess/object-index';
import { S3Error } from '../errors.js';
import {
  customerKeyHeaders,
  invalidRequest,
  type KeyBearer,
  type KeyHeaders,
  parseCustomerKey,
} from './customer-key.js';
import { encryptionOf, isCustomerKey } from './object-encryption.js';

export interface ReadEncryption {
  /** For the data path; none where the key of the bucket is enough. */
  readonly lockFor: LockFor | undefined;
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Throws InvalidRequest for a key that is missing or not needed, and AccessDenied for a wrong one, as Amazon does. */
export function encryptionOfRead(
  bearer: KeyBearer,
  object: Pick<ObjectRecord, 'attributes'>,
  prefix: KeyHeaders = 'x-amz-',
): ReadEncryption {
  const customer = parseCustomerKey(bearer, prefix);
  const encryption = encryptionOf(object);
  if (encryption === undefined) {
    if (customer === undefined) return withBucketKey;
    throw invalidRequest('The encryption parameters are not applicable to this object.');
  }
  if (customer === undefined) {
    throw invalidRequest(
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    );
  }
  if (!isCustomerKey(encryption, customer.key)) throw new S3Error('AccessDenied');
  const { key } = customer;
  return { lockFor: () => ({ type: 'customer', key }), headers: customerKeyHeaders(customer) };
}

/** What an answer without a key says of an object. */
export function storedEncryptionHeaders(object: Pick<ObjectRecord, 'attributes'> | undefined): Record<string, string> {
  return object !== undefined && encryptionOf(object) !== undefined ? {} : { ...withBucketKey.headers };
}

const withBucketKey: ReadEncryption = {
  lockFor: undefined,
  headers: { 'x-amz-server-side-encryption': 'AES256' },
};
