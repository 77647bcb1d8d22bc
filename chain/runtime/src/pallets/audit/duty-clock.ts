// The clock of duties (docs/protocol/audit.md §4): it counts the blocks in which a duty could be done. A block is lost when
// its room for duties was exhausted, when it follows soon after the chain stood still, or when finality lags behind it, because
// providers and workers act on finalized blocks only. Every period of a round lasts as many
// blocks that are not lost as it should; what is missing at its end is added.
import type { Context, StorageAccess } from '../../frame/context.js';
import type { RoundRef } from '../../shared-types.js';
import { auditStorage as storage } from './declaration.js';
import type { DutyClockNeeds } from './needs.js';

/** The chain stood still when a block came this many slots after the one before. */
const GAP_SLOTS = 10n;
/** Blocks that finality may lag behind before blocks are lost. */
export const MAX_FINALITY_LAG = 5;
/** For this long after that, blocks are lost: nodes start, connect and catch up. */
const GRACE_MS = 60_000n;

/** Counts the block before the current one. Runs first in every block. */
export function tickDutyClock(ctx: Context, needs: DutyClockNeeds): void {
  const now = needs.blockNumber(ctx);
  const time = needs.lastBlockTime(ctx);
  const before = storage.LastTime.get(ctx);
  const slot = needs.slotDuration(ctx);
  storage.LastTime.put(ctx, time);
  if (before !== 0n && time - before >= GAP_SLOTS * slot) {
    storage.GraceUntil.put(ctx, now + Number((GRACE_MS + slot - 1n) / slot));
  }
  const isInGrace = now <= storage.GraceUntil.get(ctx);
  if (needs.dutyRoomExhausted(ctx) || isInGrace || isFinalityLate(ctx, needs)) {
    storage.LostBlocks.put(ctx, storage.LostBlocks.get(ctx) + 1);
  }
}

function isFinalityLate(ctx: Context, needs: DutyClockNeeds): boolean {
  const finalized = needs.finalizedNumber(ctx);
  return finalized !== undefined && needs.blockNumber(ctx) - 1 - finalized > MAX_FINALITY_LAG;
}

/** Starts to count the blocks that a period of the round loses. */
export function startPeriod(ctx: Context, { provider, keyId }: Omit<RoundRef, 'round'>): void {
  const lost = storage.LostBlocks.get(ctx);
  if (lost > 0) storage.LostBefore.put(ctx, provider, keyId, lost);
}

/** Blocks that were lost since the period of the round started, or since it was extended. */
export function lostInPeriod(at: StorageAccess, { provider, keyId }: Omit<RoundRef, 'round'>): number {
  return storage.LostBlocks.get(at) - (storage.LostBefore.get(at, provider, keyId) ?? 0);
}
