// Slot arithmetic: slots are counted from the Unix epoch, so that no start time has to be agreed.

export function slotAt(timeMs: number, slotDurationMs: number): bigint {
  return BigInt(Math.floor(timeMs / slotDurationMs));
}

export function slotStartMs(slot: bigint, slotDurationMs: number): number {
  return Number(slot) * slotDurationMs;
}

/** Seat of the slot's author. */
export function authorityIndexOf(slot: bigint, authorityCount: number): number {
  return Number(slot % BigInt(authorityCount));
}
