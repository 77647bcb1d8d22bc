// Which ciphertext of its files an object has, and which segments that ciphertext is in.
import { CessError } from '@cess/primitives';
import { frameRange, plaintextLengthOf } from '@cess/sealing/frames';
import type { ReceiptExtent, ReceiptFile, ReceiptStream } from './statement.js';

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** The stream that has all plaintext of an extent. Throws `OBJECT_RECEIPT_STATEMENT_INVALID`. */
export function streamOf({ file, offset, length }: ReceiptExtent, { streams }: ReceiptFile): ReceiptStream {
  const found = streams.find((stream) => {
    const size = plaintextLength(stream);
    return offset >= stream.plaintextOffset && offset + length <= stream.plaintextOffset + size;
  });
  if (found === undefined) throw invalidStatement(`an extent of file ${file} lies in none of its streams`);
  return found;
}

/** Throws `OBJECT_RECEIPT_STATEMENT_INVALID`. */
export function plaintextLength({ id, ciphertextLength }: ReceiptStream): number {
  const length = plaintextLengthOf(ciphertextLength);
  if (length === undefined) throw invalidStatement(`stream ${id} has the length of no sealed stream`);
  return length;
}

/** The ciphertext of a file, relative to its beginning, that holds the plaintext of these extents of it. */
export function ciphertextRanges(file: ReceiptFile, extents: readonly ReceiptExtent[]): readonly ByteRange[] {
  return extents.map((extent) => {
    const stream = streamOf(extent, file);
    const frames = frameRange(plaintextLength(stream), extent.offset - stream.plaintextOffset, extent.length);
    return { offset: stream.ciphertextOffset + frames.ciphertextOffset, length: frames.ciphertextLength };
  });
}

/** Indices of the segments, of these lengths, that the ranges touch. Throws `OBJECT_RECEIPT_STATEMENT_INVALID`. */
export function touchedSegments(lengths: readonly number[], ranges: readonly ByteRange[]): ReadonlySet<number> {
  const touched = new Set<number>();
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (ranges.some(({ offset, length }) => offset + length > total))
    throw invalidStatement('a stream reaches beyond the ciphertext of its file');
  let start = 0;
  for (const [index, length] of lengths.entries()) {
    const end = start + length;
    if (ranges.some((range) => range.offset < end && range.offset + range.length > start)) touched.add(index);
    start = end;
  }
  return touched;
}

export function invalidStatement(reason: string): CessError {
  return new CessError('OBJECT_RECEIPT_STATEMENT_INVALID', `The statement of the receipt is invalid: ${reason}.`);
}
