// Constants of PoDR2-K, and the split of fragments into blocks of sectors (docs/protocol/podr2.md §1).
import { invariant, utf8 } from '@cess/primitives';

/** Bytes of a sector: every value is below the order of the curve. */
export const sectorSizeBytes = 31;
/** s: sectors of a block, coefficients of its polynomial. */
export const sectorsPerBlock = 1024;
export const blockSizeBytes = sectorsPerBlock * sectorSizeBytes;
/** Longest fragment: a whole segment (k = 1). */
export const maxFragmentLengthBytes = 33_554_432;
/** A tag is one compressed point of G1. */
export const tagSizeBytes = 48;
/** y ‖ psi ‖ sigma. */
export const proofSizeBytes = 128;
/** Most blocks of a round (docs/protocol/podr2.md §6). */
export const challengedBlocks = 460;
/** Most fragments of a round. */
export const challengedFragments = 46;
/** How many of them rotate, so that every fragment is challenged eventually. */
export const coveredFragments = 12;

/** The domain of every hash to the curve. The hashed bytes separate the uses. */
export const curveDomain = utf8('CESS_PODR2_V1_BLS12381G1_XMD:SHA-256_SSWU_RO_');

/** n: blocks of a fragment. The last one is filled with zeros. */
export function podr2BlockCount(fragmentLength: number): number {
  invariant(
    Number.isInteger(fragmentLength) && fragmentLength >= 1 && fragmentLength <= maxFragmentLengthBytes,
    'a fragment has 1 byte to 32 MiB',
  );
  return Math.ceil(fragmentLength / blockSizeBytes);
}

/** Block `index` of a fragment; the last may be shorter, its missing bytes count as zeros. */
export function blockOf(fragment: Uint8Array, index: number): Uint8Array {
  return fragment.subarray(index * blockSizeBytes, (index + 1) * blockSizeBytes);
}
