// Reads one stripe (docs/architecture.md, "Flow: read"): the shards that are needed from their holders, others when one fails,
// is slow or sends bytes that are not what the manifest says; then verification, decoding and opening in a worker.

import type { ProviderClient } from '@cess/node-api';
import type { FragmentRecord } from '@cess/object-index';
import { elementAt, present } from '@cess/primitives';
import type { Arena, ArenaRegion } from './arena.js';
import { dataPathError } from './errors.js';
import type { ProviderDirectory } from './placement/provider-directory.js';
import type { ReadShard } from './stripe-tasks.js';

export interface StripeShards {
  readonly k: number;
  readonly shardLength: number;
  /** Offset of the stripe's shard in every fragment. */
  readonly shardOffset: number;
  /** Index of the stripe in its segment: which of the shard hashes are its own. */
  readonly stripe: number;
  readonly fragments: readonly FragmentRecord[];
  /** To whom the memory is given. */
  readonly client?: string;
  /** Data shards that the caller needs. */
  readonly wanted: readonly number[];
}

/** What the caller does with enough fetched shards: the indices of bad ones, or undefined when all is well. */
export type ShardConsumer = (
  shards: readonly ReadShard[],
  region: ArenaRegion,
) => Promise<readonly number[] | undefined>;

export interface StripeReaderInit {
  readonly arena: Arena;
  readonly client: ProviderClient;
  readonly directory: ProviderDirectory;
  readonly nowMs: () => number;
}

/** A fetch that takes longer gets a rival. */
const hedgeFloorMs = 150;

interface Fetch {
  readonly index: number;
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** Since the start: fetches that got a rival, and stripes that were rebuilt around wanted shards. */
export interface ReadCounts {
  hedged: number;
  decoded: number;
}

export class StripeReader {
  readonly #counts: ReadCounts = { hedged: 0, decoded: 0 };

  constructor(private readonly init: StripeReaderInit) {}

  get counts(): Readonly<ReadCounts> {
    return this.#counts;
  }

