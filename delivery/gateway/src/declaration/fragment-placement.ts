// Rebuilds one fragment of a stored segment, shard by shard from k others, and places it on a provider that holds nothing
// else of the segment. Used for holes of declared files and for undeclared files whose holders the chain does not accept.
import {
  type Arena,
  type ArenaRegion,
  dataPathError,
  type SegmentPlacer,
  type StripeReader,
  type StripeWorkers,
} from '@cess/data-path';
import { segmentLayout } from '@cess/erasure';
import type { FileRecord, SegmentRecord } from '@cess/object-index';
import { elementAt } from '@cess/primitives';

export interface FragmentPlacementInit {
  readonly genesis: Uint8Array;
  /** Account of this gateway. */
  readonly gateway: Uint8Array;
  readonly arena: Arena;
  readonly workers: StripeWorkers;
  readonly stripes: StripeReader;
  readonly placer: SegmentPlacer;
}

/** A fragment to rebuild. */
export interface MissingFragment {
  readonly file: FileRecord;
  readonly segmentIndex: number;
  readonly segment: SegmentRecord;
  readonly fragment: number;
  /** Providers that do not come into question, beside those that hold another fragment of the segment. */
  readonly except?: ReadonlySet<number>;
}

/** Where a rebuilt stripe goes. */
interface StripeTarget {
  readonly stripe: number;
  readonly region: ArenaRegion;
  readonly signal: AbortSignal;
}

export class FragmentPlacement {
  constructor(private readonly init: FragmentPlacementInit) {}

  /** The provider that took the fragment. Throws `GATEWAY_UNREADABLE` or `GATEWAY_TOO_FEW_PROVIDERS`. */
  async rebuild(missing: MissingFragment, signal: AbortSignal): Promise<number> {
    const { file, segmentIndex, segment, fragment, except = new Set() } = missing;
    const layout = segmentLayout(segment.ciphertextLength, segment.k, segment.fragments.length);
    const region = await this.init.arena.acquire(layout.fragmentLength, signal);
    try {
      for (const stripe of layout.stripes.keys()) await this.#rebuildStripe(missing, { stripe, region, signal });
      const { root } = elementAt(segment.fragments, fragment);
      return await this.init.placer.placeOne({
        genesis: this.init.genesis,
        gateway: this.init.gateway,
        orderId: file.orderId,
        segment: segmentIndex,
        fragment: {
          index: fragment,
          root,
          length: layout.fragmentLength,
          pieces: [region.bytes.subarray(0, layout.fragmentLength)],
        },
        except: new Set([
          ...except,
          ...segment.fragments.flatMap(({ holder }) => (holder === undefined ? [] : [holder])),
        ]),
        signal,
      });
    } finally {
      region.release();
    }
  }

  /** Asks a provider to delete a fragment that will not be declared there. */
  forget(holder: number, { file, segmentIndex, fragment }: MissingFragment): void {
    this.init.placer.forget(holder, { orderId: file.orderId, segment: segmentIndex, fragment });
  }

  async #rebuildStripe(
    { segment, fragment }: MissingFragment,
    { stripe, region, signal }: StripeTarget,
  ): Promise<void> {
    const n = segment.fragments.length;
    const { k } = segment;
    const layout = segmentLayout(segment.ciphertextLength, k, n);
    const { shardLength, shardOffset } = elementAt(layout.stripes, stripe);
    const { shardHashes } = elementAt(segment.fragments, fragment);
    // The former holder may still serve the fragment, but it is rebuilt from the others: it did not attest its own.
    const fragments = segment.fragments.map((each, index) =>
      index === fragment ? { ...each, holder: undefined } : each,
    );
    const wanted = [...fragments.keys()].filter((index) => index !== fragment).slice(0, k);
    const read = await this.init.stripes.read(
      { k, shardLength, shardOffset, stripe, fragments, wanted },
      async (shards) => {
        const goal = {
          index: fragment,
          offset: region.offset + shardOffset,
          hash: shardHashes.subarray(stripe * 32, stripe * 32 + 32),
        };
        const result = await this.init.workers.rebuild({ kind: 'rebuild', k, n, shardLength, shards, target: goal });
        if (result.type === 'rebuilt') return undefined;
        if (result.indices.includes(fragment)) throw dataPathError('GATEWAY_UNREADABLE');
        return result.indices;
      },
      signal,
    );
    read.release();
  }
}
