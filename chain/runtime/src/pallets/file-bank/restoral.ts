// Restoral orders (STORE-4, docs/protocol/audit.md §6): which fragments are to be rebuilt. Invariant: a fragment has an order
// exactly while it has no holder or its holder departs. repair-queue.ts counts the orders of each segment.
import { invariant } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { ensure } from '../../frame/failure.js';
import type { FragmentPlace } from '../../shared-types.js';
import { endClaim, hasClaimLeft, isFreeFor, isRunning, noteUncompleted, openClaim } from './claims.js';
import {
  CLAIM_FINE,
  fileBankEvents as events,
  fileBankErrors,
  MAX_HOLES,
  type RestoralOrder,
  type RestoralReason,
  type RestoredFragment,
  fileBankStorage as storage,
} from './declaration.js';
import { giveHolder, holdsAnyOf } from './holders.js';
import { payHoleDeposit, reserveHoleDeposits, returnHoleDeposit } from './hole-deposits.js';
import type { FileBankNeeds, TagClaim } from './needs.js';
import { beginRepairs, changeRepairs, classOf, marginOf } from './repair-queue.js';

const errors = fileBankErrors.byName;

const eventPlace = ({ fileId, segment, fragment }: FragmentPlace) => ({ file_id: fileId, segment, fragment });

/** Opens an order, or gives an open one its new reason. `lost`: whether the fragment has just lost its holder. */
export function openOrder(
  ctx: Context,
  now: number,
  place: FragmentPlace,
  { reason, lost }: { readonly reason: Exclude<RestoralReason, 'Hole'>; readonly lost: boolean },
): void {
  const { fileId, segment, fragment } = place;
  const before = storage.RestoralOrders.get(ctx, fileId, segment, fragment);
  const order = { reason, opened_at: now, margin: 0, claim: before?.claim };
  storage.RestoralOrders.put(ctx, fileId, segment, fragment, order);
  const repairs = changeRepairs(ctx, place, { holders: lost ? -1 : 0, losses: before === undefined ? 1 : 0 });
  const margin = Math.max(0, marginOf(repairs));
  storage.RestoralOrders.put(ctx, fileId, segment, fragment, { ...order, margin });
  events.deposit(ctx, { type: 'RestoralOrderOpened', value: { ...eventPlace(place), reason, margin } });
}

export interface DeclaredHoles {
  readonly fileId: Uint8Array;
  readonly segment: number;
  /** Fragments of the segment that have a holder. */
  readonly holders: number;
  readonly k: number;
  readonly declarer: Uint8Array;
  readonly fragments: readonly number[];
}

/** Opens the orders of the holes of a segment that is being declared, and reserves their deposits. */
export function openHoles(
  ctx: Context,
  needs: FileBankNeeds,
  { fileId, segment, holders, k, declarer, fragments }: DeclaredHoles,
): void {
  ensure(fragments.length <= MAX_HOLES, errors.TooManyHoles);
  const opened_at = needs.blockNumber(ctx);
  const margin = marginOf({ holders, k });
  const places = fragments.map((fragment) => ({ fileId, segment, fragment }));
  for (const place of places) {
    const order: RestoralOrder = { reason: 'Hole', opened_at, margin, claim: undefined };
    storage.RestoralOrders.put(ctx, fileId, segment, place.fragment, order);
    events.deposit(ctx, { type: 'RestoralOrderOpened', value: { ...eventPlace(place), reason: 'Hole', margin } });
  }
  reserveHoleDeposits(ctx, needs, declarer, places);
  beginRepairs(ctx, { fileId, segment }, holders, fragments.length);
}

