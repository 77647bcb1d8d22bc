// Restoral orders (STORE-4, docs/protocol/audit.md §6): which fragments are to be rebuilt, the most urgent first. Invariant:
// a fragment has an order exactly while it has no holder or its holder departs; every order stands in the queue under
// its margin.
import { invariant } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { ensure } from '../../frame/failure.js';
import type { FragmentPlace } from '../../shared-types.js';
import {
  fileBankEvents as events,
  fileBankErrors,
  type RestoralOrder,
  type RestoralReason,
  fileBankStorage as storage,
} from './declaration.js';
import { giveHolder } from './holders.js';
import type { FileBankNeeds } from './needs.js';

const errors = fileBankErrors.byName;
const MAX_MARGIN = 255;

const eventPlace = ({ fileId, segment, fragment }: FragmentPlace) => ({ file_id: fileId, segment, fragment });

/** Opens an order, or gives an open one its new reason. */
export function openOrder(ctx: Context, now: number, place: FragmentPlace, reason: RestoralReason): void {
  const { fileId, segment, fragment } = place;
  const before = storage.RestoralOrders.get(ctx, fileId, segment, fragment);
  const margin = marginOf(ctx, fileId, segment);
  putOrder(ctx, place, before, { reason, opened_at: now, margin, claim: before?.claim });
  events.deposit(ctx, { type: 'RestoralOrderOpened', value: { ...eventPlace(place), reason, margin } });
}

/** Opens the orders of the holes of a segment that is being declared. */
export function openHoles(
  ctx: Context,
  needs: FileBankNeeds,
  { fileId, segment, margin }: { readonly fileId: Uint8Array; readonly segment: number; readonly margin: number },
  fragments: readonly number[],
): void {
  const opened_at = needs.blockNumber(ctx);
  for (const fragment of fragments) {
    const place = { fileId, segment, fragment };
    putOrder(ctx, place, undefined, { reason: 'Hole', opened_at, margin, claim: undefined });
    events.deposit(ctx, { type: 'RestoralOrderOpened', value: { ...eventPlace(place), reason: 'Hole', margin } });
  }
}

/** Removes an order that was not carried out; false if there is none. */
export function cancelOrder(ctx: Context, place: FragmentPlace): boolean {
  const { fileId, segment, fragment } = place;
  const order = storage.RestoralOrders.get(ctx, fileId, segment, fragment);
  if (order === undefined) return false;
  storage.RestoralOrders.remove(ctx, fileId, segment, fragment);
  storage.RestoralQueue.remove(ctx, order.margin, fileId, segment, fragment);
  return true;
}

/** As `cancelOrder`, for a fragment that continues to exist. */
export function closeOrder(ctx: Context, place: FragmentPlace): void {
  if (cancelOrder(ctx, place)) events.deposit(ctx, { type: 'RestoralOrderClosed', value: eventPlace(place) });
}

/** Moves the orders of a segment to their new place in the queue after its holders changed. */
export function requeue(ctx: Context, fileId: Uint8Array, segment: number): void {
  const margin = marginOf(ctx, fileId, segment);
  const orders = [...storage.RestoralOrders.entries(ctx, [fileId, segment])];
  for (const [[, , fragment], order] of orders) {
    if (order.margin !== margin) putOrder(ctx, { fileId, segment, fragment }, order, { ...order, margin });
  }
}

function putOrder(ctx: Context, place: FragmentPlace, before: RestoralOrder | undefined, order: RestoralOrder): void {
  const { fileId, segment, fragment } = place;
  if (before !== undefined) storage.RestoralQueue.remove(ctx, before.margin, fileId, segment, fragment);
  storage.RestoralQueue.put(ctx, order.margin, fileId, segment, fragment, undefined);
  storage.RestoralOrders.put(ctx, fileId, segment, fragment, order);
}

