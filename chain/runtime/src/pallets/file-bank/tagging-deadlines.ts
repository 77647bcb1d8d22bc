// Tagging deadlines (docs/protocol/audit.md §2). A holder that never has its fragments tagged is never asked for proofs, so a
// fragment that is untagged at its deadline counts as lost. The clock of the deadlines counts only blocks in which duties
// had room and shortly before which some fragment was tagged: while no worker tags, nobody is late. One entry for each segment
// covers the fragments that had a holder when it was made.
import type { Context } from '../../frame/context.js';
import type { WorkBudget } from '../../frame/work-budget.js';
import type { FragmentPlace } from '../../shared-types.js';
import { fileBankEvents as events, fileBankStorage as storage } from './declaration.js';
import { loseFragments } from './losses.js';
import type { FileBankNeeds } from './needs.js';
import { UPKEEP_WEIGHT } from './weights.js';

/** Blocks after the last tag in which the clock runs. */
const RUNS_AFTER_TAG = 600;
/** Segments that one block examines at most. */
const SEGMENTS_PER_BLOCK = 500;

/** Sets the deadline of a segment that got holders. */
export function setTaggingDeadline(ctx: Context, needs: FileBankNeeds, fileId: Uint8Array, segment: number): void {
  const { clock } = storage.TaggingClock.get(ctx);
  const period = storage.TaggingPeriod.get(ctx) ?? needs.blocksPerDay(ctx);
  storage.TaggingDue.put(ctx, clock + period, fileId, segment, needs.blockNumber(ctx));
}

/** Records that a worker tagged a fragment. */
export function noteTagging(ctx: Context, needs: FileBankNeeds): void {
  storage.LastTagged.put(ctx, needs.blockNumber(ctx));
}

/** Advances the clock and takes overdue fragments from their holders. */
export function enforceTagging(ctx: Context, needs: FileBankNeeds, budget: WorkBudget): void {
  const clock = advanceClock(ctx, needs);
  for (let segments = 0; segments < SEGMENTS_PER_BLOCK && !budget.isSpent; segments++) {
    const [first] = storage.TaggingDue.entries(ctx, [], 1);
    if (first === undefined) return;
    const [[at, fileId, segment], since] = first;
    if (at >= clock) return;
    budget.spend(UPKEEP_WEIGHT.examined);
    const isDone = !storage.Files.has(ctx, fileId) || takeUntagged(ctx, needs, { fileId, segment, since }, budget);
    // Otherwise the next block examines the segment again; what it lost so far has no holder then.
    if (isDone) storage.TaggingDue.remove(ctx, at, fileId, segment);
  }
}

function advanceClock(ctx: Context, needs: FileBankNeeds): number {
  const before = storage.TaggingClock.get(ctx);
  const seen = needs.deadlineClock(ctx);
  const lastTagged = storage.LastTagged.get(ctx);
  const isRunning = lastTagged !== undefined && needs.blockNumber(ctx) - lastTagged <= RUNS_AFTER_TAG;
  const clock = isRunning && seen > before.seen ? before.clock + 1 : before.clock;
  storage.TaggingClock.put(ctx, { clock, seen });
  return clock;
}

interface DueSegment {
  readonly fileId: Uint8Array;
  readonly segment: number;
  /** The deadline is of fragments that had their holder in this block. */
  readonly since: number;
}

/** Takes the late fragments of a segment from their holders; returns whether the budget was enough for all. */
function takeUntagged(
  ctx: Context,
  needs: FileBankNeeds,
  { fileId, segment, since }: DueSegment,
  budget: WorkBudget,
): boolean {
  const late: (readonly [number, FragmentPlace])[] = [];
  for (const [[, , fragment], { holder, declared_at }] of storage.Fragments.entries(ctx, [fileId, segment])) {
    budget.spend(UPKEEP_WEIGHT.examined);
    const place = { fileId, segment, fragment };
    if (holder === undefined || declared_at > since || needs.tagOf(ctx, place) !== undefined) continue;
    late.push([holder, place]);
  }
  for (const [index, [holder, place]] of late.entries()) {
    // The first one always, so that every block gets on.
    if (index > 0 && budget.isSpent) return false;
    const value = { file_id: fileId, segment, fragment: place.fragment, miner: holder };
    events.deposit(ctx, { type: 'TaggingMissed', value });
    needs.payForLoss(ctx, holder, loseFragments(ctx, needs, holder, [place], 'Lost'));
    budget.spend(UPKEEP_WEIGHT.lost(1));
  }
  return true;
}
