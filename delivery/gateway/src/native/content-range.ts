// The range that a request of a resumable upload carries.
import { NativeError } from './native-error.js';

export interface UploadRange {
  /** First and last byte; undefined: the request asks for the state of the upload. */
  readonly bytes: { readonly first: number; readonly last: number } | undefined;
  /** Length of the whole file. */
  readonly total: number;
}

/** `bytes first-last/total` or `bytes *\/total`. Throws RangeInvalid. */
export function parseContentRange(header: string | undefined): UploadRange {
  const asked = /^bytes \*\/(\d{1,15})$/.exec(header ?? '');
  if (asked !== null) return { bytes: undefined, total: Number(asked[1]) };
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(header ?? '');
  if (match === null) throw new NativeError('RangeInvalid');
  const [first, last, total] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (first > last || last >= total) throw new NativeError('RangeInvalid');
  return { bytes: { first, last }, total };
}

/** The Range header of a read. DeOSS clients send it as Content-Range. */
export function readRange(headers: Readonly<Record<string, string>>): string | undefined {
  const match = /^bytes[ =](\d{0,15}-\d{0,15})(?:\/(?:\d+|\*))?$/.exec(headers['content-range'] ?? '');
  return headers['range'] ?? (match === null ? undefined : `bytes=${match[1]}`);
}
