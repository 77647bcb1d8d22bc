// `Range` of a GET (RFC 9110 §14.2): one range of bytes. Several ranges or another unit are ignored, as the RFC allows.

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** The range inside `total` bytes, undefined for the whole, `unsatisfiable` if none of it exists. */
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
