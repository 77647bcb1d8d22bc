// Claims of restoral orders (docs/protocol/audit.md §6.3). A claim keeps others from an order for a period. Whoever ends it without
// a completion waits before it may claim the same order again, longer each time, so that claiming and releasing in turn keeps an
// order from others for a small part of the time only. A claim is open, and counted, as long as it has a clock.
import type { Context, StorageAccess } from '../../frame/context.js';
import type { FragmentPlace } from '../../shared-types.js';
import {
  type ClaimWait,
  MAX_CLAIM_WAITS,
  MAX_OPEN_CLAIMS,
  MAX_WAIT_DOUBLINGS,
  type RestoralOrder,
  fileBankStorage as storage,
} from './declaration.js';
import type { FileBankNeeds } from './needs.js';

const isOf =
  (provider: number) =>
  ({ miner }: ClaimWait): boolean =>
    miner === provider;

function waitOf(at: StorageAccess, { fileId, segment, fragment }: FragmentPlace, provider: number) {
  return storage.ClaimWaits.get(at, fileId, segment, fragment).find(isOf(provider));
}

/** Blocks that a provider waits after another claim of the order that it does not complete. */
function nextWait(ctx: Context, needs: FileBankNeeds, place: FragmentPlace, provider: number): number {
  const claims = waitOf(ctx, place, provider)?.claims ?? 0;
  return needs.claimPeriod(ctx) * 2 ** Math.min(claims, MAX_WAIT_DOUBLINGS);
}

/** Whether the provider may have another claim. */
export function hasClaimLeft(at: StorageAccess, provider: number): boolean {
  return storage.OpenClaims.get(at, provider) < MAX_OPEN_CLAIMS;
}

/** Gives the provider an order that it may have. */
export function openClaim(
  ctx: Context,
  needs: FileBankNeeds,
  { fileId, segment, fragment }: FragmentPlace,
  order: RestoralOrder,
  provider: number,
): number {
  const period = needs.claimPeriod(ctx);
  const until = needs.blockNumber(ctx) + period;
  storage.RestoralOrders.put(ctx, fileId, segment, fragment, { ...order, claim: { miner: provider, until } });
  storage.ClaimClocks.put(ctx, fileId, segment, fragment, needs.deadlineClock(ctx) + period);
  storage.SegmentClaims.put(ctx, fileId, segment, provider, fragment);
  storage.OpenClaims.put(ctx, provider, storage.OpenClaims.get(ctx, provider) + 1);
  return until;
}

/** Ends the claim of an order, if one is open; returns whether one was. Claims of versions before 4 were not counted. */
export function endClaim(
  ctx: Context,
  { fileId, segment, fragment }: FragmentPlace,
  { claim }: RestoralOrder,
): boolean {
  if (claim === undefined || !storage.ClaimClocks.has(ctx, fileId, segment, fragment)) return false;
  if (storage.SegmentClaims.get(ctx, fileId, segment, claim.miner) === fragment)
    storage.SegmentClaims.remove(ctx, fileId, segment, claim.miner);
  storage.ClaimClocks.remove(ctx, fileId, segment, fragment);
  const open = storage.OpenClaims.get(ctx, claim.miner);
  if (open > 1) storage.OpenClaims.put(ctx, claim.miner, open - 1);
  else storage.OpenClaims.remove(ctx, claim.miner);
  return true;
}

/** The claimant did not complete the order: it waits from the end of its claim on. */
export function noteUncompleted(
  ctx: Context,
  needs: FileBankNeeds,
  place: FragmentPlace,
  { miner, until: end }: { readonly miner: number; readonly until: number },
): void {
  const { fileId, segment, fragment } = place;
  const waits = storage.ClaimWaits.get(ctx, fileId, segment, fragment);
  const claims = Math.min(255, (waits.find(isOf(miner))?.claims ?? 0) + 1);
  const until = end + nextWait(ctx, needs, place, miner);
  const others = waits.filter((wait) => wait.miner !== miner).sort((a, b) => b.until - a.until);
  const kept = [...others.slice(0, MAX_CLAIM_WAITS - 1), { miner, claims, until }];
  storage.ClaimWaits.put(ctx, fileId, segment, fragment, kept);
}

/** Whether a claim has not expired, by the block number or by the clock that does not count lost blocks. */
export function isRunning(
  ctx: Context,
  needs: FileBankNeeds,
  { fileId, segment, fragment }: FragmentPlace,
  { until }: { readonly until: number },
): boolean {
  const expiry = storage.ClaimClocks.get(ctx, fileId, segment, fragment);
  return needs.blockNumber(ctx) <= until || (expiry !== undefined && needs.deadlineClock(ctx) <= expiry);
}

/**
 * Whether an order is free for the provider. A claim expires by the block number and by the clock that stands while duties
 * have no room in blocks; its claimant waits longer than others.
 */
export function isFreeFor(
  ctx: Context,
  needs: FileBankNeeds,
  place: FragmentPlace,
  { reason, opened_at, claim }: RestoralOrder,
  provider: number,
): boolean {
  const now = needs.blockNumber(ctx);
  if (reason === 'Hole' && now <= opened_at + needs.claimPeriod(ctx)) return false;
  if (claim === undefined) return true;
  const expiry = storage.ClaimClocks.get(ctx, place.fileId, place.segment, place.fragment);
  // A claim without a clock was released, and its wait is recorded.
  const wait = claim.miner === provider && expiry !== undefined ? nextWait(ctx, needs, place, provider) : 0;
  if (expiry !== undefined && needs.deadlineClock(ctx) <= expiry + wait) return false;
  return now > claim.until + wait && now > (waitOf(ctx, place, provider)?.until ?? 0);
}
