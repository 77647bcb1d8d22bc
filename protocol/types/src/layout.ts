// Sizes of the data path (docs/protocol/data-path.md §2): a segment is at most 32 MiB of ciphertext, cut into
// stripes of k shards of at most 1 MiB; fragment i is the concatenation of shard i of every stripe.
import { invariant, MiB } from '@cess/primitives';

export const segmentSizeBytes = 32 * MiB;
export const shardSizeBytes = MiB;
/** Most fragments of one segment: the field GF(2^8) has 256 points. */
export const maxFragments = 256;

/** Length of each of a segment's n fragments: 1 MiB per full stripe, ceil(rest / k) for the last one. */
export function fragmentLength(ciphertextLength: number, k: number): number {
  invariant(Number.isSafeInteger(ciphertextLength) && ciphertextLength >= 0, 'ciphertext length is a size');
  invariant(Number.isInteger(k) && k >= 1 && k <= maxFragments, 'k is in 1..256');
  const stripeData = k * shardSizeBytes;
  const fullStripes = Math.floor(ciphertextLength / stripeData);
  const rest = ciphertextLength - fullStripes * stripeData;
  return fullStripes * shardSizeBytes + Math.ceil(rest / k);
}
