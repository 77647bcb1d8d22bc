// Sealed streams (docs/protocol/data-path.md §1): plaintext in frames of at most 65,520 bytes, each AES-256-GCM sealed
// to at most 64 KiB. Every stream has a fresh random key, so the nonce may count frames:
//   nonce = u64 LE frame index ‖ 3 zero bytes ‖ last flag        AAD = stream id (32) ‖ u64 LE frame index ‖ last flag
// Only the last frame may be shorter. An empty stream is one empty last frame. So a truncated stream, reordered frames, frames of
// another stream and appended bytes fail to open. Frames are independent, so workers may process them in parallel.
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { CessError, invariant } from '@cess/primitives';
import { framePlaintextSizeBytes, frameSizeBytes, frameTagSizeBytes } from './frames.js';

const cipherName = 'aes-256-gcm';
const tagOptions = { authTagLength: frameTagSizeBytes };

/** Address of a frame: its stream and index. */
export interface FrameAddress {
  /** 32 random bytes, new for every upload attempt. */
  readonly streamId: Uint8Array;
  readonly index: number;
  readonly isLast: boolean;
}

/**
 * Seals one frame into `out` at `outOffset`; returns the bytes written (plaintext + 16). Every frame but the last must be
 * full. Never seal two different plaintexts for one address under one key.
 */
export function sealFrame(
  key: Uint8Array,
  address: FrameAddress,
  plaintext: Uint8Array,
  out: Uint8Array,
  outOffset = 0,
): number {
  const size = plaintext.length;
  invariant(
    address.isLast ? size <= framePlaintextSizeBytes : size === framePlaintextSizeBytes,
    'only the last frame is short',
  );
  invariant(out.length - outOffset >= size + frameTagSizeBytes, 'sealed frame fits its buffer');
  const cipher = createCipheriv(cipherName, key, frameNonce(address), tagOptions);
  cipher.setAAD(frameAad(address));
  out.set(cipher.update(plaintext), outOffset);
  cipher.final();
  out.set(cipher.getAuthTag(), outOffset + size);
  return size + frameTagSizeBytes;
}

/**
 * Opens one sealed frame into `out` at `outOffset`; returns the bytes written. Throws `SEALED_FRAME_INVALID` if it is not
 * exactly the frame of that address under that key; `out` then holds zeros in its place, never unverified plaintext.
 */
export function openFrame(
  key: Uint8Array,
  address: FrameAddress,
  sealed: Uint8Array,
  out: Uint8Array,
  outOffset = 0,
): number {
  const size = sealed.length - frameTagSizeBytes;
  if (size < 0 || sealed.length > frameSizeBytes || (!address.isLast && sealed.length !== frameSizeBytes)) {
    throw invalidFrame(address.index);
  }
  invariant(out.length - outOffset >= size, 'opened frame fits its buffer');
  const decipher = createDecipheriv(cipherName, key, frameNonce(address), tagOptions);
  decipher.setAAD(frameAad(address));
  decipher.setAuthTag(sealed.subarray(size));
  const plaintext = decipher.update(sealed.subarray(0, size));
  try {
    decipher.final();
  } catch (cause) {
    plaintext.fill(0);
    out.fill(0, outOffset, outOffset + size);
    throw invalidFrame(address.index, cause);
  }
  out.set(plaintext, outOffset);
  return size;
}

function invalidFrame(index: number, cause?: unknown): CessError {
  const message = 'A sealed frame does not verify: the data is damaged, out of place, or sealed with another key.';
  return new CessError('SEALED_FRAME_INVALID', message, { index }, { cause });
}

function frameNonce({ index, isLast }: FrameAddress): Uint8Array {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(0, BigInt(index), true);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

function frameAad({ streamId, index, isLast }: FrameAddress): Uint8Array {
  invariant(streamId.length === 32, 'a stream id is 32 bytes');
  const aad = new Uint8Array(41);
  aad.set(streamId, 0);
  new DataView(aad.buffer).setBigUint64(32, BigInt(index), true);
  aad[40] = isLast ? 1 : 0;
  return aad;
}