/** Removes the order of a fragment, if there is one, without a change of the queue. */
export function removeOrder(ctx: Context, { fileId, segment, fragment }: FragmentPlace): RestoralOrder | undefined {
  const order = storage.RestoralOrders.get(ctx, fileId, segment, fragment);
  if (order === undefined) return undefined;
  storage.RestoralOrders.remove(ctx, fileId, segment, fragment);
  endClaim(ctx, { fileId, segment, fragment }, order);
  storage.ClaimWaits.remove(ctx, fileId, segment, fragment);
  // Orders of former versions may still stand in the former queue.
  storage.RestoralQueue.remove(ctx, order.margin, fileId, segment, fragment);
  return order;
}

/** Closes the order of a fragment without holder that its declarer placed. */
export function closeOrder(ctx: Context, needs: FileBankNeeds, place: FragmentPlace): void {
  const order = removeOrder(ctx, place);
  invariant(order !== undefined, 'a fragment without holder has an order');
  returnHoleDeposit(ctx, needs, place);
  changeRepairs(ctx, place, { holders: 1, [classOf(order.reason)]: -1 });
  events.deposit(ctx, { type: 'RestoralOrderClosed', value: eventPlace(place) });
}

/** Whether the chain would make the provider the holder: active, with the space, without another fragment of the segment. */
function mayHold(ctx: Context, needs: FileBankNeeds, provider: number, place: FragmentPlace): boolean {
  const { fileId, segment, fragment } = place;
  if (!storage.Files.has(ctx, fileId)) return false;
  if (storage.Fragments.get(ctx, fileId, segment, fragment)?.holder === provider) return false;
  const shape = storage.Segments.get(ctx, fileId, segment);
  invariant(shape !== undefined, 'an order is for a segment that exists');
  return needs.hasSpace(ctx, provider, BigInt(shape.fragment_length)) && !holdsAnyOf(ctx, provider, place);
}

/** The order of a fragment if the provider may claim it now. */
export function claimableOrder(
  ctx: Context,
  needs: FileBankNeeds,
  provider: number,
  place: FragmentPlace,
): RestoralOrder | undefined {
  const order = storage.RestoralOrders.get(ctx, place.fileId, place.segment, place.fragment);
  if (order === undefined) return undefined;
  if (!hasClaimLeft(ctx, provider) || !isFreeFor(ctx, needs, place, order, provider)) return undefined;
  return mayHold(ctx, needs, provider, place) && !claimsOtherOf(ctx, needs, provider, place) ? order : undefined;
}

/** Whether the provider has a claim on another fragment of the segment, of which it may hold one only. */
function claimsOtherOf(ctx: Context, needs: FileBankNeeds, provider: number, place: FragmentPlace): boolean {
  const fragment = storage.SegmentClaims.get(ctx, place.fileId, place.segment, provider);
  if (fragment === undefined || fragment === place.fragment) return false;
  return isClaimedBy(ctx, needs, provider, { ...place, fragment });
}

/** Whether the provider has a claim on the order of a fragment that runs. */
export function isClaimedBy(ctx: Context, needs: FileBankNeeds, provider: number, place: FragmentPlace): boolean {
  const order = claimedBy(ctx, provider, place);
  return order?.claim !== undefined && isRunning(ctx, needs, place, order.claim);
}

/** Gives the provider the orders that it may claim, skips the others, and returns their number. Takes over expired claims. */
export function claimOrders(
  ctx: Context,
  needs: FileBankNeeds,
  provider: number,
  places: readonly FragmentPlace[],
): number {
  let claimed = 0;
  for (const place of places) {
    const order = claimableOrder(ctx, needs, provider, place);
    if (order === undefined) continue;
    if (order.claim !== undefined && endClaim(ctx, place, order)) fineExpired(ctx, needs, place, order.claim);
    const until = openClaim(ctx, needs, place, order, provider);
    events.deposit(ctx, { type: 'RestoralOrderClaimed', value: { ...eventPlace(place), miner: provider, until } });
    claimed++;
  }
  ensure(claimed > 0, errors.NothingToClaim);
  return claimed;
}

