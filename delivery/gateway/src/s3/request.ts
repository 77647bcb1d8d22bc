// An S3 request as the handlers see it: path and query decoded from the raw target, headers as received.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
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

/** Parses a request target in path style. Throws InvalidURI on malformed escapes or UTF-8. */
export function parseTarget(target: string): S3Target {
  const mark = target.indexOf('?');
  const rawPath = mark < 0 ? target : target.slice(0, mark);
  if (!rawPath.startsWith('/')) throw new S3Error('InvalidURI');
  const queryPairs = mark < 0 ? [] : parseQuery(target.slice(mark + 1));
  const slash = rawPath.indexOf('/', 1);
  const bucket = decode(slash < 0 ? rawPath.slice(1) : rawPath.slice(1, slash));
  const key = slash < 0 ? '' : decode(rawPath.slice(slash + 1));
  assertKey(key);
  return { rawPath, bucket, key, query: new Map(queryPairs), queryPairs };
}

/** Longest bucket name that is looked up; longer ones cannot exist. */
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
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (values === undefined) continue;
    // Where Node keeps only the first of several, so do we: Host, Content-Type, Authorization and the like.
    const isSingle = values.length > 1 && request.headers[name] === values[0];
    out[name] = isSingle ? values[0]! : values.join(',');
  }
  return out;
}

/** Presigned requests may carry x-amz- headers in the query, where they are signed with it. */
export function signedQueryHeaders({ query, queryPairs }: S3Target): Readonly<Record<string, string>> {
  if (!query.has('X-Amz-Signature')) return {};
  const carried = queryPairs.map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(
    carried
      .filter(([name]) => name.startsWith('x-amz-') && !presignParameters.has(name))
      .filter(([name, value]) => !(name === 'x-amz-checksum-crc32' && value === emptyCrc32))
      .map(([name, value]) => [name, headerText(value)]),
  );
}

/** AWS SDKs that presign without a body put its CRC32 into the URL, which no body that is sent later can have. */
const emptyCrc32 = 'AAAAAA==';

const presignParameters = new Set([
  'x-amz-algorithm',
  'x-amz-content-sha256',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);

/** Requests for `bucket.host` would be taken for others: they are refused with the setting that helps. */
export function refuseVirtualHost(host: string | undefined, isBucket: (name: string) => boolean): void {
  const hostname = (host ?? '').replace(/:\d+$/, '');
  const dot = hostname.indexOf('.');
  if (dot <= 0 || isIP(hostname) !== 0) return;
  // Buckets may have dots in their names.
  for (let end = dot; end > 0; end = hostname.indexOf('.', end + 1)) {
    const name = hostname.slice(0, end);
    if (isPossibleBucketName(name) && isBucket(name)) {
      throw new S3Error('InvalidRequest', {
        message:
          'This endpoint serves path-style requests only (http://host/bucket/key); set forcePathStyle (or addressing_style = path) in your client.',
      });
    }
  }
}

function parseQuery(text: string): (readonly [string, string])[] {
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

/** Bucket names by Amazon's rules for general purpose buckets. */
export function assertBucketName(bucket: string): void {
  const wellFormed =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) && !bucket.includes('..') && !/^\d+\.\d+\.\d+\.\d+$/.test(bucket);
  if (!wellFormed) throw new S3Error('InvalidBucketName', { details: { BucketName: bucket.slice(0, 255) } });
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
