// Restores lost fragments (STORE-4, docs/protocol/audit.md §6): claims some of the most urgent orders, rebuilds, stores and
// reports to the chain. Order of writes for one restoral order: claim recorded here, claimed on chain, fragment stored,
// file id set, completed on chain, record removed. After a crash between any two, the record is compared with the chain. An
// order that is still claimed is rebuilt, or completed if the fragment is stored. Other records are removed, and upkeep
// deletes their bytes.
import type { FragmentPlace } from '@cess/client';
import type { FragmentStore } from '@cess/fragment-store';
import { BackgroundLoop, type BackgroundPorts, isCessError, messageOf, pause } from '@cess/primitives';
import type { ProviderEvent } from '../chain/chain-port.js';
import type { DutyChain, SegmentFacts } from '../chain/duty-chain.js';
import type { DeclaredFiles } from '../holdings/declared-files.js';
import { placeFields, placeName } from '../holdings/place.js';
import { isWhole } from '../holdings/read-fragment.js';
import { BackOff } from '../scheduling/back-off.js';
import type { BackgroundLane } from '../scheduling/background-lane.js';
import { randomShare } from '../scheduling/random.js';
import type { FragmentRebuilding } from './fragment-rebuilder.js';
import type { RestoralClaiming } from './restoral-claims.js';

/** After an order opens, a provider waits up to this long, so that not all providers claim at once. */
const spreadMs = 5_000;
const leastPauseMs = 10_000;
const mostPauseMs = 3_600_000;

export interface RestorerInit extends BackgroundPorts {
  readonly store: FragmentStore;
  readonly declaredFiles: DeclaredFiles;
  readonly claims: RestoralClaiming;
  readonly chain: Pick<DutyChain, 'fragments' | 'segment' | 'completeRestoralOrders'>;
  readonly rebuilder: FragmentRebuilding;
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

  constructor(private readonly init: RestorerInit) {
    const periodMs = () => init.intervalMs * (0.5 + randomShare(init.rng));
    const task = (signal: AbortSignal) => this.#spreadRound(signal);
    this.#loop = new BackgroundLoop({ ...init, name: 'restoral', task, periodMs, firstPauseMs: periodMs() });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
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
    const { open, restored } = await claims.recorded(own);
    for (const place of restored) await this.#finish(place);
    const room = maxClaims - open.length;
    const isPaused = (place: FragmentPlace) => this.#isPaused(placeName(place));
    const claimed = room > 0 ? await claims.claim({ own, room, isPaused }, signal) : [];
    const stored: FragmentPlace[] = [];
    for (const place of [...open, ...claimed]) {
      const isStored = await this.init.lane.run(() => this.#tryStore(own, place, signal), signal, { isUrgent: true });
      if (isStored) stored.push(place);
    }
    if (stored.length > 0) await this.#complete(own, stored, signal);
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

  async #complete(own: number, places: readonly FragmentPlace[], signal: AbortSignal): Promise<void> {
    try {
      await this.init.chain.completeRestoralOrders(places, signal);
    } catch (error) {
      if (!isCessError(error, 'CHAIN_DISPATCH_FAILED') && !isCessError(error, 'CHAIN_CALL_INVALID')) throw error;
      this.init.logger.debug({ cause: messageOf(error) }, 'the chain rejected the completion of restoral orders');
    }
    const fragments = await this.init.chain.fragments(places);
    for (const [i, place] of places.entries()) {
      if (fragments[i]?.holder === own) await this.#finish(place);
      else this.#pauses.failed(placeName(place), this.init.timers.nowMs());
    }
  }

  /** Called when the chain names this provider as the holder. */
  async #finish(place: FragmentPlace): Promise<void> {
    await this.init.claims.settle(place);
    this.init.logger.info(placeFields(place), 'restored a fragment');
    this.init.onRestored(place);
  }
}
