// Stores a pack: sealed streams that lie one after another in shared memory become one file of one segment, without a key of its
// own (docs/protocol/data-path.md §5).
import { systemRng } from '@cess/crypto';
import { segmentLayout } from '@cess/erasure';
import type { NewPack, TerritoryName } from '@cess/object-index';
import { fileId, indexOrderId, orderId, segmentRoot } from '@cess/types';
import type { ArenaRegion } from './arena.js';
import type { SegmentPlacer } from './placement/segment-placer.js';
import type { SpaceReservations } from './ports.js';
import { discardSegment, placeSegment, shardOffsets } from './segment-placement.js';
import type { RedundancyClass } from './stream-layout.js';
import type { StripeWorkers } from './stripe-tasks.js';

export interface PackStoreInit {
  readonly genesis: Uint8Array;
  /** Account of this gateway. */
  readonly gateway: Uint8Array;
  readonly workers: Pick<StripeWorkers, 'seal'>;
  readonly placer: SegmentPlacer;
  readonly space: SpaceReservations;
  readonly nowMs: () => number;
}

/** Ciphertext at the start of a region that has room for all fragments (`packedBytesOf`). */
export interface PackContent extends TerritoryName {
  readonly redundancy: RedundancyClass;
  readonly region: ArenaRegion;
  readonly length: number;
  /** It is a file of the exported index, no pack of objects. */
  readonly isIndex?: boolean;
  readonly signal: AbortSignal;
}

/** The data are ciphertext. */
const sealedAlready = { key: undefined, streamId: new Uint8Array(32), firstFrame: 0, endsStream: false };

export class PackStore {
  constructor(private readonly init: PackStoreInit) {}

  /**
   * Resolves when the durability quorum holds the fragments. If it fails, it releases the reserved space and deletes the
   * fragments. Never touches the region afterwards. Throws `GATEWAY_QUOTA_EXCEEDED`, `GATEWAY_TOO_FEW_PROVIDERS`.
   */
  async store({
    owner,
    territory,
    redundancy,
    region,
    length,
    isIndex = false,
    signal,
  }: PackContent): Promise<NewPack> {
    const { genesis, gateway, placer, workers, space, nowMs } = this.init;
    const layout = segmentLayout(length, redundancy.k, redundancy.n);
    const storedBytes = layout.fragmentLength * layout.n;
    await space.reserve({ owner, territory }, storedBytes);
    try {
      const seed = { genesis, owner, territory, randomness: systemRng.bytes(32) };
      const order = isIndex ? indexOrderId(seed) : orderId(seed);
      const coding = layout.stripes.map((stripe) =>
        workers.seal({
          kind: 'seal',
          ...sealedAlready,
          dataOffset: region.offset + stripe.dataOffset,
          dataLength: stripe.dataLength,
          k: layout.k,
          shardLength: stripe.shardLength,
          shardOffsets: shardOffsets(layout, stripe, region),
        }),
      );
      // Workers write into the region: all have ended before it is used for something else.
      await Promise.allSettled(coding);
      const hashes = await Promise.all(coding);
      const coded = { index: 0, layout, region, hashes };
      const segment = await placeSegment(placer, coded, { genesis, gateway, orderId: order, signal });
      const fragmentRoots = segment.fragments.map(({ root }) => root);
      const segmentRoots = [segmentRoot({ k: layout.k, ciphertextLength: length, fragmentRoots })];
      return {
        packId: fileId({ genesis, owner, orderId: order, segmentRoots }),
        file: {
          owner,
          territory,
          orderId: order,
          streamId: new Uint8Array(0),
          plaintextLength: length,
          ciphertextLength: length,
          storedBytes,
          segmentCount: 1,
          createdAtMs: nowMs(),
        },
        segments: [segment],
      };
    } catch (error) {
      space.release({ owner, territory }, storedBytes);
      throw error;
    }
  }

  /** Gives back a pack that will not enter the index. Does not wait. */
  discard({ file, segments }: NewPack): void {
    this.init.space.release(file, file.storedBytes);
    segments.forEach((segment, index) => {
      discardSegment(this.init.placer, file.orderId, index, segment);
    });
  }
}

/** Memory for the data and the parity of a pack. */
export function packedBytesOf(length: number, { k, n }: RedundancyClass): number {
  return segmentLayout(length, k, n).fragmentLength * n;
}
