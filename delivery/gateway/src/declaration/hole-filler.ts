// Fills holes: fragments of declared files that no provider holds (a straggler at upload, a holder that did not
// attest). Rebuilds the fragment shard by shard from k others, places it on a provider that holds nothing else of the
// segment, and reports the placement. One segment at a time, in the background.
import { segmentLayout } from '@cess/erasure';
import type { FileRecord, ObjectIndex, SegmentRecord } from '@cess/object-index';
import { CessError, delay, type Logger, messageOf, type Startable, toHex } from '@cess/primitives';
import type { GatewayChain } from '../chain-port.js';
import { gatewayError } from '../errors.js';
import type { ProviderDirectory } from '../placement/provider-directory.js';
import type { SegmentPlacer } from '../placement/segment-placer.js';
import type { Arena, ArenaRegion } from '../storage/arena.js';
import type { StripeReader } from '../storage/stripe-reader.js';
import type { StripeWorkers } from '../storage/stripe-tasks.js';
import type { Attestations } from './attestations.js';

export interface HoleFillerInit {
  readonly genesis: Uint8Array;
  readonly gateway: Uint8Array;
  readonly index: ObjectIndex;
  readonly chain: GatewayChain;
  readonly arena: Arena;
  readonly workers: StripeWorkers;
  readonly stripes: StripeReader;
  readonly placer: SegmentPlacer;
  readonly directory: ProviderDirectory;
  readonly attestations: Attestations;
  readonly logger: Logger;
  readonly intervalMs?: number;
}

interface Hole {
  readonly fileId: Uint8Array;
  readonly file: FileRecord;
  readonly segmentIndex: number;
  readonly segment: SegmentRecord;
  readonly fragment: number;
}

export class HoleFiller implements Startable {
  readonly #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(private readonly init: HoleFillerInit) {}

  async start(): Promise<void> {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      for (const { fileId, segment } of this.init.index.listHoles(64)) {
        if (signal.aborted) return;
        await this.#fillSegment(fileId, segment).catch((error: unknown) => {
          if (!signal.aborted)
            this.init.logger.warn(
              { fileId: toHex(fileId), segment, cause: messageOf(error) },
              'a hole could not be filled yet',
            );
        });
      }
      await delay(this.init.intervalMs ?? 5_000, signal).catch(() => {});
    }
  }

  async #fillSegment(fileId: Uint8Array, segmentIndex: number): Promise<void> {
    const file = this.init.index.getFile(fileId);
    const segment = this.init.index.getSegment(fileId, segmentIndex);
    if (file?.state !== 'declared' || segment === undefined) return;
    for (const [fragment, { holder }] of segment.fragments.entries()) {
      if (holder === undefined) await this.#fill({ fileId, file, segmentIndex, segment, fragment });
    }
  }

  /**
   * Order: the fragment is durable at the provider, then the chain records it, then the index names the holder. A crash
   * in between leaves a hole that is filled again; the chain refuses a second holder, which ends the attempt.
   */
  async #fill(hole: Hole): Promise<void> {
    const { fileId, file, segmentIndex, segment, fragment } = hole;
    const layout = segmentLayout(segment.ciphertextLength, segment.k, segment.fragments.length);
    const { signal } = this.#stopping;
    const region = await this.init.arena.acquire(layout.fragmentLength, signal);
    try {
      for (const stripe of layout.stripes.keys()) await this.#rebuild(hole, stripe, region);
      const { root } = segment.fragments[fragment]!;
      const placed = {
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
        except: new Set(segment.fragments.flatMap(({ holder }) => (holder === undefined ? [] : [holder]))),
        signal,
      };
      const miner = await this.init.placer.placeOne(placed);
      const held = {
        fileId,
        orderId: file.orderId,
        segment: segmentIndex,
        fragment,
        root,
        length: layout.fragmentLength,
      };
      const [attestation] = await this.init.attestations.collect(new Map([[miner, [held]]]));
      if (attestation === undefined)
        throw new CessError('PROVIDER_BAD_RECEIPT', 'The new holder did not attest the fragment.', { miner });
      await this.init.chain.reportPlacement({ ...attestation, fileId, segment: segmentIndex, fragment });
      await this.init.index.setHolder(fileId, segmentIndex, fragment, miner);
      this.init.logger.info({ fileId: toHex(fileId), segment: segmentIndex, fragment, miner }, 'a hole was filled');
    } finally {
      region.release();
    }
  }

  async #rebuild({ segment, fragment }: Hole, stripe: number, target: ArenaRegion): Promise<void> {
    const n = segment.fragments.length;
    const { k } = segment;
    const layout = segmentLayout(segment.ciphertextLength, k, n);
    const { shardLength, shardOffset } = layout.stripes[stripe]!;
    const { shardHashes } = segment.fragments[fragment]!;
    const wanted = Array.from({ length: k }, (_, index) => index);
    const read = await this.init.stripes.read(
      { k, shardLength, shardOffset, stripe, fragments: segment.fragments, wanted },
      async (shards) => {
        const goal = {
          index: fragment,
          offset: target.offset + shardOffset,
          hash: shardHashes.subarray(stripe * 32, stripe * 32 + 32),
        };
        const result = await this.init.workers.rebuild({ kind: 'rebuild', k, n, shardLength, shards, target: goal });
        if (result.type === 'rebuilt') return undefined;
        if (result.indices.includes(fragment)) throw gatewayError('GATEWAY_UNREADABLE');
        return result.indices;
      },
      this.#stopping.signal,
    );
    read.release();
  }
}
