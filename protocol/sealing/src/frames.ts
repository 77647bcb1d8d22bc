// Sizes of sealed streams (docs/protocol/data-path.md §1), without cryptography: also for browsers.
import { invariant } from '@cess/primitives';

/** Ciphertext of a full frame, tag included. */
export const frameSizeBytes = 65_536;
export const frameTagSizeBytes = 16;
/** Plaintext of a full frame. */
export const framePlaintextSizeBytes = frameSizeBytes - frameTagSizeBytes;

/** Frames of a stream with this much plaintext. */
export function frameCountOf(plaintextLength: number): number {
  return Math.max(1, Math.ceil(plaintextLength / framePlaintextSizeBytes));
}

/** Length of a whole sealed stream. */
export function ciphertextLength(plaintextLength: number): number {
  return plaintextLength + frameCountOf(plaintextLength) * frameTagSizeBytes;
}

/** Length of the plaintext in a whole sealed stream; undefined if no stream has that length. */
export function plaintextLengthOf(sealedLength: number): number | undefined {
  const length = sealedLength - Math.max(1, Math.ceil(sealedLength / frameSizeBytes)) * frameTagSizeBytes;
  return length >= 0 && ciphertextLength(length) === sealedLength ? length : undefined;
}

/** The frames that hold a range of plaintext. */
export interface FrameRange {
  readonly firstFrame: number;
  readonly frameCount: number;
  /** Offset of these frames in the sealed stream. */
  readonly ciphertextOffset: number;
  readonly ciphertextLength: number;
  /** Bytes to drop at the start of the opened frames. */
  readonly skip: number;
}

/** Frames to fetch for plaintext bytes [offset, offset + length) of a stream with `streamLength` plaintext bytes. */
export function frameRange(streamLength: number, offset: number, length: number): FrameRange {
  invariant(offset >= 0 && length >= 0 && offset + length <= streamLength, 'range lies inside the stream');
  const firstFrame = Math.min(Math.floor(offset / framePlaintextSizeBytes), frameCountOf(streamLength) - 1);
  const skip = offset - firstFrame * framePlaintextSizeBytes;
  const frameCount = frameCountOf(skip + length);
  const ciphertextOffset = firstFrame * frameSizeBytes;
  const end = Math.min((firstFrame + frameCount) * frameSizeBytes, ciphertextLength(streamLength));
  return { firstFrame, frameCount, ciphertextOffset, ciphertextLength: end - ciphertextOffset, skip };
}
