// Restores lost fragments (STORE-4, docs/protocol/audit.md §6): claims some of the most urgent orders, rebuilds, stores and
// completes with the tags that a TEE worker made of the stored bytes. Order of writes for one restoral order: claim recorded
// here, claimed on chain, fragment stored, file id set, tags stored, completed on chain, record removed. After a crash between
// any two, the record is compared with the chain. An order that is still claimed is rebuilt, or tagged and completed if the
// fragment is stored. Other records are removed, and upkeep deletes their bytes.
import type { FragmentPlace } from '@cess/client';
import type { FragmentStore } from '@cess/fragment-store';
import { BackgroundLoop, type BackgroundPorts, isCessError, messageOf, pause, toHex } from '@cess/primitives';
import type { ProviderEvent } from '../chain/chain-port.js';
import type { DutyChain, SegmentFacts, TagReportEntry } from '../chain/duty-chain.js';
import type { DeclaredFiles } from '../holdings/declared-files.js';
import { placeFields, placeName, placeOf } from '../holdings/place.js';
import { isWhole } from '../holdings/read-fragment.js';
import { BackOff } from '../scheduling/back-off.js';
import type { BackgroundLane } from '../scheduling/background-lane.js';
import { randomShare } from '../scheduling/random.js';
import type { TagMaking } from '../tagging/tag-maker.js';
import type { TagStore } from '../tagging/tag-store.js';
import type { FragmentRebuilding } from './fragment-rebuilder.js';
import type { RestoralClaiming } from './restoral-claims.js';

/** After an order opens, a provider waits up to this long, so that not all providers claim at once. */
const spreadMs = 5_000;
const leastPauseMs = 10_000;
const mostPauseMs = 3_600_000;
/** A round that waits for tags must not keep other claims from being released in time: an expired claim costs a fine. */
const releaseCheckMs = 10_000;
const claimSeenPauseMs = 1_000;
const claimSeenAttempts = 10;

/** Fragments that are tagged under one key. */
type Tagged = readonly [keyId: Uint8Array, entries: readonly TagReportEntry[]];

export interface RestorerInit extends BackgroundPorts {
  readonly store: FragmentStore;
  readonly declaredFiles: DeclaredFiles;
  readonly claims: RestoralClaiming;
  readonly chain: Pick<DutyChain, 'fragments' | 'segment' | 'completeRestoralOrders'>;
  readonly rebuilder: FragmentRebuilding;
  readonly maker: Pick<TagMaking, 'make'>;
  readonly tags: Pick<TagStore, 'get' | 'remove'>;
  readonly lane: BackgroundLane;
  readonly ownIndex: () => number | undefined;
  /** Expiry of stored fragments, in Unix seconds. */
  readonly expirySeconds: () => number;
  /** Most claims at once. */
  readonly maxClaims: number;
  readonly intervalMs: number;
  /** Called when the chain names this provider as the holder. */
  readonly onRestored: (place: FragmentPlace) => void;
}

export class Restorer {
  readonly #pauses = new BackOff(leastPauseMs, mostPauseMs);
  readonly #loop: BackgroundLoop;
  readonly #releases: BackgroundLoop;

