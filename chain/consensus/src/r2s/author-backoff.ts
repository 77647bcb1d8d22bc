// Authors slow down while finality stands (docs/protocol/r2s.md §6), so that the number of blocks that are not final grows slowly, and
// nodes that hold them all do not run out of memory. The rule is that of Substrate (BackoffAuthoringOnFinalizedHeadLagging).

/** Values of a node's configuration; they are no rule of the chain. */
export interface BackOffRules {
  /** Blocks that may be unfinalized before authors slow down. */
  readonly slackBlocks: number;
  /** One slot of pause for so many blocks above the slack. */
  readonly blocksPerSlot: number;
  /** Longest pause, so that blocks never stop altogether. */
  readonly maxPauseSlots: number;
}

export const DEFAULT_BACK_OFF: BackOffRules = { slackBlocks: 50, blocksPerSlot: 2, maxPauseSlots: 100 };

export interface BackOffState {
  readonly bestNumber: number;
  readonly bestSlot: bigint;
  readonly finalizedNumber: number;
}

/** Whether the author of `slot` leaves it empty. */
export function shouldBackOff(
  slot: bigint,
  { bestNumber, bestSlot, finalizedNumber }: BackOffState,
  { slackBlocks, blocksPerSlot, maxPauseSlots }: BackOffRules,
): boolean {
  const excess = Math.max(0, bestNumber - finalizedNumber - slackBlocks);
  const pause = Math.min(maxPauseSlots, Math.floor(excess / blocksPerSlot));
  return slot <= bestSlot + BigInt(pause);
}
