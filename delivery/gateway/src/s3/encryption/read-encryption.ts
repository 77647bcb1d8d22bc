// What a request needs to read an object: the key of the customer, if the object was stored with one, or the right to use the named
// key.
import type { LockFor } from '@cess/data-path';
import { dataPathError } from '@cess/data-path';
import type { ObjectRecord } from '@cess/object-index';
import { S3Error } from '../errors.js';
import {
  type CustomerKey,
  customerKeyHeaders,
  invalidRequest,
  type KeyBearer,
  type KeyHeaders,
  parseCustomerKey,
} from './customer-key.js';
import { type KeyUser, lockOf, namedEncryptionHeaders, useNamedKey } from './named-key.js';
import { encryptionOf, isCustomerKey } from './object-encryption.js';

export interface ReadEncryption {
  /** For the data path; none where the key of the bucket is enough. */
  readonly lockFor: LockFor | undefined;
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;
}

type Encrypted = Pick<ObjectRecord, 'attributes'>;

/** Throws InvalidRequest for a key that is missing or not needed, and AccessDenied for a wrong one, as Amazon does. */
export async function encryptionOfRead(
  reader: KeyBearer & KeyUser,
  object: Encrypted,
  prefix: KeyHeaders = 'x-amz-',
): Promise<ReadEncryption> {
  const customer = checkCustomerKey(reader, object, prefix);
  const headers = headersOf(object, customer, reader.region);
  if (customer !== undefined) {
    const { key } = customer;
    return { lockFor: () => ({ type: 'customer', key }), headers };
  }
  const encryption = encryptionOf(object);
  if (encryption?.type !== 'named') return { lockFor: undefined, headers };
  const key = await useNamedKey(reader, 'kms:Decrypt', { account: encryption.account, key: encryption.keyId });
  const lockFor: LockFor = (wrap) => {
    if (wrap.type !== 'named') throw dataPathError('GATEWAY_KEY_MISSING');
    return lockOf(key, wrap.value.version, encryption);
  };
  return { lockFor, headers };
}

/** For an answer without content: a named key is not used. Throws as `encryptionOfRead` for keys of customers. */
export function encryptionHeaders(
  reader: KeyBearer & Pick<KeyUser, 'region'>,
  object: Encrypted,
): Readonly<Record<string, string>> {
  return headersOf(object, checkCustomerKey(reader, object, 'x-amz-'), reader.region);
}

/** What an answer without a key of the customer says of an object, upload or nothing. */
export function storedEncryptionHeaders(object: Encrypted | undefined, region: string): Record<string, string> {
  const encryption = object === undefined ? undefined : encryptionOf(object);
  if (encryption === undefined) return { 'x-amz-server-side-encryption': 'AES256' };
  return encryption.type === 'named' ? namedEncryptionHeaders(encryption, region) : {};
}

function headersOf(object: Encrypted, customer: CustomerKey | undefined, region: string): Record<string, string> {
  return customer === undefined ? storedEncryptionHeaders(object, region) : customerKeyHeaders(customer);
}

function checkCustomerKey(bearer: KeyBearer, object: Encrypted, prefix: KeyHeaders): CustomerKey | undefined {
  const customer = parseCustomerKey(bearer, prefix);
  const encryption = encryptionOf(object);
  if (encryption?.type !== 'customer') {
    if (customer === undefined) return undefined;
    throw invalidRequest('The encryption parameters are not applicable to this object.');
  }
  if (customer === undefined) {
    throw invalidRequest(
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    );
  }
  if (!isCustomerKey(encryption, customer.key)) throw new S3Error('AccessDenied');
  return customer;
}
