// Conditional requests (RFC 9110 §13) as S3 evaluates them, on objects, copy sources and deletions.
import type { ObjectRecord, Precondition } from '@cess/object-index';
import { S3Error } from './errors.js';

type Headers = Readonly<Record<string, string>>;

/** The result for a GET or HEAD. */
export type ReadCondition = 'proceed' | 'notModified';

/** Throws PreconditionFailed, or returns `notModified` for 304. `prefix` is empty or `x-amz-copy-source-`. */
export function checkRead(headers: Headers, object: ObjectRecord, prefix = ''): ReadCondition {
  const ifMatch = headers[`${prefix}if-match`];
  const ifNoneMatch = headers[`${prefix}if-none-match`];
  const parse = prefix === '' ? parseDate : requireDate;
  const unmodifiedSince = parse(headers[`${prefix}if-unmodified-since`]);
  const modifiedSince = parse(headers[`${prefix}if-modified-since`]);
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

/**
 * The precondition of a write that held before its body was transferred. When the object was deleted meanwhile, Amazon answers
 * with a conflict, and the client uploads again; when it was replaced, the condition has failed.
 */
export function afterTransfer(check: Precondition | undefined): Precondition | undefined {
  if (check === undefined) return undefined;
  return (current, bucket) => {
    try {
      check(current, bucket);
    } catch (error) {
      if (!(error instanceof S3Error) || error.code !== 'NoSuchKey') throw error;
      throw new S3Error('ConditionalRequestConflict', { details: { Condition: 'If-Match' }, cause: error });
    }
  };
}

function matches(condition: string, etag: string): boolean {
  return condition.split(',').some((item) => {
    const text = item.trim().replace(/^W\//, '');
    return text === '*' || text.replace(/^"|"$/g, '') === etag;
  });
}

/** The conditions of a deletion on its object. */
export interface DeletionCondition {
  readonly etag?: string | undefined;
  readonly size?: string | undefined;
  /** HTTP date or ISO 8601. */
  readonly lastModifiedTime?: string | undefined;
}

/**
 * The precondition of a deletion, to be checked inside its transaction; undefined when the request states none. Size
 * and time match an object that does not exist; an entity tag does not, as for If-Match on any write.
 */
export function deletePrecondition(condition: DeletionCondition): Precondition | undefined {
  const { etag, size, lastModifiedTime } = condition;
  if (etag === undefined && size === undefined && lastModifiedTime === undefined) return undefined;
  if (size !== undefined && !/^\d{1,16}$/.test(size.trim())) throw new S3Error('InvalidArgument');
  const matchesTime = lastModifiedTime === undefined ? () => true : timeMatcher(lastModifiedTime);
  return (current) => {
    if (current === undefined) {
      if (etag !== undefined) throw new S3Error('NoSuchKey');
      return;
    }
    if (etag !== undefined && !matches(etag, current.etag)) throw failed('If-Match');
    if (size !== undefined && Number(size) !== current.size) throw failed('x-amz-if-match-size');
    if (!matchesTime(current.lastModifiedMs)) throw failed('x-amz-if-match-last-modified-time');
  };
}

/** Compares a stated time with a recorded one, in seconds unless the statement has milliseconds. */
export function timeMatcher(text: string): (timeMs: number) => boolean {
  const statedMs = Date.parse(text);
  if (Number.isNaN(statedMs)) throw new S3Error('InvalidArgument', { message: 'The date cannot be parsed.' });
  const unitMs = statedMs % 1000 === 0 ? 1000 : 1;
  return (timeMs) => Math.floor(timeMs / unitMs) * unitMs === statedMs;
}

/** A condition on the source of a write must not be ignored, so an unparsable date is an error. */
function requireDate(text: string | undefined): number | undefined {
  const seconds = parseDate(text);
  if (text !== undefined && seconds === undefined) {
    throw new S3Error('InvalidArgument', { message: 'The date cannot be parsed.' });
  }
  return seconds;
}

/** Seconds since the epoch; reads ignore an unparsable date, as RFC 9110 requires. */
function parseDate(text: string | undefined): number | undefined {
  const timeMs = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(timeMs) ? undefined : Math.floor(timeMs / 1000);
}

function failed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', { details: { Condition: condition } });
}
