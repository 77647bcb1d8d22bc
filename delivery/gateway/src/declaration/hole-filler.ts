// Fills holes: fragments of declared files without a holder on chain. The filler asks a holder that issued a receipt but
// did not attest in time again. Otherwise it rebuilds the fragment shard by shard from k others, places it on a provider
// that holds nothing else of the segment and reports the placement. One segment at a time, in the background.
import {
  type Arena,
  type ArenaRegion,
  dataPathError,
  type ProviderDirectory,
  type SegmentPlacer,
  type StripeReader,
  type StripeWorkers,
} from '@cess/data-path';
import { segmentLayout } from '@cess/erasure';
import type { FileRecord, ObjectIndex, SegmentRecord } from '@cess/object-index';
import {
  BackgroundLoop,
  type BackgroundPorts,
  CessError,
  elementAt,
  isCessError,
  SetAside,
  type Startable,
  toHex,
} from '@cess/primitives';
import { fragmentLength } from '@cess/types';
import type { GatewayChain } from '../chain-port.js';
import type { Attestations } from './attestations.js';

export interface HoleFillerInit extends BackgroundPorts {
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
  readonly intervalMs?: number;
}

const holesPerTurn = 64;
/** The chain may reject a placement because another was recorded first. The next attempts read that record. */
const maxAttempts = 5;

interface Hole {
  readonly fileId: Uint8Array;
  readonly file: FileRecord;
  readonly segmentIndex: number;
  readonly segment: SegmentRecord;
  readonly fragment: number;
}

/** Where a rebuilt stripe goes. */
interface StripeTarget {
  readonly stripe: number;
  readonly region: ArenaRegion;
  readonly signal: AbortSignal;
}

export class HoleFiller implements Startable {
  /** Segments that cannot be processed. */
  readonly setAside: SetAside;
  readonly #loop: BackgroundLoop;
  /** Each turn continues after the previous one, so that holes that cannot be filled yet do not block the others. */
  #last: { fileId: Uint8Array; segment: number } | undefined;
  #filled = 0;

  constructor(private readonly init: HoleFillerInit) {
    const name = 'hole filler';
    this.setAside = new SetAside(name, init, { attempts: maxAttempts, onRetryable: 'skip' });
    this.#loop = new BackgroundLoop({
      ...init,
      name,
      task: (signal) => this.#turn(signal),
      periodMs: init.intervalMs ?? 5_000,
    });
  }

  /** Holes that were filled since the start. */
  get filled(): number {
    return this.#filled;
  }

  async start(): Promise<void> {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const holes = this.init.index.listHoles(holesPerTurn, this.#last);
    this.#last = holes.length < holesPerTurn ? undefined : holes.at(-1);
    for (const { fileId, segment } of holes) {
      if (signal.aborted) return;
      const name = `segment ${segment} of file ${toHex(fileId)}`;
      await this.setAside.attempt(name, () => this.#fillSegment(fileId, segment, signal), signal);
    }
  }

  async #fillSegment(fileId: Uint8Array, segmentIndex: number, signal: AbortSignal): Promise<void> {
    const file = this.init.index.getFile(fileId);
    const holes = this.init.index.getSegment(fileId, segmentIndex)?.fragments;
    if (file?.state !== 'declared' || holes === undefined) return;
    for (const fragment of holes.keys()) {
      // Reload the segment for every hole: the provider that filled the previous one must not be selected again.
      const segment = this.init.index.getSegment(fileId, segmentIndex);
      if (segment?.fragments[fragment]?.attested !== false) continue;
      await this.#fill({ fileId, file, segmentIndex, segment, fragment }, signal);
    }
  }

  /**
   * Order: the fragment is durable at the provider, then the chain records it, then the index names the holder. A crash
   * in between leaves a hole mark, which the next turn resolves from the chain state.
   */
  async #fill(hole: Hole, signal: AbortSignal): Promise<void> {
    const { fileId, segmentIndex, fragment } = hole;
    const recorded = await this.init.chain.fragmentHolder(fileId, segmentIndex, fragment);
    // Filled before a crash that the index did not survive.
    if (recorded !== undefined) return this.init.index.setHolder(fileId, segmentIndex, fragment, recorded);
    const former = hole.segment.fragments[fragment]?.holder;
    if (former !== undefined && (await this.#reportFormer(hole, former))) return;
    const holder = await this.#rebuildAndPlace(hole, signal);
    const place = { orderId: hole.file.orderId, segment: segmentIndex, fragment };
    const reported = await this.#report(hole, holder).catch((error: unknown) => {
      // Definitely rejected: the placed fragment will never be declared. After other errors it may have been.
      if (isCessError(error, 'CHAIN_DISPATCH_FAILED')) this.init.placer.forget(holder, place);
      throw error;
    });
    if (!reported) {
      this.init.placer.forget(holder, place);
      throw new CessError('PROVIDER_BAD_RECEIPT', 'The new holder did not attest the fragment.', { provider: holder });
    }
  }

  /** False when the former holder does not attest, or the chain refuses it, for example because it is leaving. */
  async #reportFormer(hole: Hole, holder: number): Promise<boolean> {
    try {
      return await this.#report(hole, holder);
    } catch (error) {
      if (!isCessError(error, 'CHAIN_DISPATCH_FAILED')) throw error;
      const recorded = await this.init.chain.fragmentHolder(hole.fileId, hole.segmentIndex, hole.fragment);
      if (recorded === undefined) return false;
      await this.init.index.setHolder(hole.fileId, hole.segmentIndex, hole.fragment, recorded);
      return true;
    }
  }

  /** Requests an attestation from a holder and reports it; false when the holder does not attest. */
  async #report({ fileId, file, segmentIndex, segment, fragment }: Hole, holder: number): Promise<boolean> {
    const length = fragmentLength(segment.ciphertextLength, segment.k);
    const { root } = elementAt(segment.fragments, fragment);
    const held = { fileId, orderId: file.orderId, segment: segmentIndex, fragment, root, length };
    const [attestation] = await this.init.attestations.collect(new Map([[holder, [held]]]));
    if (attestation === undefined) return false;
    await this.init.chain.reportPlacement({ ...attestation, fileId, segment: segmentIndex, fragment });
    await this.init.index.setHolder(fileId, segmentIndex, fragment, holder);
    this.#filled++;
    this.init.logger.info({ fileId: toHex(fileId), segment: segmentIndex, fragment, holder }, 'filled a hole');
    return true;
  }

  async #rebuildAndPlace(hole: Hole, signal: AbortSignal): Promise<number> {
    const { file, segmentIndex, segment, fragment } = hole;
    const layout = segmentLayout(segment.ciphertextLength, segment.k, segment.fragments.length);
    const region = await this.init.arena.acquire(layout.fragmentLength, signal);
    try {
      for (const stripe of layout.stripes.keys()) await this.#rebuild(hole, { stripe, region, signal });
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
        except: new Set(segment.fragments.flatMap(({ holder }) => (holder === undefined ? [] : [holder]))),
        signal,
      });
    } finally {
      region.release();
    }
  }

  async #rebuild({ segment, fragment }: Hole, { stripe, region, signal }: StripeTarget): Promise<void> {
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
