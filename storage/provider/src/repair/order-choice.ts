// Chooses the restoral orders that a provider claims among those that the chain would assign to it
// (docs/protocol/audit.md §6.3): losses and holes in turn, and within each class the owners in turn.
import { type FragmentPlace, MAX_PLACES } from '@cess/client';
import { elementAt, type Rng } from '@cess/primitives';
import {
  type DutyChain,
  type QueuedSegment,
  type RestoralOrdersView,
  type RestoralOrderView,
  repairClasses,
} from '../chain/duty-chain.js';
import { pagesOf } from '../chain/pages.js';
import { placeName } from '../holdings/place.js';
import { randomShare, shuffled } from '../scheduling/random.js';
import { inTurn, segmentsInTurn } from './fair-queue.js';

/** Most segments that one round examines, and how many at a time. */
const examined = 128;
const examinedAtOnce = 16;

export interface RestoralOrderChoice {
  readonly chain: Pick<DutyChain, 'queuedSegments' | 'restoralOrders' | 'segment' | 'ownSpace'>;
  readonly own: number;
  /** Most orders to choose. */
  readonly room: number;
  /** Free bytes on the disk. */
  readonly freeBytes: number;
  readonly isPaused: (place: FragmentPlace) => boolean;
  readonly rng: Rng;
}

export async function chooseRestoralOrders(choice: RestoralOrderChoice): Promise<FragmentPlace[]> {
  const { chain, own, rng } = choice;
  const classes = await Promise.all(repairClasses.map((repairClass) => segmentsInTurn({ chain, rng }, repairClass)));
  if (randomShare(rng) < 0.5) classes.reverse();
  const candidates = inTurn(classes).slice(0, examined);
  if (candidates.length === 0) return [];
  const space = await chain.ownSpace(own);
  if (!space.isActive) return [];
  let left = Math.min(choice.freeBytes, space.freeBytes);
  const wanted = Math.min(choice.room, MAX_PLACES);
  const chosen = new Map<string, FragmentPlace>();
  for (const page of pagesOf(candidates, examinedAtOnce)) {
    for (const { place, length } of await freeOrders(choice, page)) {
      if (chosen.size === wanted) break;
      // A segment with losses and holes stands in both classes.
      const segmentName = placeName({ ...place, fragment: 0 });
      if (length > left || chosen.has(segmentName)) continue;
      left -= length;
      chosen.set(segmentName, place);
    }
    if (chosen.size === wanted) break;
  }
  return [...chosen.values()];
}

interface FreeOrder {
  readonly place: FragmentPlace;
  readonly length: number;
}

/** One order of each segment that the chain would assign to this provider. */
async function freeOrders(choice: RestoralOrderChoice, page: readonly QueuedSegment[]): Promise<FreeOrder[]> {
  const { chain, own, isPaused, rng } = choice;
  const facts = await Promise.all(page.map(({ fileId, segment }) => chain.segment(fileId, segment)));
  const open = page.flatMap(({ fileId, segment }, i) => {
    const { fragments = [], fragmentLength: length = 0 } = facts[i] ?? {};
    // A provider holds at most one fragment of a segment.
    if (fragments.some(({ holder }) => holder === own)) return [];
    return [...fragments.keys()].map((fragment) => ({ place: { fileId, segment, fragment }, length }));
  });
  const view = await chain.restoralOrders(open.map(({ place }) => place));
  const free = open.filter(({ place }, i) => isFree(view, i, own) && !isPaused(place));
  const bySegment = new Map<string, FreeOrder[]>();
  for (const order of free) {
    const name = placeName({ ...order.place, fragment: 0 });
    bySegment.set(name, [...(bySegment.get(name) ?? []), order]);
  }
  return [...bySegment.values()].map((orders) => elementAt(shuffled(orders, rng), 0));
}

function isFree({ orders, now, claimPeriod }: RestoralOrdersView, index: number, own: number): boolean {
  const order: RestoralOrderView | undefined = orders[index];
  if (order === undefined || (order.reason === 'Hole' && now <= order.openedAt + claimPeriod)) return false;
  if (order.waits.some(({ provider, until }) => provider === own && now <= until)) return false;
  if (order.claim === undefined) return true;
  return now > (order.claim.provider === own ? order.claim.until + claimPeriod : order.claim.until);
}
