// Brings lost fragments back (STORE-4, docs/protocol/audit.md §6): takes a few of the most urgent orders, rebuilds, stores,
// tells the chain. Order of writes for one order: claim noted here, claimed on chain, fragment stored, file id set,
// completed on chain, note removed. After a crash between any two the note is compared with the chain: what is still
// claimed is rebuilt, or completed if it is stored; what is not is forgotten, and upkeep removes its bytes.
import type { FragmentPlace } from '@cess/client';
import type { FragmentStore } from '@cess/fragment-store';
import { BackgroundLoop, type BackgroundPorts, isCessError, messageOf, pause } from '@cess/primitives';
import type { ProviderEvent } from '../chain/chain-port.js';
import type { DutyChain, SegmentFacts } from '../chain/duty-chain.js';
import type { DeclaredFiles } from '../holdings/declared-files.js';
import { placeFields, placeName } from '../holdings/place.js';
import { BackOff } from '../scheduling/back-off.js';
import type { BackgroundLane } from '../scheduling/background-lane.js';
import { randomShare } from '../scheduling/random.js';
import type { TagStore } from '../tagging/tag-store.js';
import type { FragmentRebuilder } from './fragment-rebuilder.js';
import { chooseOrders } from './order-choice.js';
import { isWhole } from './repairer.js';

/** An order that was just opened waits up to this long, so that not all providers ask for it at once. */
const spreadMs = 5_000;
const leastPauseMs = 10_000;
const mostPauseMs = 3_600_000;

export interface RestorerInit extends BackgroundPorts {
  readonly store: FragmentStore;
  readonly declared: DeclaredFiles;
  /** Keeps the notes of claims. */
  readonly notes: Pick<TagStore, 'claims' | 'addClaims' | 'removeClaim'>;
  readonly chain: Pick<
    DutyChain,
    'fragments' | 'restoralQueue' | 'restoralOrders' | 'segment' | 'ownSpace' | 'claimOrders' | 'completeOrders'
  >;
  readonly rebuilder: FragmentRebuilder;
  readonly lane: BackgroundLane;
  readonly ownIndex: () => number | undefined;
  /** Expiry of what is stored, Unix seconds. */
  readonly expirySeconds: () => number;
  /** Orders that are worked on at once. */
  readonly maxClaims: number;
  readonly intervalMs: number;
  /** This provider is the holder now. */
  readonly onRestored: (place: FragmentPlace) => void;
}

export class Restorer {
  readonly #pauses = new BackOff(leastPauseMs, mostPauseMs);
  readonly #loop: BackgroundLoop;
  #claimed = 0;
  #restored = 0;

  constructor(private readonly init: RestorerInit) {
    const periodMs = () => init.intervalMs * (0.5 + randomShare(init.rng));
    const task = (signal: AbortSignal) => this.#spreadRound(signal);
    this.#loop = new BackgroundLoop({ ...init, name: 'restoral', task, periodMs, firstPauseMs: periodMs() });
  }

  /** Orders that the chain gave to this provider. */
  get claimed(): number {
    return this.#claimed;
  }

