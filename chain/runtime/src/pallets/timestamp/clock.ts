// The time that a block may have.
import { err, ok, type Result } from '@cess/primitives';
import type { StorageAccess } from '../../frame/context.js';
import { MAX_DRIFT_MS, timestampStorage as storage } from './declaration.js';

const DAY_MS = 86_400_000n;

/** The earliest time that the current block may have. */
export function earliestTimestamp(at: StorageAccess): bigint {
  return storage.Now.get(at) + storage.SlotDuration.get(at) / 2n;
}

/** The time that an author sets: its clock, but never less than the rules ask. */
export function nextTimestamp(at: StorageAccess, clockMs: bigint): bigint {
  const least = earliestTimestamp(at);
  return clockMs > least ? clockMs : least;
}

/** Whether a foreign block's time is acceptable to a clock. */
export function checkTimestamp(now: bigint, clockMs: bigint): Result<undefined, 'TooFarInFuture'> {
  return now > clockMs + MAX_DRIFT_MS ? err('TooFarInFuture') : ok(undefined);
}

/** Opens a block whose time is not set yet, even if the closing hook of the block before failed. */
export function openTime(at: StorageAccess): void {
  storage.DidUpdate.kill(at);
}

/** Whether the time of the current block has been set. */
export function isTimeSet(at: StorageAccess): boolean {
  return storage.DidUpdate.get(at);
}

/** Milliseconds; in opening hooks the time of the block before. */
export function lastBlockTime(at: StorageAccess): bigint {
  return storage.Now.get(at);
}

export function slotDuration(at: StorageAccess): bigint {
  return storage.SlotDuration.get(at);
}

export function blocksPerDay(at: StorageAccess): number {
  return Number(DAY_MS / storage.SlotDuration.get(at));
}
