// An S3 request as the handlers see it: path and query decoded from the raw target, headers as received.
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
  if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError');
  return { rawPath, bucket, key, query: new Map(queryPairs), queryPairs };
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
