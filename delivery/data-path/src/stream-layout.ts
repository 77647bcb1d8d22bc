// How one sealed stream falls into segments (docs/protocol/data-path.md §1–2).

import { type SegmentLayout, segmentLayout } from '@cess/erasure';
import { ciphertextLength, frameSizeBytes } from '@cess/sealing';
import { segmentSizeBytes } from '@cess/types';

export interface RedundancyClass {
  /** Data fragments. */
  readonly k: number;
  /** All fragments. */
  readonly n: number;
}

/** The default of STORE-2: 4 data + 8 parity. */
export const defaultRedundancy: RedundancyClass = { k: 4, n: 12 };

export interface StreamSegment {
  readonly index: number;
  /** First ciphertext byte of the segment in the stream. */
  readonly offset: number;
  /** First frame of the segment; segments begin on frame boundaries. */
  readonly firstFrame: number;
  readonly isLast: boolean;
  readonly layout: SegmentLayout;
}

/** The segments of a stream with that much plaintext, one after another. */
export function* streamSegments(plaintextLength: number, { k, n }: RedundancyClass): Generator<StreamSegment> {
  const total = ciphertextLength(plaintextLength);
  for (let offset = 0, index = 0; offset < total; offset += segmentSizeBytes, index++) {
    const length = Math.min(segmentSizeBytes, total - offset);
    yield {
      index,
      offset,
      firstFrame: offset / frameSizeBytes,
      isLast: offset + length === total,
      layout: segmentLayout(length, k, n),
    };
  }
}

/** Bytes that all fragments of a stream take: what the territory is charged. */
export function storedBytesOf(plaintextLength: number, redundancy: RedundancyClass): number {
  let sum = 0;
  for (const { layout } of streamSegments(plaintextLength, redundancy)) sum += layout.fragmentLength * redundancy.n;
  return sum;
}