  constructor(private readonly init: RestorerInit) {
    const periodMs = () => init.intervalMs * (0.5 + randomShare(init.rng));
    const task = (signal: AbortSignal) => this.#spreadRound(signal);
    this.#loop = new BackgroundLoop({ ...init, name: 'restoral', task, periodMs, firstPauseMs: periodMs() });
    this.#releases = new BackgroundLoop({
      ...init,
      name: 'release of claims',
      task: (releasing) => this.releaseLate(releasing),
      periodMs: () => releaseCheckMs,
      firstPauseMs: releaseCheckMs,
    });
  }

  start(): void {
    this.#loop.start();
    this.#releases.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#loop.stop(), this.#releases.stop()]);
  }

  /** Takes the events of a finalized block. */
  observe(events: readonly ProviderEvent[]): void {
    if (events.some(({ type }) => type === 'ordered')) this.#loop.trigger();
  }

  /** Claims orders while there is room, and carries out all claims. Rejects when the chain does not answer. */
  async round(signal: AbortSignal): Promise<void> {
    const { claims, maxClaims } = this.init;
    const own = this.init.ownIndex();
    if (own === undefined) return;
    const { open, restored } = await claims.recorded(own, signal);
    for (const place of restored) await this.#finish(place);
    const room = maxClaims - open.length;
    const isPaused = (place: FragmentPlace) => this.#isPaused(placeName(place));
    const claimed = room > 0 ? await claims.claim({ own, room, isPaused }, signal) : [];
    const stored: FragmentPlace[] = [];
    for (const place of [...open, ...claimed]) {
      const isStored = await this.init.lane.run(() => this.#tryStore(own, place, signal), signal, { isUrgent: true });
      if (isStored) stored.push(place);
    }
    const tagged = await this.#tagAll(own, stored, signal);
    for (const [keyId, entries] of tagged) await this.#complete(own, keyId, entries, signal);
  }

  /** Releases claims that are about to expire. Rejects when the chain does not answer. */
  async releaseLate(signal: AbortSignal): Promise<void> {
    const own = this.init.ownIndex();
    if (own !== undefined) await this.init.claims.releaseLate(own, signal);
  }

  async #spreadRound(signal: AbortSignal): Promise<void> {
    await pause(this.init.timers, spreadMs * randomShare(this.init.rng), signal);
    if (!signal.aborted) await this.round(signal);
  }

  #isPaused(name: string): boolean {
    return this.#pauses.readyAtMs(name) > this.init.timers.nowMs();
  }

  /** True when the fragment is stored and may be reported. */
  async #tryStore(own: number, place: FragmentPlace, signal: AbortSignal): Promise<boolean> {
    const name = placeName(place);
    if (this.#isPaused(name)) return false;
    try {
      const facts = await this.init.chain.segment(place.fileId, place.segment);
      if (facts === undefined || !(await this.#store(own, place, facts, signal))) return false;
      this.#pauses.succeeded(name);
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      this.#pauses.failed(name, this.init.timers.nowMs());
      this.init.logger.warn(
        { ...placeFields(place), cause: messageOf(error) },
        'failed to restore a fragment; retrying later',
      );
      return false;
    }
  }

  /** False when the segment has no such fragment. */
  async #store(own: number, place: FragmentPlace, facts: SegmentFacts, signal: AbortSignal): Promise<boolean> {
    const { store, declaredFiles, rebuilder } = this.init;
    const { fileId, segment, fragment } = place;
    const record = facts.fragments[fragment];
    if (record === undefined) return false;
    const { root, holder } = record;
    const { orderId, gateway, fragmentLength: length } = facts;
    const id = { orderId, segment, fragment, root };
    const held = store.get(id);
    if (held === undefined || !(await isWhole(store, held))) {
      const request = { facts, fragment, own, mayCopy: holder !== undefined };
      const put = { ...id, length, gateway, expirySeconds: this.init.expirySeconds() };
      await rebuilder.rebuild(
        request,
        async (body) => {
          if (held === undefined) await store.put(put, body, signal);
          else await store.replace(root, body, signal);
        },
        signal,
      );
    }
    await declaredFiles.setFile(id, fileId);
    return true;
  }

  /** Has a TEE worker tag the stored fragments. The result is grouped by tagging key. */
  async #tagAll(own: number, places: readonly FragmentPlace[], signal: AbortSignal): Promise<readonly Tagged[]> {
    const byKey = new Map<string, [Uint8Array, TagReportEntry[]]>();
    const reports = await Promise.all(places.map((place) => this.#tryTag(own, place, signal)));
    for (const report of reports) {
      if (report === undefined) continue;
      const { keyId, ...entry } = report;
      const group = byKey.get(toHex(keyId)) ?? [keyId, []];
      group[1].push(entry);
      byKey.set(toHex(keyId), group);
    }
    return [...byKey.values()];
  }

  /** The tags of a stored fragment; undefined when no worker makes them now. */
  async #tryTag(
    own: number,
    place: FragmentPlace,
    signal: AbortSignal,
  ): Promise<(TagReportEntry & { readonly keyId: Uint8Array }) | undefined> {
    const { declaredFiles, maker, tags, lane } = this.init;
    const name = placeName(place);
    const held = declaredFiles.at(place);
    if (held === undefined) return undefined;
    try {
      if (tags.get(place) === undefined) {
        const work = (interrupted: AbortSignal) => maker.make(held, own, undefined, signal, interrupted);
        await this.#soonTagged(() => lane.run(work, signal, { bytes: held.length }), signal);
      }
      const record = tags.get(place);
      if (record === undefined) return undefined;
      const { keyId, tagsHash, signature } = record;
      return { ...place, keyId, tagsHash, signature };
    } catch (error) {
      if (signal.aborted) throw error;
      this.#pauses.failed(name, this.init.timers.nowMs());
      const fields = { ...placeFields(place), cause: messageOf(error) };
      this.init.logger.warn(fields, 'failed to tag a restored fragment; retrying later');
      return undefined;
    }
  }

  /** A worker that has not seen the block of the claim yet refuses. It is asked again shortly. */
  async #soonTagged(make: () => Promise<void>, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await make();
      } catch (error) {
        const isTooEarly = isCessError(error, 'TEE_REFUSED') && error.data.teeCode === 'NOT_HOLDER';
        if (!isTooEarly || attempt === claimSeenAttempts) throw error;
      }
      await pause(this.init.timers, claimSeenPauseMs, signal);
    }
  }

  async #complete(
    own: number,
    keyId: Uint8Array,
    entries: readonly TagReportEntry[],
    signal: AbortSignal,
  ): Promise<void> {
    const { chain, tags, timers, logger } = this.init;
    try {
      await chain.completeRestoralOrders(keyId, entries, signal);
    } catch (error) {
      if (!isCessError(error, 'CHAIN_DISPATCH_FAILED') && !isCessError(error, 'CHAIN_CALL_INVALID')) throw error;
      logger.debug({ cause: messageOf(error) }, 'the chain rejected the completion of restoral orders');
    }
    const fragments = await chain.fragments(entries);
    for (const [i, entry] of entries.entries()) {
      if (fragments[i]?.holder === own) {
        await this.#finish(placeOf(entry));
      } else {
        // The next attempt gets new tags, because the key of these may be revoked.
        await tags.remove(entry);
        this.#pauses.failed(placeName(entry), timers.nowMs());
      }
    }
  }

  /** Called when the chain names this provider as the holder. */
  async #finish(place: FragmentPlace): Promise<void> {
    await this.init.claims.settle(place);
    this.init.logger.info(placeFields(place), 'restored a fragment');
    this.init.onRestored(place);
  }
}