  get restored(): number {
    return this.#restored;
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Takes what a finalized block says. */
  observe(events: readonly ProviderEvent[]): void {
    if (events.some(({ type }) => type === 'ordered')) this.#loop.trigger();
  }

  /** Carries out what is claimed, and claims more before if there is room. Rejects when the chain does not answer. */
  async round(signal: AbortSignal): Promise<void> {
    const own = this.init.ownIndex();
    if (own === undefined) return;
    const open = await this.#openClaims(own);
    const room = this.init.maxClaims - open.length;
    if (room > 0) open.push(...(await this.#claim(own, room, signal)));
    const stored: FragmentPlace[] = [];
    for (const place of open) {
      const isStored = await this.init.lane.run(() => this.#tryStore(own, place, signal), signal, { isUrgent: true });
      if (isStored) stored.push(place);
    }
    if (stored.length > 0) await this.#complete(own, stored, signal);
  }

  async #spreadRound(signal: AbortSignal): Promise<void> {
    await pause(this.init.timers, spreadMs * randomShare(this.init.rng), signal);
    if (!signal.aborted) await this.round(signal);
  }

  /** Noted claims that the chain knows; the others are settled. */
  async #openClaims(own: number): Promise<FragmentPlace[]> {
    const noted = this.init.notes.claims();
    if (noted.length === 0) return [];
    const [{ orders }, fragments] = await Promise.all([
      this.init.chain.restoralOrders(noted),
      this.init.chain.fragments(noted),
    ]);
    const open: FragmentPlace[] = [];
    for (const [i, place] of noted.entries()) {
      if (orders[i]?.claim?.provider === own && fragments[i]?.holder !== own) {
        open.push(place);
        continue;
      }
      if (fragments[i]?.holder === own) await this.#finish(place);
      else await this.init.notes.removeClaim(place);
    }
    return open;
  }

  async #claim(own: number, room: number, signal: AbortSignal): Promise<FragmentPlace[]> {
    const { chain, notes, store, timers } = this.init;
    const now = timers.nowMs();
    const isPaused = (place: FragmentPlace) => this.#pauses.readyAtMs(placeName(place)) > now;
    const freeBytes = await store.freeBytes();
    const chosen = await chooseOrders({ chain, own, room, freeBytes, isPaused, rng: this.init.rng });
    if (chosen.length === 0) return [];
    await notes.addClaims(chosen);
    try {
      await chain.claimOrders(chosen, signal);
    } catch (error) {
      // Others were quicker.
      if (!isCessError(error, 'CHAIN_DISPATCH_FAILED')) throw error;
    }
    const taken = await this.#openClaims(own);
    const names = new Set(chosen.map(placeName));
    const claimed = taken.filter((place) => names.has(placeName(place)));
    this.#claimed += claimed.length;
    return claimed;
  }

  /** True when the fragment is here and may be reported. */
  async #tryStore(own: number, place: FragmentPlace, signal: AbortSignal): Promise<boolean> {
    const name = placeName(place);
    if (this.#pauses.readyAtMs(name) > this.init.timers.nowMs()) return false;
    try {
      const facts = await this.init.chain.segment(place.fileId, place.segment);
      if (facts === undefined) return false;
      await this.#store(own, place, facts, signal);
      this.#pauses.succeeded(name);
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      this.#pauses.failed(name, this.init.timers.nowMs());
      this.init.logger.warn({ ...placeFields(place), cause: messageOf(error) }, 'a fragment could not be restored yet');
      return false;
    }
  }

  async #store(own: number, place: FragmentPlace, facts: SegmentFacts, signal: AbortSignal): Promise<void> {
    const { store, declared, rebuilder } = this.init;
    const { fileId, segment, fragment } = place;
    const { root, holder } = facts.fragments[fragment]!;
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
    await declared.setFile(id, fileId);
  }

  async #complete(own: number, places: readonly FragmentPlace[], signal: AbortSignal): Promise<void> {
    try {
      await this.init.chain.completeOrders(places, signal);
    } catch (error) {
      if (!isCessError(error, 'CHAIN_DISPATCH_FAILED') && !isCessError(error, 'CHAIN_CALL_INVALID')) throw error;
      this.init.logger.debug({ cause: messageOf(error) }, 'the chain did not take a completion');
    }
    const fragments = await this.init.chain.fragments(places);
    for (const [i, place] of places.entries()) {
      if (fragments[i]?.holder === own) await this.#finish(place);
      else this.#pauses.failed(placeName(place), this.init.timers.nowMs());
    }
  }

  /** This provider is the holder. */
  async #finish(place: FragmentPlace): Promise<void> {
    await this.init.notes.removeClaim(place);
    this.#restored++;
    this.init.logger.info(placeFields(place), 'a fragment was restored');
    this.init.onRestored(place);
  }
}
