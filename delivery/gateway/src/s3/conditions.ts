// Conditional requests (RFC 9110 §13) as S3 evaluates them, on objects and on copy sources.
import type { ObjectRecord, Precondition } from '@cess/object-index';
import { S3Error } from './errors.js';

type Headers = Readonly<Record<string, string>>;

/** The result for a GET or HEAD. */
export type ReadCondition = 'proceed' | 'notModified';

/** Throws PreconditionFailed, or tells that 304 is due. `prefix` is empty or `x-amz-copy-source-`. */
export function checkRead(headers: Headers, object: ObjectRecord, prefix = ''): ReadCondition {
  const ifMatch = headers[`${prefix}if-match`];
  const ifNoneMatch = headers[`${prefix}if-none-match`];
  const unmodifiedSince = parseDate(headers[`${prefix}if-unmodified-since`]);
  const modifiedSince = parseDate(headers[`${prefix}if-modified-since`]);
  const seconds = Math.floor(object.lastModifiedMs / 1000);
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object.etag)) throw failed(`${prefix}If-Match`);
  } else if (unmodifiedSince !== undefined && seconds > unmodifiedSince) throw failed(`${prefix}If-Unmodified-Since`);
  const unchanged =
    ifNoneMatch !== undefined
      ? matches(ifNoneMatch, object.etag)
      : modifiedSince !== undefined && seconds <= modifiedSince;
  if (!unchanged) return 'proceed';
  if (prefix !== '') throw failed(`${prefix}If-None-Match`);
  return 'notModified';
}

/** The precondition of a write, to be checked inside its transaction; undefined when the request states none. */
export function writePrecondition(headers: Headers): Precondition | undefined {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*') {
    throw new S3Error('NotImplemented', { message: 'If-None-Match on a write supports only "*".' });
  }
  return (current) => {
    if (ifNoneMatch !== undefined && current !== undefined) throw failed('If-None-Match');
    if (ifMatch === undefined) return;
    if (current === undefined) throw new S3Error('NoSuchKey');
    if (!matches(ifMatch, current.etag)) throw failed('If-Match');
  };
}

function matches(condition: string, etag: string): boolean {
  return condition.split(',').some((item) => {
    const text = item.trim().replace(/^W\//, '');
    return text === '*' || text.replace(/^"|"$/g, '') === etag;
  });
}

/** Seconds since the epoch; a date that cannot be read is ignored, as RFC 9110 demands. */
function parseDate(text: string | undefined): number | undefined {
  const timeMs = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(timeMs) ? undefined : Math.floor(timeMs / 1000);
}

function failed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', { details: { Condition: condition } });
}
