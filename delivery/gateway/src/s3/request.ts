// Parses an S3 request: path and query from the raw target, bucket, key and headers.

import type { IncomingMessage } from 'node:http';
import { elementAt } from '@cess/primitives';
import { nativeBucketPrefix } from '../native/file-id.js';
import { S3Error } from './errors.js';

export interface S3Target {
  /** Path as on the wire, undecoded. */
  readonly rawPath: string;
  /** Empty for the service itself. */
  readonly bucket: string;
  /** Empty for a bucket. */
  readonly key: string;
  /** Decoded names and values in order. A name without `=` has the value ''. */
  readonly query: ReadonlyMap<string, string>;
  /** All pairs as received, for the signature. */
  readonly queryPairs: readonly (readonly [string, string])[];
}

/** A request target in origin form, and the authority of one in absolute form, which replaces the Host header (RFC 9112 §3.2.2). */
export function originForm(target: string): { readonly target: string; readonly authority?: string } {
  const match = /^https?:\/\/([^/?#]*)/i.exec(target);
  if (match === null) return { target };
  const rest = target.slice(match[0].length);
  return { target: rest.startsWith('/') ? rest : `/${rest}`, authority: elementAt(match, 1) };
}

/**
 * Parses a request target: path style, or virtual-hosted style when the Host header names the bucket (`hostBucket`).
 * Throws InvalidURI on malformed escapes or UTF-8.
 */
export function parseTarget(target: string, hostBucket?: string): S3Target {
  const mark = target.indexOf('?');
  const rawPath = mark < 0 ? target : target.slice(0, mark);
  if (!rawPath.startsWith('/')) throw new S3Error('InvalidURI');
  const queryPairs = mark < 0 ? [] : parseQuery(target.slice(mark + 1));
  const slash = hostBucket === undefined ? rawPath.indexOf('/', 1) : 0;
  const bucket = hostBucket ?? decode(slash < 0 ? rawPath.slice(1) : rawPath.slice(1, slash));
  const key = slash < 0 ? '' : decode(rawPath.slice(slash + 1));
  // An encoded slash is signed as the one between bucket and key, and must not mean something else.
  if (hostBucket === undefined && bucket.includes('/')) throw new S3Error('InvalidURI');
  assertKey(key);
  return { rawPath, bucket, key, query: new Map(queryPairs), queryPairs };
}

/** Longest possible bucket name; longer ones are not looked up. */
const maxBucketNameLength = 63;
const maxKeyBytes = 1024;

/** Object keys have at most 1,024 bytes of UTF-8. A zero byte, which no XML can carry, is refused too. */
export function assertKey(key: string): void {
  const size = Buffer.byteLength(key);
  if (size > maxKeyBytes) {
    throw new S3Error('KeyTooLongError', { details: { Size: String(size), MaxSizeAllowed: String(maxKeyBytes) } });
  }
  if (key.includes('\0')) {
    throw new S3Error('InvalidArgument', { message: 'Object keys cannot hold a zero byte.' });
  }
}

/** True for names that a bucket can have; others need not be looked up. */
export function isPossibleBucketName(bucket: string): boolean {
  return bucket !== '' && bucket.length <= maxBucketNameLength && !bucket.includes('\0');
}

/** Header text as Node gives and takes it (latin1) from text. */
export function headerText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that no header can carry
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) {
    throw new S3Error('InvalidArgument', { message: 'A header value cannot hold control characters.' });
  }
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** All headers by lower-case name; repeated ones joined with commas as signatures do, but for those that stand once. */
export function flatHeaders(request: IncomingMessage): Readonly<Record<string, string>> {
  const out: Record<string, string> = {};
  const { rawHeaders } = request;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = elementAt(rawHeaders, i).toLowerCase();
    if (out[name] !== undefined) return joinedHeaders(request);
    out[name] = elementAt(rawHeaders, i + 1);
  }
  return out;
}

/** Where a name is repeated. */
function joinedHeaders(request: IncomingMessage): Readonly<Record<string, string>> {
  const out: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (values === undefined) continue;
    // Where Node keeps only the first of several, so do we: Host, Content-Type, Authorization and the like.
    const isSingle = values.length > 1 && request.headers[name] === values[0];
    out[name] = isSingle ? elementAt(values, 0) : values.join(',');
  }
  return out;
}

