// The key that a request carries to encrypt or decrypt one object (SSE-C; Amazon S3 User Guide, "Using server-side encryption with
// customer-provided keys"). It is never stored and never logged.
import { createHash } from 'node:crypto';
import { equalBytes } from '@cess/primitives';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { headerText } from '../request.js';

export interface CustomerKey {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Base64, as answers repeat it. */
  readonly md5: string;
}

/** What tells whether a request may carry a key. */
export type KeyBearer = Pick<S3Context, 'headers' | 'target' | 'caller' | 'request' | 'customerKeysOverHttp'>;

/** Of the object that is written or read, or of the source of a copy. */
export type KeyHeaders = 'x-amz-' | 'x-amz-copy-source-';

export const customerHeader = 'server-side-encryption-customer';
const needs = (what: string) =>
  `Requests specifying Server Side Encryption with Customer provided keys must provide ${what}.`;

/** Undefined for a request without a key. Throws for a key that is incomplete, malformed, anonymous, or sent in the clear. */
export function parseCustomerKey(bearer: KeyBearer, prefix: KeyHeaders = 'x-amz-'): CustomerKey | undefined {
  const { headers } = bearer;
  const algorithm = headers[`${prefix}${customerHeader}-algorithm`];
  const encoded = headers[`${prefix}${customerHeader}-key`];
  const md5 = headers[`${prefix}${customerHeader}-key-md5`]?.trim();
  if (algorithm === undefined && encoded === undefined && md5 === undefined) return undefined;
  requireSafeTransport(bearer);
  if (algorithm === undefined || algorithm.trim() !== 'AES256')
    throw invalidArgument(needs('a valid encryption algorithm'));
  if (encoded === undefined) throw invalidArgument(needs('an appropriate secret key'));
  if (md5 === undefined) throw invalidArgument(needs('the client calculated MD5 of the secret key'));
  const key = Buffer.from(encoded.trim(), 'base64');
  if (key.length !== 32 || key.toString('base64') !== encoded.trim())
    throw invalidArgument('The secret key was invalid for the specified algorithm.');
  const digest = createHash('md5').update(key).digest();
  if (!equalBytes(digest, Buffer.from(md5, 'base64')))
    throw invalidArgument('The calculated MD5 hash of the key did not match the hash that was provided.');
  return { key, md5: headerText(md5) };
}

export function customerKeyHeaders({ md5 }: CustomerKey): Record<string, string> {
  return { [`x-amz-${customerHeader}-algorithm`]: 'AES256', [`x-amz-${customerHeader}-key-md5`]: md5 };
}

/** Addresses stand in the logs of proxies and servers, and plain HTTP is readable on the way. */
function requireSafeTransport({ target, caller, request, customerKeysOverHttp }: KeyBearer): void {
  if (target.queryPairs.some(([name]) => name.toLowerCase().includes(`${customerHeader}-key`)))
    throw invalidRequest('An encryption key must be sent in a header, never in the address of a request.');
  if (!('encrypted' in request.socket) && !customerKeysOverHttp)
    throw invalidRequest(
      'Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection.',
    );
  if (caller.account === undefined) throw new S3Error('AccessDenied');
}

function invalidArgument(message: string): S3Error {
  return new S3Error('InvalidArgument', { message });
}

export function invalidRequest(message: string): S3Error {
  return new S3Error('InvalidRequest', { message });
}