  /**
   * Fetches shards into a region (data shard j at j × shardLength, parity behind) until `consume` is content.
   * The region goes to the caller, who releases it; on failure it is released here.
   * Throws `GATEWAY_UNREADABLE` when too few shards can be had.
   */
  async read(stripe: StripeShards, consume: ShardConsumer, signal: AbortSignal): Promise<ArenaRegion> {
    const { k, shardLength, fragments } = stripe;
    const spare = Math.min(k, fragments.length - k);
    const region = await this.init.arena.acquire((k + spare) * shardLength, signal, stripe.client);
    const run = new StripeRun(this.init, stripe, region, signal);
    const onAbort = () => void run.cancel();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await run.untilConsumed(consume);
      this.#counts.hedged += run.hedged;
      if (run.isDecoded) this.#counts.decoded++;
      return region;
    } catch (error) {
      await run.cancel();
      region.release();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

class StripeRun {
  readonly #candidates: number[];
  readonly #running = new Map<number, Fetch>();
  readonly #fetched = new Map<number, ReadShard>();
  readonly #freeSlots: number[];
  readonly #bad = new Set<number>();
  #wake: () => void = () => {};
  /** Fetches that were started because others took long. */
  hedged = 0;

  constructor(
    private readonly init: StripeReaderInit,
    private readonly stripe: StripeShards,
    private readonly region: ArenaRegion,
    private readonly signal: AbortSignal,
  ) {
    const { k, fragments } = stripe;
    const spare = Math.min(k, fragments.length - k);
    this.#freeSlots = Array.from({ length: spare }, (_, i) => k + i);
    this.#candidates = this.#orderCandidates();
  }

  /** Not all that was wanted could be had: it was computed from others. */
  get isDecoded(): boolean {
    return !this.stripe.wanted.every((index) => this.#fetched.has(index));
  }

  async untilConsumed(consume: ShardConsumer): Promise<void> {
    for (;;) {
      await this.#untilEnough();
      await this.cancel();
      const bad = await consume([...this.#fetched.values()], this.region);
      if (bad === undefined) return;
      for (const index of bad) this.#discard(index);
    }
  }

  /** Ends all fetches; nothing writes into the region afterwards. */
  async cancel(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { controller } of running) controller.abort();
    await Promise.all(running.map(({ done }) => done));
  }

  async #untilEnough(): Promise<void> {
    let hedgeAtMs = this.init.nowMs() + hedgeFloorMs;
    while (!this.#isEnough()) {
      this.signal.throwIfAborted();
      while (this.#fetched.size + this.#running.size < this.#target() && this.#startNext());
      if (this.#running.size === 0)
        throw dataPathError('GATEWAY_UNREADABLE', { fetched: this.#fetched.size, needed: this.stripe.k });
      const waitMs = hedgeAtMs - this.init.nowMs();
      if (waitMs <= 0) {
        if (this.#startNext()) this.hedged++;
        hedgeAtMs = this.init.nowMs() + hedgeFloorMs;
        continue;
      }
      await this.#change(waitMs);
    }
  }

  /** How many shards to aim at: the wanted ones while all of them look good, else any k. */
  #target(): number {
    const { wanted, k } = this.stripe;
    const direct = wanted.every(
      (index) => this.#fetched.has(index) || this.#running.has(index) || this.#candidates.includes(index),
    );
    return direct && !wanted.some((index) => this.#isDoubtful(index)) ? wanted.length : k;
  }

  #isEnough(): boolean {
    const { wanted, k } = this.stripe;
    return this.#fetched.size >= k || wanted.every((index) => this.#fetched.has(index));
  }

  /** Wanted shards first, then others; within each, holders that failed lately last and quick ones first. */
  #orderCandidates(): number[] {
    const { fragments, wanted } = this.stripe;
    const cost = (index: number): number => {
      const holder = present(elementAt(fragments, index).holder, 'the holder');
      return (
        (this.#isDoubtful(index) ? 1e6 : wanted.includes(index) ? -1e6 : 0) + this.init.directory.latencyMs(holder)
      );
    };
    return fragments
      .map((_, index) => index)
      .filter((index) => this.init.directory.get(elementAt(fragments, index).holder ?? -1) !== undefined)
      .sort((a, b) => cost(a) - cost(b));
  }

  #isDoubtful(index: number): boolean {
    const holder = elementAt(this.stripe.fragments, index).holder;
    return this.#bad.has(index) || (holder !== undefined && this.init.directory.isSuspect(holder));
  }

  /** Starts the next candidate for which there is a place; false when there is none. */
  #startNext(): boolean {
    const { k } = this.stripe;
    const at = this.#candidates.findIndex((index) => index < k || this.#freeSlots.length > 0);
    if (at < 0) return false;
    const [index] = this.#candidates.splice(at, 1) as [number];
    const slot = index < k ? index : present(this.#freeSlots.pop(), 'a free slot');
    const controller = new AbortController();
    const done = this.#fetch(index, slot, controller.signal).finally(() => {
      this.#running.delete(index);
      this.#wake();
    });
    this.#running.set(index, { index, controller, done });
    return true;
  }

  /** Never rejects. */
  async #fetch(index: number, slot: number, signal: AbortSignal): Promise<void> {
    const { shardLength, shardOffset, stripe, fragments, k } = this.stripe;
    const { root, shardHashes, holder } = elementAt(fragments, index);
    const provider = holder === undefined ? undefined : this.init.directory.get(holder);
    if (holder === undefined || provider === undefined) {
      // It left the directory after it was chosen.
      if (index >= k) this.#freeSlots.push(slot);
      return;
    }
    const start = slot * shardLength;
    const target = this.region.bytes.subarray(start, start + shardLength);
    const startedAtMs = this.init.nowMs();
    try {
      await this.init.client.readFragment(provider, root, shardOffset, target, signal);
      this.init.directory.reportSuccess(holder, this.init.nowMs() - startedAtMs);
      const hash = shardHashes.subarray(stripe * 32, stripe * 32 + 32);
      this.#fetched.set(index, { index, offset: this.region.offset + start, hash });
    } catch (error) {
      if (index >= k) this.#freeSlots.push(slot);
      if (!signal.aborted) this.init.directory.reportFailure(holder, error);
      else if (!this.signal.aborted) this.#candidates.push(index);
    }
  }

  #discard(index: number): void {
    const shard = this.#fetched.get(index);
    if (shard === undefined) return;
    this.#fetched.delete(index);
    this.#bad.add(index);
    if (index >= this.stripe.k) this.#freeSlots.push((shard.offset - this.region.offset) / this.stripe.shardLength);
    const holder = present(elementAt(this.stripe.fragments, index).holder, 'the holder');
    this.init.directory.reportFailure(holder, new Error(`fragment ${index} holds wrong bytes`));
  }

  /** Resolves when a fetch ended or the time is over. */
  #change(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
