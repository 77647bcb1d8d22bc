// The Range header (RFC 9110 §14) for one range of bytes, as S3 serves it: several ranges are ignored.

import { S3Error } from './errors.js';

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** The range asked for; undefined when the whole object is due. Throws InvalidRange when it lies outside. */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  if (header === undefined) return undefined;
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const unsatisfiable = (): never => {
    const headers = { 'content-range': `bytes */${size}` };
    throw new S3Error('InvalidRange', {
      details: { RangeRequested: header, ActualObjectSize: String(size) },
      headers,
    });
  };
  if (match[1] === '') {
    const suffix = Number(match[2]);
    if (suffix === 0 || size === 0) return unsatisfiable();
    const length = Math.min(suffix, size);
    return { offset: size - length, length };
  }
  const first = Number(match[1]);
  const last = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[2] !== '' && Number(match[2]) < first) return undefined;
  if (first >= size) return unsatisfiable();
  return { offset: first, length: last - first + 1 };
}
