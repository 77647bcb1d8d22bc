// The restoral orders that this provider has claimed. A claim is written to disk before it is submitted, so a crash cannot
// forget one. A stored claim is compared with the chain before it is used.
import { type FragmentPlace, MAX_PLACES } from '@cess/client';
import type { FragmentStore } from '@cess/fragment-store';
import { isCessError, type Rng } from '@cess/primitives';
import type { DutyChain } from '../chain/duty-chain.js';
import { placeName } from '../holdings/place.js';
import type { TagStore } from '../tagging/tag-store.js';
import { chooseRestoralOrders } from './order-choice.js';

/** A claim is released when less than this share of its time is left. */
const releasedShare = 0.2;

export interface RestoralClaimsInit {
  readonly records: Pick<TagStore, 'claims' | 'addClaims' | 'removeClaim'>;
  readonly store: Pick<FragmentStore, 'freeBytes'>;
  readonly chain: Pick<
    DutyChain,
    | 'fragments'
    | 'queuedSegments'
    | 'restoralOrders'
    | 'segment'
    | 'ownSpace'
    | 'claimRestoralOrders'
    | 'releaseRestoralOrders'
  >;
  readonly rng: Rng;
}

export interface RecordedClaims {
  /** The chain still assigns these orders to this provider. */
  readonly open: readonly FragmentPlace[];
  /** The chain names this provider as the holder. */
  readonly restored: readonly FragmentPlace[];
}

export interface ClaimRequest {
  readonly own: number;
  /** Most orders to claim. */
  readonly room: number;
  readonly isPaused: (place: FragmentPlace) => boolean;
}

export interface RestoralClaiming {
  /**
   * Compares the recorded claims with the chain, removes those that the chain gave to another provider, and releases those
   * that are about to expire, because an expired claim costs a fine.
   */
  recorded(own: number, signal: AbortSignal): Promise<RecordedClaims>;
  /** Releases those that are about to expire, also while orders are carried out. */
  releaseLate(own: number, signal: AbortSignal): Promise<void>;
  /** Claims some of the most urgent orders. Returns those that the chain assigned to this provider. */
  claim(request: ClaimRequest, signal: AbortSignal): Promise<readonly FragmentPlace[]>;
  /** Removes the record of a restored fragment. */
  settle(place: FragmentPlace): Promise<void>;
}

export class RestoralClaims implements RestoralClaiming {
  constructor(private readonly init: RestoralClaimsInit) {}

  async recorded(own: number, signal: AbortSignal): Promise<RecordedClaims> {
    const { records, chain } = this.init;
    const claims = records.claims();
    if (claims.length === 0) return { open: [], restored: [] };
    const [{ now, claimPeriod, orders }, fragments] = await Promise.all([
      chain.restoralOrders(claims),
      chain.fragments(claims),
    ]);
    const open: FragmentPlace[] = [];
    const late: FragmentPlace[] = [];
    const restored: FragmentPlace[] = [];
    for (const [i, place] of claims.entries()) {
      const claim = orders[i]?.claim;
      if (fragments[i]?.holder === own) restored.push(place);
      else if (claim?.provider === own) (isLate(claim.until - now, claimPeriod) ? late : open).push(place);
      else await records.removeClaim(place);
    }
    if (late.length > 0) await this.#release(late, signal);
    return { open, restored };
  }

  async releaseLate(own: number, signal: AbortSignal): Promise<void> {
    const claims = this.init.records.claims();
    if (claims.length === 0) return;
    const { now, claimPeriod, orders } = await this.init.chain.restoralOrders(claims);
    const isOwnAndLate = (_: FragmentPlace, i: number) => {
      const claim = orders[i]?.claim;
      return claim?.provider === own && isLate(claim.until - now, claimPeriod);
    };
    const late = claims.filter(isOwnAndLate);
    if (late.length > 0) await this.#release(late, signal);
  }

  async claim({ own, room, isPaused }: ClaimRequest, signal: AbortSignal): Promise<readonly FragmentPlace[]> {
    const { chain, records, store, rng } = this.init;
    const freeBytes = await store.freeBytes();
    const chosen = await chooseRestoralOrders({ chain, own, room, freeBytes, isPaused, rng });
    if (chosen.length === 0) return [];
    await records.addClaims(chosen);
    try {
      await chain.claimRestoralOrders(chosen, signal);
    } catch (error) {
      // Other providers claimed all of them first.
      if (!isCessError(error, 'CHAIN_DISPATCH_FAILED')) throw error;
    }
    const names = new Set(chosen.map(placeName));
    const { open } = await this.recorded(own, signal);
    return open.filter((place) => names.has(placeName(place)));
  }

  settle(place: FragmentPlace): Promise<void> {
    return this.init.records.removeClaim(place);
  }

  async #release(places: readonly FragmentPlace[], signal: AbortSignal): Promise<void> {
    const { chain, records } = this.init;
    try {
      await chain.releaseRestoralOrders(places.slice(0, MAX_PLACES), signal);
    } catch (error) {
      // All of them have expired meanwhile.
      if (!isCessError(error, 'CHAIN_DISPATCH_FAILED')) throw error;
    }
    for (const place of places.slice(0, MAX_PLACES)) await records.removeClaim(place);
  }
}

/** Whether a running claim has little time left. One that has expired may still be completed. */
function isLate(blocksLeft: number, claimPeriod: number): boolean {
  return blocksLeft >= 0 && blocksLeft < claimPeriod * releasedShare;
}
