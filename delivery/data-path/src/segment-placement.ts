// Places a coded segment: its fragments lie in a region of shared memory and go to providers until the quorum is durable.
import type { SegmentLayout, StripeLayout } from '@cess/erasure';
import type { SegmentRecord } from '@cess/object-index';
import { concatBytes } from '@cess/primitives';
import { fragmentRootFromShardHashes } from '@cess/sealing';
import type { ArenaRegion } from './arena.js';
import type { SegmentPlacer } from './placement/segment-placer.js';

export interface CodedSegment {
  readonly index: number;
  readonly layout: SegmentLayout;
  readonly region: ArenaRegion;
  /** Of every stripe: n × 32 bytes, the hash of every shard. */
  readonly hashes: readonly Uint8Array[];
}

export interface SegmentOrder {
  readonly genesis: Uint8Array;
  readonly gateway: Uint8Array;
  readonly orderId: Uint8Array;
  readonly signal: AbortSignal;
}

/** Resolves when the quorum of the fragments is durable. Throws what `SegmentPlacer.place` throws. */
export async function placeSegment(
  placer: SegmentPlacer,
  { index, layout, region, hashes }: CodedSegment,
  order: SegmentOrder,
): Promise<SegmentRecord> {
  const { k, n, fragmentLength, stripes, ciphertextLength } = layout;
  const fragments = Array.from({ length: n }, (_, shard) => {
    const shardHashes = hashes.map((all) => all.subarray(shard * 32, shard * 32 + 32));
    const pieces = stripes.map((stripe) => {
      const start = shardStart(layout, stripe, shard);
      return region.bytes.subarray(start, start + stripe.shardLength);
    });
    const root = fragmentRootFromShardHashes(shardHashes, fragmentLength);
    return { root, length: fragmentLength, pieces, shardHashes: concatBytes(...shardHashes) };
  });
  const holders = await placer.place({ ...order, segment: index, k, fragments });
  return {
    k,
    ciphertextLength,
    fragments: fragments.map(({ root, shardHashes }, shard) => ({
      root,
      shardHashes,
      holder: holders[shard],
      attested: false,
    })),
  };
}

/** Offsets of the n shards of a stripe in the memory of the arena. */
export function shardOffsets(layout: SegmentLayout, stripe: StripeLayout, region: ArenaRegion): number[] {
  return Array.from({ length: layout.n }, (_, shard) => region.offset + shardStart(layout, stripe, shard));
}

/** Offset of a shard in the segment's region: data as the ciphertext runs, parity fragment after fragment. */
function shardStart(layout: SegmentLayout, stripe: StripeLayout, shard: number): number {
  return shard < layout.k
    ? stripe.dataOffset + shard * stripe.shardLength
    : shard * layout.fragmentLength + stripe.shardOffset;
}

/** Deletes what providers stored of a segment that will not enter the index. Does not wait. */
export function discardSegment(
  placer: SegmentPlacer,
  orderId: Uint8Array,
  segment: number,
  { fragments }: SegmentRecord,
): void {
  fragments.forEach(({ holder }, fragment) => {
    if (holder !== undefined) placer.discard(holder, { orderId, segment, fragment });
  });
}
