// The layout of a segment (docs/protocol/data-path.md §2). The ciphertext is split into stripes of k shards of 1 MiB.
// The shards of the last stripe are ceil(rest / k) long, and its missing bytes (at most k - 1) are zeros.
// Shard j of a stripe is the j-th piece of the stripe's data; fragment i is shard i of every stripe, one after another.
import { elementAt, invariant, MiB } from '@cess/primitives';

/** Longest shard. */
export const maxShardSizeBytes = MiB;

export interface StripeLayout {
  /** First byte of the stripe's data in the ciphertext. */
  readonly dataOffset: number;
  /** Bytes of ciphertext in the stripe; at most k * shardLength. */
  readonly dataLength: number;
  /** First byte of the stripe's shard in every fragment. */
  readonly shardOffset: number;
  readonly shardLength: number;
}

export interface SegmentLayout {
  readonly k: number;
  readonly n: number;
  readonly ciphertextLength: number;
  /** Length of each of the n fragments. */
  readonly fragmentLength: number;
  readonly stripes: readonly StripeLayout[];
}

/** Layout of a segment of `ciphertextLength` > 0 bytes under a code with k data shards of n. */
export function segmentLayout(ciphertextLength: number, k: number, n: number): SegmentLayout {
  invariant(Number.isSafeInteger(ciphertextLength) && ciphertextLength >= 1, 'a segment has at least one byte');
  invariant(Number.isInteger(k) && Number.isInteger(n) && k >= 1 && k <= n && n <= 256, 'code has 1 <= k <= n <= 256');
  const stripes: StripeLayout[] = [];
  let shardOffset = 0;
  for (let dataOffset = 0; dataOffset < ciphertextLength; ) {
    const dataLength = Math.min(k * maxShardSizeBytes, ciphertextLength - dataOffset);
    const shardLength = Math.ceil(dataLength / k);
    stripes.push({ dataOffset, dataLength, shardOffset, shardLength });
    dataOffset += dataLength;
    shardOffset += shardLength;
  }
  return { k, n, ciphertextLength, fragmentLength: shardOffset, stripes };
}

/** A range of ciphertext within one data shard. */
export interface ShardSpan {
  readonly stripe: number;
  /** Index of the data shard, which is the index of the fragment. */
  readonly shard: number;
  /** Offset within the shard. */
  readonly offset: number;
  readonly length: number;
}

/** The data shards that hold ciphertext bytes [offset, offset + length), in order. */
export function locateCiphertext(layout: SegmentLayout, offset: number, length: number): ShardSpan[] {
  invariant(offset >= 0 && length >= 0 && offset + length <= layout.ciphertextLength, 'range lies inside the segment');
  const spans: ShardSpan[] = [];
  for (let at = offset; at < offset + length; ) {
    const stripe = Math.floor(at / (layout.k * maxShardSizeBytes));
    const { dataOffset, shardLength } = elementAt(layout.stripes, stripe);
    const inStripe = at - dataOffset;
    const shard = Math.floor(inStripe / shardLength);
    const inShard = inStripe - shard * shardLength;
    const run = Math.min(shardLength - inShard, offset + length - at);
    spans.push({ stripe, shard, offset: inShard, length: run });
    at += run;
  }
  return spans;
}