function marginOf(ctx: Context, fileId: Uint8Array, segment: number): number {
  const shape = storage.Segments.get(ctx, fileId, segment);
  invariant(shape !== undefined, 'an order is for a segment that exists');
  let holders = 0;
  for (const [, { holder }] of storage.Fragments.entries(ctx, [fileId, segment])) if (holder !== undefined) holders++;
  return Math.min(MAX_MARGIN, Math.max(0, holders - shape.k));
}

function holdsOtherOf(ctx: Context, provider: number, { fileId, segment, fragment }: FragmentPlace): boolean {
  for (const [[, , index], { holder }] of storage.Fragments.entries(ctx, [fileId, segment])) {
    if (index !== fragment && holder === provider) return true;
  }
  return false;
}

/** Whether the chain would make the provider the holder: active, with the space, without another fragment of the segment. */
function mayHold(ctx: Context, needs: FileBankNeeds, provider: number, place: FragmentPlace): boolean {
  const { fileId, segment, fragment } = place;
  if (storage.Fragments.get(ctx, fileId, segment, fragment)?.holder === provider) return false;
  const shape = storage.Segments.get(ctx, fileId, segment);
  invariant(shape !== undefined, 'an order is for a segment that exists');
  return needs.hasSpace(ctx, provider, BigInt(shape.fragment_length)) && !holdsOtherOf(ctx, provider, place);
}

/** Gives the provider the orders that it may claim; skips the others. */
export function claimOrders(
  ctx: Context,
  needs: FileBankNeeds,
  provider: number,
  places: readonly FragmentPlace[],
): void {
  const now = needs.blockNumber(ctx);
  const period = needs.claimPeriod(ctx);
  let claimed = 0;
  for (const place of places) {
    const { fileId, segment, fragment } = place;
    const order = storage.RestoralOrders.get(ctx, fileId, segment, fragment);
    if (order === undefined || !isFree(order, provider, now, period)) continue;
    if (!mayHold(ctx, needs, provider, place)) continue;
    const until = now + period;
    storage.RestoralOrders.put(ctx, fileId, segment, fragment, { ...order, claim: { miner: provider, until } });
    events.deposit(ctx, { type: 'RestoralOrderClaimed', value: { ...eventPlace(place), miner: provider, until } });
    claimed++;
  }
  ensure(claimed > 0, errors.NothingToClaim);
}

function isFree({ reason, opened_at, claim }: RestoralOrder, provider: number, now: number, period: number): boolean {
  if (reason === 'Hole' && now <= opened_at + period) return false;
  if (claim === undefined) return true;
  return now > (claim.miner === provider ? claim.until + period : claim.until);
}

/** Whether the provider has claimed all of these and may report each of them done. */
export function areCompletionsDue(
  ctx: Context,
  needs: FileBankNeeds,
  provider: number,
  places: readonly FragmentPlace[],
): boolean {
  const isDue = (place: FragmentPlace) =>
    claimedBy(ctx, provider, place) !== undefined && mayHold(ctx, needs, provider, place);
  return places.length > 0 && places.every(isDue);
}

function claimedBy(
  ctx: Context,
  provider: number,
  { fileId, segment, fragment }: FragmentPlace,
): RestoralOrder | undefined {
  const order = storage.RestoralOrders.get(ctx, fileId, segment, fragment);
  return order?.claim?.miner === provider ? order : undefined;
}

/** Completes claimed orders, also after the claim expired, unless another provider has claimed them since. */
export function completeOrders(
  ctx: Context,
  needs: FileBankNeeds,
  provider: number,
  places: readonly FragmentPlace[],
): void {
  let completed = 0;
  for (const place of places) {
    if (claimedBy(ctx, provider, place) === undefined || !mayHold(ctx, needs, provider, place)) continue;
    giveHolder(ctx, needs, place, { provider, isRestored: true });
    cancelOrder(ctx, place);
    requeue(ctx, place.fileId, place.segment);
    events.deposit(ctx, { type: 'RestoralOrderCompleted', value: { ...eventPlace(place), miner: provider } });
    completed++;
  }
  ensure(completed > 0, errors.NothingToComplete);
}
