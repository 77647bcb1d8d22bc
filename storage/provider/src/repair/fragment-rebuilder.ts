// Makes the bytes of one fragment from k others of its segment (STORE-4, docs/protocol/audit.md §6.4), stripe by stripe, so
// that at most k + 1 shards are in memory. Each source's root is computed while it streams by: a source that lies or fails
// is found and left out, and the fragment is begun again with others. A leaving holder may be copied from directly.

import { segmentLayout } from '@cess/erasure';
import type { ProviderAddress, ProviderClient } from '@cess/node-api';
import { CessError, equalBytes, isCessError, type Logger, messageOf, type Rng } from '@cess/primitives';
import { FragmentHasher } from '@cess/sealing';
import type { DutyChain, SegmentFacts } from '../chain/duty-chain.js';
import type { ProofWork } from '../proof-worker/proof-tasks.js';
import { shuffled } from '../scheduling/random.js';

/** A shard of 1 MiB that takes longer has a source that is of no use. */
/** What another provider can cause: the rebuild continues with other sources. */
const remoteFaults = [
  'PROVIDER_UNREACHABLE',
  'PROVIDER_STALLED',
  'PROVIDER_REFUSED',
  'PROVIDER_BAD_RESPONSE',
  'FRAGMENT_ROOT_MISMATCH',
  'FRAGMENT_BODY_BROKEN',
] as const;

const shardTimeoutMs = 60_000;

export type FragmentSource = Pick<ProviderClient, 'readFragment'>;

export interface FragmentRebuilderInit {
  readonly chain: Pick<DutyChain, 'providers'>;
  readonly source: FragmentSource;
  readonly proofs: ProofWork;
  readonly rng: Rng;
  readonly logger: Logger;
}

export interface RebuildRequest {
  readonly facts: SegmentFacts;
  /** Index of the fragment that is made. */
  readonly fragment: number;
  /** This provider, which is no source. */
  readonly own: number;
  /** The holder may be copied from. */
  readonly mayCopy: boolean;
}

/** Takes the bytes; rejects when they are not the fragment, or with what reading them throws. */
export type FragmentSink<T> = (body: AsyncIterable<Uint8Array>) => Promise<T>;

interface Source extends ProviderAddress {
  readonly index: number;
  readonly root: Uint8Array;
}

export class FragmentRebuilder {
  #bytesRead = 0;
  #bytesRebuilt = 0;

  constructor(private readonly init: FragmentRebuilderInit) {}

