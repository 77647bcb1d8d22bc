// How a request encrypts what it stores: with the key of the bucket alone, or with a second key as well.
import { randomBytes } from 'node:crypto';
import type { ObjectRecord, UploadRecord } from '@cess/object-index';
import type { StreamLock } from '@cess/sealing';
import { S3Error } from '../errors.js';
import {
  type CustomerKey,
  customerHeader,
  customerKeyHeaders,
  invalidRequest,
  type KeyBearer,
  parseCustomerKey,
} from './customer-key.js';
import {
  customerEncryption,
  customerEntityTag,
  encryptionOf,
  isCustomerKey,
  newSalt,
  type ObjectEncryption,
  withEncryption,
} from './object-encryption.js';

export interface WriteEncryption {
  /** The second key; none: the key of the bucket alone. */
  readonly lock: StreamLock | undefined;
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** The attributes of the object or upload, with how it is encrypted. */
  attributes(others: ObjectRecord['attributes']): ObjectRecord['attributes'];
  /** The entity tag of content with this MD5. */
  entityTag(md5: string): string;
}

/** Of a new object or upload. */
export function encryptionOfWrite(bearer: KeyBearer): WriteEncryption {
  const customer = parseCustomerKey(bearer);
  if (customer === undefined) return withBucketKey;
  if (bearer.headers['x-amz-server-side-encryption'] !== undefined) {
    throw new S3Error('InvalidArgument', {
      message: 'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
    });
  }
  return withCustomerKey(customer, customerEncryption(customer.key, newSalt(randomBytes)));
}

/** Of a part, which has that of its upload. */
export function encryptionOfPart(bearer: KeyBearer, upload: UploadRecord): WriteEncryption {
  const customer = parseCustomerKey(bearer);
  const encryption = encryptionOf(upload);
  if (encryption === undefined) {
    if (customer === undefined) return withBucketKey;
    throw invalidRequest(
      'The multipart upload initiate did not request encryption. Please resend the request without sending encryption parameters.',
    );
  }
  if (customer === undefined) {
    throw invalidRequest(
      'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
    );
  }
  requireSameKey(customer, encryption);
  return withCustomerKey(customer, encryption);
}

/** Headers of the end of an upload. It needs no key; one that it states must be that of the upload. */
export function completionEncryption(
  bearer: KeyBearer,
  upload: Pick<UploadRecord, 'attributes'>,
): Readonly<Record<string, string>> {
  const customer = parseCustomerKey(bearer);
  const encryption = encryptionOf(upload);
  if (customer === undefined) return encryption === undefined ? withBucketKey.headers : {};
  if (encryption === undefined) throw invalidRequest('The encryption parameters are not applicable to this object.');
  requireSameKey(customer, encryption);
  return customerKeyHeaders(customer);
}

function requireSameKey({ key }: CustomerKey, encryption: ObjectEncryption): void {
  if (isCustomerKey(encryption, key)) return;
  throw new S3Error('InvalidArgument', {
    message: 'The provided encryption parameters did not match the ones used originally.',
    details: { ArgumentName: `x-amz-${customerHeader}-key` },
  });
}

const withBucketKey: WriteEncryption = {
  lock: undefined,
  headers: { 'x-amz-server-side-encryption': 'AES256' },
  attributes: (others) => withEncryption(others, undefined),
  entityTag: (md5) => md5,
};

function withCustomerKey(customer: CustomerKey, encryption: ObjectEncryption): WriteEncryption {
  const { key } = customer;
  return {
    lock: { type: 'customer', key },
    headers: customerKeyHeaders(customer),
    attributes: (others) => withEncryption(others, encryption),
    entityTag: (md5) => customerEntityTag(key, md5),
  };
}
