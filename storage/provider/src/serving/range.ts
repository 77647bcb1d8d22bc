// The `Range` of a GET (RFC 9110 §14.2): one byte range. Headers with several ranges or another unit are ignored, as the
// RFC permits.

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** The range within `total` bytes, undefined for the whole, or `unsatisfiable` if it lies outside. */
export function parseRange(header: string | undefined, total: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), total);
    return length === 0 ? 'unsatisfiable' : { offset: total - length, length };
  }
  const offset = Number(first);
  const end = last === '' ? total - 1 : Math.min(Number(last), total - 1);
  if (last !== '' && Number(last) < offset) return undefined;
  return offset >= total ? 'unsatisfiable' : { offset, length: end - offset + 1 };
}
