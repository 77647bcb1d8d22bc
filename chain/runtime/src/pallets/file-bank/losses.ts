// Fragments that a provider lost: the holder is removed, a restoral order opens, and the owner is refunded
// (docs/protocol/audit.md §5, §6).
import { GiB, invariant } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import type { WorkBudget } from '../../frame/work-budget.js';
import type { FragmentPlace, Refund } from '../../shared-types.js';
import {
  DEPARTURES_PER_BLOCK,
  fileBankEvents as events,
  type RestoralReason,
  fileBankStorage as storage,
} from './declaration.js';
import { takeHolder } from './holders.js';
import type { FileBankNeeds } from './needs.js';
import { openOrder } from './restoral.js';
import { UPKEEP_WEIGHT } from './weights.js';

const GIB = BigInt(GiB);
const LEAST_DAYS = 1n;
const MOST_DAYS = 30n;
/** Fragments of a departing provider that one step processes. */
const DEPARTURES_PER_STEP = 10;
/** No block: a running round asks about a fragment although its holder has reported it lost. */
const STILL_ASKED = 0xffff_ffff;

/** Price of the bytes for the days since they were last proven or declared; a started day counts in full. */
export function refundOf(
  price: bigint,
  bytes: bigint,
  { blocks, blocksPerDay }: { readonly blocks: number; readonly blocksPerDay: number },
): bigint {
  const begun = BigInt(Math.ceil(blocks / Math.max(1, blocksPerDay)));
  const days = begun < LEAST_DAYS ? LEAST_DAYS : begun > MOST_DAYS ? MOST_DAYS : begun;
  return (price * bytes * days + GIB - 1n) / GIB;
}

/** Removes the provider as the holder of these fragments, where it is; returns the refunds that are due. */
export function loseFragments(
  ctx: Context,
  needs: FileBankNeeds,
  provider: number,
  places: readonly FragmentPlace[],
  reason: Extract<RestoralReason, 'Failed' | 'Lost'>,
): Refund[] {
  const now = needs.blockNumber(ctx);
  const refunds: Refund[] = [];
  for (const place of places) {
    const { fileId, segment, fragment } = place;
    const file = storage.Files.get(ctx, fileId);
    const info = storage.Fragments.get(ctx, fileId, segment, fragment);
    if (file === undefined || info === undefined || info.holder !== provider) continue;
    const shape = storage.Segments.get(ctx, fileId, segment);
    invariant(shape !== undefined, 'a fragment belongs to a segment');
    const tag = needs.tagOf(ctx, place);
    const passedAt = tag === undefined ? undefined : needs.passedAt(ctx, provider, tag.keyId);
    const since = Math.max(info.declared_at, passedAt ?? 0);
    const elapsed = { blocks: now - since, blocksPerDay: needs.blocksPerDay(ctx) };
    refunds.push({ owner: file.owner, amount: refundOf(needs.unitPrice(ctx), BigInt(shape.fragment_length), elapsed) });
    takeHolder(ctx, needs, place, reason === 'Lost' ? STILL_ASKED : now);
    events.deposit(ctx, { type: 'FragmentLost', value: { file_id: fileId, segment, fragment, miner: provider } });
    openOrder(ctx, now, place, { reason, lost: true });
  }
  return refunds;
}

/** Starts moving the provider's fragments to others. */
export function beginDeparture(ctx: Context, provider: number): void {
  storage.Departing.put(ctx, provider, { after: undefined });
}

/** Continues pending departures, a few fragments at a time. */
export function continueDepartures(ctx: Context, needs: FileBankNeeds, budget: WorkBudget): void {
  let left = DEPARTURES_PER_BLOCK;
  for (const [[provider]] of [...storage.Departing.entries(ctx, [], DEPARTURES_PER_BLOCK)]) {
    while (left > 0 && !budget.isSpent && storage.Departing.has(ctx, provider)) {
      const limit = Math.min(left, DEPARTURES_PER_STEP);
      const isExpelled = needs.isExpelled(ctx, provider);
      const taken = isExpelled ? takeAll(ctx, needs, provider, limit) : offerAll(ctx, needs, provider, limit);
      // A provider that has nothing left costs as much as a fragment.
      const booked = Math.max(1, taken);
      budget.spend(isExpelled ? UPKEEP_WEIGHT.lost(booked) : UPKEEP_WEIGHT.offered(booked));
      left -= booked;
      if (taken === 0 && isExpelled) break;
    }
  }
}

/** Takes fragments of an expelled provider away; returns their number. */
function takeAll(ctx: Context, needs: FileBankNeeds, provider: number, limit: number): number {
  const places = [...storage.HeldBy.entries(ctx, [provider], limit)].map(([[, fileId, segment, fragment]]) => ({
    fileId,
    segment,
    fragment,
  }));
  // Places of files that are being deleted go with their files.
  const refunds = loseFragments(ctx, needs, provider, places, 'Failed');
  needs.refund(ctx, provider, refunds);
  if (refunds.length > 0) return places.length;
  const [rest] = [...storage.HeldBy.entries(ctx, [provider], 1)];
  if (rest !== undefined) return 0;
  storage.Departing.remove(ctx, provider);
  needs.endExpulsion(ctx, provider);
  return 0;
}

/** Opens orders for what the provider holds; it keeps the fragments until others have restored them. */
function offerAll(ctx: Context, needs: FileBankNeeds, provider: number, limit: number): number {
  const after = storage.Departing.get(ctx, provider)?.after;
  const prefix = storage.HeldBy.prefix(provider);
  const startAfter =
    after === undefined ? undefined : storage.HeldBy.key(provider, after.file_id, after.segment, after.fragment);
  const keys = [...ctx.ext.keys(prefix, startAfter, limit)];
  let last = after;
  for (const raw of keys) {
    const [, fileId, segment, fragment] = storage.HeldBy.decodeKey(raw);
    last = { file_id: fileId, segment, fragment };
    if (storage.Files.has(ctx, fileId)) {
      const place = { fileId, segment, fragment };
      openOrder(ctx, needs.blockNumber(ctx), place, { reason: 'Exit', lost: false });
    }
  }
  if (keys.length < limit) storage.Departing.remove(ctx, provider);
  else storage.Departing.put(ctx, provider, { after: last });
  return keys.length;
}
