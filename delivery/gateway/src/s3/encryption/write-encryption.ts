// How a request encrypts what it stores: with the key of the bucket alone, or with a second key as well, that of the customer or a
// named one. Without a statement of the request the default of the bucket counts.
import { randomBytes } from 'node:crypto';
import { accountIdOf } from '@cess/access';
import type { ObjectRecord, UploadRecord } from '@cess/object-index';
import type { StreamLock } from '@cess/sealing';
import { bucketEncryption } from '../configurations/bucket-encryption.js';
import type { NamedBucket } from '../configurations/configuration.js';
import type { S3Context } from '../context.js';
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
  type KeyUser,
  lockOf,
  namedEncryptionHeaders,
  namedKeyHeaders,
  parseBucketKeyEnabled,
  parseEncryptionContext,
  useNamedKey,
} from './named-key.js';
import {
  type CustomerEncryption,
  customerEncryption,
  customerEntityTag,
  encryptionOf,
  isCustomerKey,
  type NamedEncryption,
  withEncryption,
} from './object-encryption.js';
import { storedEncryptionHeaders } from './read-encryption.js';

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

type Writer = KeyBearer & KeyUser & Pick<S3Context, 'configurations'>;

const saltLength = 16;

/** Of a new object or upload. */
export async function encryptionOfWrite(writer: Writer, bucket: NamedBucket): Promise<WriteEncryption> {
  const { headers, configurations } = writer;
  const customer = parseCustomerKey(writer);
  const stated = headers['x-amz-server-side-encryption']?.trim();
  const byDefault = configurations.read(bucketEncryption, bucket);
  if (customer !== undefined) {
    if (stated !== undefined)
      throw invalidArgument(
        'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
      );
    if (byDefault?.blocksCustomerKeys === true) throw new S3Error('AccessDenied');
    return withCustomerKey(customer, customerEncryption(customer.key, randomBytes(saltLength)));
  }
  const isBucketKeyEnabled = parseBucketKeyEnabled(headers[namedKeyHeaders.bucketKey]);
  const context = parseEncryptionContext(headers[namedKeyHeaders.context]);
  const key = headers[namedKeyHeaders.key]?.trim();
  if (stated === 'aws:kms') {
    const account = writer.caller.account?.id ?? '';
    const options = { context, isBucketKeyEnabled: isBucketKeyEnabled ?? byDefault?.isBucketKeyEnabled ?? false };
    return withNamedKey(writer, { account, key, ...options });
  }
  requireKnown(stated);
  if (key !== undefined || context !== '')
    throw invalidArgument(
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
    );
  if (stated !== undefined || byDefault?.algorithm !== 'aws:kms') return withBucketKey;
  const own = byDefault.isBucketKeyEnabled;
  const account = accountIdOf(bucket.record.owner);
  const options = { context: '', isBucketKeyEnabled: isBucketKeyEnabled ?? own };
  return withNamedKey(writer, { account, key: byDefault.key, ...options });
}

/** Of a part, which has that of its upload. */
export async function encryptionOfPart(writer: Writer, upload: UploadRecord): Promise<WriteEncryption> {
  const customer = parseCustomerKey(writer);
  const encryption = encryptionOf(upload);
  if (encryption?.type !== 'customer') {
    if (customer === undefined) return encryption === undefined ? withBucketKey : withStoredKey(writer, encryption);
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
  bearer: KeyBearer & Pick<S3Context, 'region'>,
  upload: Pick<UploadRecord, 'attributes'>,
): Readonly<Record<string, string>> {
  const customer = parseCustomerKey(bearer);
  if (customer === undefined) return storedEncryptionHeaders(upload, bearer.region);
  const encryption = encryptionOf(upload);
  if (encryption?.type !== 'customer')
    throw invalidRequest('The encryption parameters are not applicable to this object.');
  requireSameKey(customer, encryption);
  return customerKeyHeaders(customer);
}

function requireSameKey({ key }: CustomerKey, encryption: CustomerEncryption): void {
  if (isCustomerKey(encryption, key)) return;
  throw new S3Error('InvalidArgument', {
    message: 'The provided encryption parameters did not match the ones used originally.',
    details: { ArgumentName: `x-amz-${customerHeader}-key` },
  });
}

function requireKnown(algorithm: string | undefined): void {
  if (algorithm === undefined || algorithm.toUpperCase() === 'AES256') return;
  if (algorithm === 'aws:kms:dsse') {
    throw new S3Error('NotImplemented', {
      message:
        'This gateway encrypts once (AES256 or aws:kms); it does not offer dual-layer encryption (aws:kms:dsse).',
      details: { Header: 'x-amz-server-side-encryption' },
    });
  }
  throw new S3Error('InvalidEncryptionAlgorithmError');
}

const withBucketKey: WriteEncryption = {
  lock: undefined,
  headers: { 'x-amz-server-side-encryption': 'AES256' },
  attributes: (others) => withEncryption(others, undefined),
  entityTag: (md5) => md5,
};

function withCustomerKey(customer: CustomerKey, encryption: CustomerEncryption): WriteEncryption {
  const { key } = customer;
  return {
    lock: { type: 'customer', key },
    headers: customerKeyHeaders(customer),
    attributes: (others) => withEncryption(others, encryption),
    entityTag: (md5) => customerEntityTag(key, md5),
  };
}

type NamedKeyRequest = Omit<NamedEncryption, 'type' | 'keyId'> & { readonly key: string | undefined };

async function withNamedKey(writer: Writer, { key: reference, ...stated }: NamedKeyRequest): Promise<WriteEncryption> {
  const { account } = stated;
  const key = await useNamedKey(writer, 'kms:GenerateDataKey', { account, key: reference });
  const encryption: NamedEncryption = { type: 'named', ...stated, keyId: key.keyId };
  const { [namedKeyHeaders.context]: context } = writer.headers;
  return {
    lock: lockOf(key, key.newest, encryption),
    headers: {
      ...namedEncryptionHeaders(encryption, writer.region),
      ...(context === undefined ? {} : { [namedKeyHeaders.context]: context }),
    },
    attributes: (others) => withEncryption(others, encryption),
    entityTag: (md5) => md5,
  };
}

function withStoredKey(writer: Writer, encryption: NamedEncryption): Promise<WriteEncryption> {
  const { keyId: key, account, context, isBucketKeyEnabled } = encryption;
  return withNamedKey(writer, { account, key, context, isBucketKeyEnabled });
}

function invalidArgument(message: string): S3Error {
  return new S3Error('InvalidArgument', { message });
}