/** True for a request that carries its signature in the query. */
export function isPresigned({ query }: Pick<S3Target, 'query'>): boolean {
  return query.has('X-Amz-Signature') || query.has('X-Amz-Algorithm');
}

/** Query names that belong to the signature of a presigned request. */
export const signingParameters: ReadonlySet<string> = new Set([
  'X-Amz-Algorithm',
  'X-Amz-Content-Sha256',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
]);
const signingNames: ReadonlySet<string> = new Set([...signingParameters].map((name) => name.toLowerCase()));

/** AWS SDKs that presign without a body put its CRC32 into the URL, which no body that is sent later can have. */
const emptyCrc32 = 'AAAAAA==';

/**
 * The headers of a request with those that a presigned URL carries in its query, where they are signed with it.
 * Throws InvalidRequest when a header is given in both places with different values.
 */
export function withQueryHeaders(
  headers: Readonly<Record<string, string>>,
  target: S3Target,
): Readonly<Record<string, string>> {
  if (!isPresigned(target)) return headers;
  const out: Record<string, string> = { ...headers };
  for (const [queryName, text] of target.queryPairs) {
    const name = queryName.toLowerCase();
    if (!name.startsWith('x-amz-') || signingNames.has(name)) continue;
    if (name === 'x-amz-checksum-crc32' && text === emptyCrc32) continue;
    const value = headerText(text);
    if (out[name] !== undefined && out[name] !== value) {
      throw new S3Error('InvalidRequest', { message: `${name} has different values in the query and in the headers.` });
    }
    out[name] = value;
  }
  return out;
}

/**
 * The bucket that the Host header names as `bucket.domain`, for one of the configured domains; undefined for a
 * path-style request. The longest domain counts, and buckets may have dots in their names.
 */
export function bucketOfHost(host: string | undefined, domains: readonly string[]): string | undefined {
  const hostname = (host ?? '').replace(/:\d+$/, '').toLowerCase();
  if (domains.includes(hostname)) return undefined;
  const [domain] = domains.filter((one) => hostname.endsWith(`.${one}`)).sort((a, b) => b.length - a.length);
  const bucket = domain === undefined ? '' : hostname.slice(0, -domain.length - 1);
  return bucket === '' ? undefined : bucket;
}

/** Decoded pairs of a query or a form. Throws InvalidURI. */
export function parseQuery(text: string): (readonly [string, string])[] {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = equals < 0 ? pair : pair.slice(0, equals);
      const value = equals < 0 ? '' : pair.slice(equals + 1);
      return [decode(name.replace(/\+/g, ' ')), decode(value.replace(/\+/g, ' '))] as const;
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new S3Error('InvalidURI', { cause });
  }
}

/** Beginnings and ends that Amazon, or the native API of this gateway, reserves for names of other kinds. */
const reservedPrefixes = ['xn--', 'sthree-', 'amzn-s3-demo-', nativeBucketPrefix];
const reservedSuffixes = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];

/** Bucket names by Amazon's rules for general purpose buckets. */
export function assertBucketName(bucket: string): void {
  const isWellFormed =
    bucket.length >= 3 &&
    bucket.length <= maxBucketNameLength &&
    bucket.split('.').every((label) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label)) &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(bucket);
  const isReserved =
    reservedPrefixes.some((prefix) => bucket.startsWith(prefix)) ||
    reservedSuffixes.some((suffix) => bucket.endsWith(suffix));
  if (!isWellFormed || isReserved)
    throw new S3Error('InvalidBucketName', { details: { BucketName: bucket.slice(0, 255) } });
}

/** A whole number from the query within bounds, or the default. */
export function queryInteger(
  target: S3Target,
  name: string,
  bounds: { min: number; max: number },
  absent: number,
): number {
  const text = target.query.get(name);
  if (text === undefined || text === '') return absent;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= bounds.min && value <= bounds.max)) {
    const details = { ArgumentName: name, ArgumentValue: text.slice(0, 255) };
    throw new S3Error('InvalidArgument', {
      message: `Argument ${name} must be an integer between ${bounds.min} and ${bounds.max}.`,
      details,
    });
  }
  return value;
}
