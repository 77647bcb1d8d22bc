// Chooses the restoral orders that a provider claims: the most urgent ones that the chain would assign to it, at random among
// orders of the same margin (docs/protocol/audit.md §6.3).
import { type FragmentPlace, MAX_PLACES } from '@cess/client';
import type { Rng } from '@cess/primitives';
import type { DutyChain, RestoralOrderView, SegmentFacts } from '../chain/duty-chain.js';
import { placeName, placeOf } from '../holdings/place.js';
import { shuffled } from '../scheduling/random.js';

/** Most restoral orders that one round reads. */
const lookedAt = 256;
/** Most segments that one round reads. */
const examined = 32;

export interface RestoralOrderChoice {
  readonly chain: Pick<DutyChain, 'restoralQueue' | 'restoralOrders' | 'segment' | 'ownSpace'>;
  readonly own: number;
  /** Most orders to choose. */
  readonly room: number;
  /** Free bytes on the disk. */
  readonly freeBytes: number;
  readonly isPaused: (place: FragmentPlace) => boolean;
  readonly rng: Rng;
}

export async function chooseRestoralOrders(choice: RestoralOrderChoice): Promise<FragmentPlace[]> {
  const { chain, own, isPaused, rng } = choice;
  const queue = (await chain.restoralQueue(lookedAt)).filter((place) => !isPaused(place));
  if (queue.length === 0) return [];
  const space = await chain.ownSpace(own);
  if (!space.isActive) return [];
  const { now, claimPeriod, orders } = await chain.restoralOrders(queue);
  const free = queue.filter((_, i) => isFree(orders[i], own, now, claimPeriod));
  // The sort is stable, so orders of one margin stay in random order.
  const urgent = shuffled(free, rng).sort((a, b) => a.margin - b.margin);
  let left = Math.min(choice.freeBytes, space.freeBytes);
  const wanted = Math.min(choice.room, MAX_PLACES);
  const chosen: FragmentPlace[] = [];
  const segments = new Set<string>();
  for (const place of urgent.slice(0, examined)) {
    if (chosen.length === wanted) break;
    const segmentName = placeName({ ...place, fragment: 0 });
    const facts = await chain.segment(place.fileId, place.segment);
    if (facts === undefined || segments.has(segmentName) || !mayHold(facts, place, own)) continue;
    if (facts.fragmentLength > left) continue;
    left -= facts.fragmentLength;
    segments.add(segmentName);
    chosen.push(placeOf(place));
  }
  return chosen;
}

function isFree(order: RestoralOrderView | undefined, own: number, now: number, period: number): boolean {
  if (order === undefined || (order.reason === 'Hole' && now <= order.openedAt + period)) return false;
  if (order.claim === undefined) return true;
  return now > (order.claim.provider === own ? order.claim.until + period : order.claim.until);
}

/** A provider holds at most one fragment of a segment. */
function mayHold({ fragments }: SegmentFacts, { fragment }: FragmentPlace, own: number): boolean {
  return fragments[fragment] !== undefined && fragments.every(({ holder }) => holder !== own);
}