/**
 * Ends claims of the provider before they are completed. It must wait before it claims the orders again; one that has expired
 * already costs the same as when another takes it over. Returns their number.
 */
export function releaseOrders(
  ctx: Context,
  needs: FileBankNeeds,
  provider: number,
  places: readonly FragmentPlace[],
): number {
  const now = needs.blockNumber(ctx);
  let released = 0;
  for (const place of places) {
    const { fileId, segment, fragment } = place;
    const order = claimedBy(ctx, provider, place);
    if (order?.claim === undefined) continue;
    const isInTime = isRunning(ctx, needs, place, order.claim);
    if (!endClaim(ctx, place, order)) continue;
    if (!isInTime) fineExpired(ctx, needs, place, order.claim);
    else noteUncompleted(ctx, needs, place, { miner: provider, until: now - 1 });
    const claim = { miner: provider, until: Math.min(order.claim.until, now - 1) };
    storage.RestoralOrders.put(ctx, fileId, segment, fragment, { ...order, claim });
    events.deposit(ctx, { type: 'ClaimReleased', value: { ...eventPlace(place), miner: provider } });
    released++;
  }
  ensure(released > 0, errors.NothingToRelease);
  return released;
}

/** Whoever claims an order and lets the claim expire kept others from it. */
function fineExpired(
  ctx: Context,
  needs: FileBankNeeds,
  place: FragmentPlace,
  claim: { readonly miner: number; readonly until: number },
): void {
  noteUncompleted(ctx, needs, place, claim);
  needs.fine(ctx, claim.miner, CLAIM_FINE);
  events.deposit(ctx, { type: 'ClaimExpired', value: { ...eventPlace(place), miner: claim.miner } });
}

const placeOf = ({ file_id, segment, fragment }: RestoredFragment): FragmentPlace => ({
  fileId: file_id,
  segment,
  fragment,
});

/** Whether the provider has claimed all of these, restored them as their tags show, and may be their holder. */
export function areCompletionsDue(ctx: Context, needs: FileBankNeeds, completion: TagClaim): boolean {
  const { provider, reports } = completion;
  const isDue = (report: RestoredFragment) => {
    const place = placeOf(report);
    return claimedBy(ctx, provider, place) !== undefined && mayHold(ctx, needs, provider, place);
  };
  return reports.length > 0 && reports.every(isDue) && needs.areTagsSigned(ctx, completion);
}

function claimedBy(
  ctx: Context,
  provider: number,
  { fileId, segment, fragment }: FragmentPlace,
): RestoralOrder | undefined {
  const order = storage.RestoralOrders.get(ctx, fileId, segment, fragment);
  return order?.claim?.miner === provider ? order : undefined;
}

/**
 * Completes claimed orders, also after the claim expired, unless another provider has claimed them since. The tags, which
 * an enclave makes only of the fragment's own bytes, show that the provider has them; wrong ones fail the call. Returns the
 * number of completed orders.
 */
export function completeOrders(ctx: Context, needs: FileBankNeeds, { provider, keyId, reports }: TagClaim): number {
  const completed: RestoredFragment[] = [];
  for (const report of reports) {
    const place = placeOf(report);
    const order = claimedBy(ctx, provider, place);
    if (order === undefined || !mayHold(ctx, needs, provider, place)) continue;
    const { hadHolder } = giveHolder(ctx, needs, place, { provider, isRestored: true });
    removeOrder(ctx, place);
    payHoleDeposit(ctx, needs, place, provider);
    changeRepairs(ctx, place, { holders: hadHolder ? 0 : 1, [classOf(order.reason)]: -1 });
    events.deposit(ctx, { type: 'RestoralOrderCompleted', value: { ...eventPlace(place), miner: provider } });
    completed.push(report);
  }
  ensure(completed.length > 0, errors.NothingToComplete);
  needs.reportTags(ctx, { provider, keyId, reports: completed });
  return completed.length;
}
