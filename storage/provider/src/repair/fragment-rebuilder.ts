// Rebuilds one fragment from k others of its segment (STORE-4, docs/protocol/audit.md §6.4). It works stripe by stripe, so
// at most k + 1 shards are in memory. The root of each source is computed while its bytes stream in: a source that lies or
// fails is excluded, and the rebuild restarts with other sources. A fragment of a leaving holder may be copied instead.

import { segmentLayout } from '@cess/erasure';
import type { ProviderAddress, ProviderClient } from '@cess/node-api';
import { CessError, elementAt, equalBytes, isCessError, type Logger, messageOf, type Rng } from '@cess/primitives';
import { FragmentHasher } from '@cess/sealing';
import type { DutyChain, SegmentFacts } from '../chain/duty-chain.js';
import type { ProofWork } from '../proof-worker/proof-tasks.js';
import { shuffled } from '../scheduling/random.js';

/** Errors that another provider can cause. The rebuild continues with other sources. */
const remoteFaults = [
  'PROVIDER_UNREACHABLE',
  'PROVIDER_STALLED',
  'PROVIDER_REFUSED',
  'PROVIDER_BAD_RESPONSE',
  'FRAGMENT_ROOT_MISMATCH',
  'FRAGMENT_BODY_BROKEN',
] as const;

/** A source that takes longer for a shard of 1 MiB is excluded. */
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
  /** Index of the wanted fragment. */
  readonly fragment: number;
  /** Index of this provider, which is not used as a source. */
  readonly own: number;
  /** Whether the fragment may be copied from its holder. */
  readonly mayCopy: boolean;
}

/** Takes the bytes. Rejects when they are not the fragment, or with what reading them throws. */
export type FragmentSink = (body: AsyncIterable<Uint8Array>) => Promise<unknown>;

export type RebuildResult = 'copied' | 'rebuilt';

export interface FragmentRebuilding {
  /**
   * Passes the fragment to `sink`, repeatedly with other sources until `sink` accepts the bytes.
   * Throws `RESTORAL_TOO_FEW_SOURCES`, what `sink` throws for correct bytes, or `ABORTED`.
   */
  rebuild(request: RebuildRequest, sink: FragmentSink, signal: AbortSignal): Promise<RebuildResult>;
}

interface Source extends ProviderAddress {
  readonly index: number;
  readonly root: Uint8Array;
}

export class FragmentRebuilder implements FragmentRebuilding {
  constructor(private readonly init: FragmentRebuilderInit) {}

  async rebuild(request: RebuildRequest, sink: FragmentSink, signal: AbortSignal): Promise<RebuildResult> {
    const known = await this.#sources(request);
    const holder = request.mayCopy ? known.find(({ index }) => index === request.fragment) : undefined;
    if (holder !== undefined && (await this.#tryCopy(request, holder, sink, signal))) return 'copied';
    const others = shuffled(
      known.filter(({ index }) => index !== request.fragment),
      this.init.rng,
    );
    const { k } = request.facts;
    const excluded = new Set<Source>();
    for (;;) {
      const sources = others.filter((source) => !excluded.has(source)).slice(0, k);
      if (sources.length < k) {
        throw new CessError('RESTORAL_TOO_FEW_SOURCES', 'Too few holders of the segment send correct bytes.', {
          needed: k,
          found: sources.length,
        });
      }
      const bad = new Set<Source>();
      try {
        await sink(this.#rebuilt(request, sources, bad, signal));
        return 'rebuilt';
      } catch (error) {
        if (signal.aborted || bad.size === 0) throw error;
        for (const source of bad) excluded.add(source);
        this.init.logger.warn(
          { sources: [...bad].map(({ endpoint }) => endpoint) },
          'excluded sources of a rebuild that failed or sent wrong bytes',
        );
      }
    }
  }

  /** False when the holder failed. Throws what this provider's own disk causes. */
  async #tryCopy({ facts }: RebuildRequest, holder: Source, sink: FragmentSink, signal: AbortSignal): Promise<boolean> {
    try {
      await sink(this.#copied(facts, holder, signal));
      return true;
    } catch (error) {
      if (signal.aborted || !isCessError(error, ...remoteFaults)) throw error;
      this.init.logger.debug({ cause: messageOf(error) }, 'copying from a leaving holder failed; rebuilding instead');
      return false;
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

  /** The bytes of the fragment. Adds sources that failed, or whose root is wrong at the end, to `bad`. */
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
        elementAt(hashers, i).update(bytes);
        // Hashing 1 MiB takes a few milliseconds. Requests are served in between.
        await new Promise((resolve) => setImmediate(resolve));
      }
      yield await this.init.proofs.reconstruct({ k, n, wanted, shards }, signal);
    }
    for (const [i, source] of sources.entries()) {
      if (!equalBytes(elementAt(hashers, i).finish().root, source.root)) bad.add(source);
    }
    if (bad.size > 0) throw new CessError('RESTORAL_SOURCE_WRONG', 'A source sent bytes that do not match its root.');
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
    return target;
  }
}