  /** Bytes read from other providers and bytes of fragments made of them. */
  get counts(): { readonly bytesRead: number; readonly bytesRebuilt: number } {
    return { bytesRead: this.#bytesRead, bytesRebuilt: this.#bytesRebuilt };
  }

  /**
   * Gives the fragment to `sink`, again and again with other sources until it is content.
   * Throws `RESTORAL_TOO_FEW_SOURCES`, what `sink` throws with right sources, or `ABORTED`.
   */
  async rebuild<T>(request: RebuildRequest, sink: FragmentSink<T>, signal: AbortSignal): Promise<T> {
    const known = await this.#sources(request);
    const holder = request.mayCopy ? known.find(({ index }) => index === request.fragment) : undefined;
    if (holder !== undefined) {
      const copied = await this.#tryCopy(request, holder, sink, signal);
      if (copied !== undefined) return copied.result;
    }
    const others = shuffled(
      known.filter(({ index }) => index !== request.fragment),
      this.init.rng,
    );
    const { k } = request.facts;
    const excluded = new Set<Source>();
    for (;;) {
      const sources = others.filter((source) => !excluded.has(source)).slice(0, k);
      if (sources.length < k) {
        throw new CessError('RESTORAL_TOO_FEW_SOURCES', 'Too few holders of the segment give right bytes.', {
          needed: k,
          found: sources.length,
        });
      }
      const bad = new Set<Source>();
      try {
        const result = await sink(this.#rebuilt(request, sources, bad, signal));
        this.#bytesRebuilt += request.facts.fragmentLength;
        return result;
      } catch (error) {
        if (signal.aborted || bad.size === 0) throw error;
        for (const source of bad) excluded.add(source);
        this.init.logger.warn(
          { sources: [...bad].map(({ endpoint }) => endpoint) },
          'sources of a fragment are no good',
        );
      }
    }
  }

  async #tryCopy<T>(
    { facts }: RebuildRequest,
    holder: Source,
    sink: FragmentSink<T>,
    signal: AbortSignal,
  ): Promise<{ readonly result: T } | undefined> {
    try {
      return { result: await sink(this.#copied(facts, holder, signal)) };
    } catch (error) {
      // Disk and capacity of this provider would not do better with other sources.
      if (signal.aborted || !isCessError(error, ...remoteFaults)) throw error;
      this.init.logger.debug({ cause: messageOf(error) }, 'a leaving holder gave no copy; rebuilding instead');
      return undefined;
    }
  }

  /** Holders that can be read from. */
  async #sources({ facts, own }: RebuildRequest): Promise<Source[]> {
    const holders = facts.fragments.flatMap(({ holder }) => (holder === undefined || holder === own ? [] : [holder]));
    const addresses = await this.init.chain.providers(holders);
    return facts.fragments.flatMap(({ root, holder }, index) => {
      const address = holder === undefined || holder === own ? undefined : addresses.get(holder);
      return address === undefined ? [] : [{ ...address, index, root }];
    });
  }

  async *#copied(facts: SegmentFacts, holder: Source, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { stripes } = segmentLayout(facts.ciphertextLength, facts.k, facts.n);
    for (const { shardOffset, shardLength } of stripes) {
      yield await this.#read(holder, shardOffset, shardLength, signal);
    }
  }

  /** The fragment; sources that failed, or whose bytes turn out to be wrong at the end, are put into `bad`. */
  async *#rebuilt(
    { facts, fragment: wanted }: RebuildRequest,
    sources: readonly Source[],
    bad: Set<Source>,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const { k, n, ciphertextLength } = facts;
    const hashers = sources.map(() => new FragmentHasher());
    for (const { shardOffset, shardLength } of segmentLayout(ciphertextLength, k, n).stripes) {
      const shards = await this.#readStripe(sources, { shardOffset, shardLength }, bad, signal);
      for (const [i, { bytes }] of shards.entries()) {
        hashers[i]!.update(bytes);
        // A MiB is hashed in a few milliseconds; requests come first.
        await new Promise((resolve) => setImmediate(resolve));
      }
      yield await this.init.proofs.reconstruct({ k, n, wanted, shards }, signal);
    }
    for (const [i, source] of sources.entries()) {
      if (!equalBytes(hashers[i]!.finish().root, source.root)) bad.add(source);
    }
    if (bad.size > 0) throw new CessError('RESTORAL_SOURCE_WRONG', 'A source gave other bytes than its root says.');
  }

  async #readStripe(
    sources: readonly Source[],
    { shardOffset, shardLength }: { readonly shardOffset: number; readonly shardLength: number },
    bad: Set<Source>,
    signal: AbortSignal,
  ): Promise<{ readonly index: number; readonly bytes: Uint8Array }[]> {
    const reads = sources.map(async (source) => {
      try {
        return { index: source.index, bytes: await this.#read(source, shardOffset, shardLength, signal) };
      } catch (error) {
        if (!signal.aborted) bad.add(source);
        throw error;
      }
    });
    const results = await Promise.allSettled(reads);
    return results.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
  }

  async #read(source: Source, offset: number, length: number, signal: AbortSignal): Promise<Uint8Array> {
    const target = new Uint8Array(length);
    const any = AbortSignal.any([signal, AbortSignal.timeout(shardTimeoutMs)]);
    await this.init.source.readFragment(source, source.root, offset, target, any);
    this.#bytesRead += length;
    return target;
  }
}
