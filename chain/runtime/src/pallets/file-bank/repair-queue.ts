// The queue of segments with restoral orders (docs/protocol/audit.md §6). One record for each segment counts its holders and
// orders, so that a change costs the same whatever the size of the segment. Losses and holes are two classes, so that holes
// never delay losses. Within a class segments are ordered by margin, and within a margin by a hash of the owner, so that
// providers can serve owners in turn. A segment with fewer than k holders cannot be rebuilt: it leaves the queue until
// holders return.
import { blake2_256 } from '@cess/crypto';
import { elementAt, invariant } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import type { WorkBudget } from '../../frame/work-budget.js';
import {
  fileBankEvents as events,
  type RestoralReason,
  type SegmentRepairs,
  fileBankStorage as storage,
} from './declaration.js';
import { UPKEEP_WEIGHT } from './weights.js';

export type RepairClass = 'losses' | 'holes';
/** Parts of the queue in their order. */
const CLASSES: readonly RepairClass[] = ['losses', 'holes'];
const MAX_MARGIN = 255;
/** Entries of the former queue that one block moves. */
const MOVED_PER_BLOCK = 50;

export interface SegmentPlace {
  readonly fileId: Uint8Array;
  readonly segment: number;
}

/** What happened to the holders and orders of a segment. */
export interface RepairChange {
  readonly holders?: number;
  readonly losses?: number;
  readonly holes?: number;
}

export function classOf(reason: RestoralReason): RepairClass {
  return reason === 'Hole' ? 'holes' : 'losses';
}

/** Records of a segment that is being declared. */
export function beginRepairs(ctx: Context, place: SegmentPlace, holders: number, holes: number): void {
  if (holes > 0) move(ctx, place, undefined, { ...shapeOf(ctx, place), holders, losses: 0, holes });
}

/** Applies a change that fragments and orders already show. */
export function changeRepairs(ctx: Context, place: SegmentPlace, change: RepairChange): SegmentRepairs {
  const { fileId, segment } = place;
  const before = storage.SegmentRepairs.get(ctx, fileId, segment);
  const { holders = 0, losses = 0, holes = 0 } = change;
  const after =
    before === undefined
      ? countRepairs(ctx, place)
      : {
          ...before,
          holders: before.holders + holders,
          losses: before.losses + losses,
          holes: before.holes + holes,
        };
  move(ctx, place, before, after);
  return after;
}

/** Removes the records of a deleted segment. */
export function endRepairs(ctx: Context, place: SegmentPlace): void {
  const before = storage.SegmentRepairs.get(ctx, place.fileId, place.segment);
  if (before !== undefined) move(ctx, place, before, { ...before, losses: 0, holes: 0 });
}

/** Holders beyond k; negative when the segment cannot be rebuilt. */
export function marginOf({ k, holders }: Pick<SegmentRepairs, 'k' | 'holders'>): number {
  return Math.min(MAX_MARGIN, holders - k);
}

/** Moves orders of the former queue, which had no owners and no classes. */
export function moveFormerQueue(ctx: Context, budget: WorkBudget): void {
  for (const [[margin, fileId, segment, fragment]] of [...storage.RestoralQueue.entries(ctx, [], MOVED_PER_BLOCK)]) {
    if (budget.isSpent) return;
    storage.RestoralQueue.remove(ctx, margin, fileId, segment, fragment);
    const isNew = !storage.SegmentRepairs.has(ctx, fileId, segment);
    if (isNew && storage.Files.has(ctx, fileId)) changeRepairs(ctx, { fileId, segment }, {});
    budget.spend(UPKEEP_WEIGHT.moved);
  }
}

function shapeOf(ctx: Context, { fileId, segment }: SegmentPlace): Pick<SegmentRepairs, 'owner' | 'k'> {
  const file = storage.Files.get(ctx, fileId);
  const shape = storage.Segments.get(ctx, fileId, segment);
  invariant(file !== undefined && shape !== undefined, 'an order is for a segment of a file');
  return { owner: blake2_256(file.owner).subarray(0, 8), k: shape.k };
}

/**
 * Counts holders and orders of a segment that has no record yet. Only former versions could leave several orders without a
 * record; then all fragments are counted. Otherwise those without a holder are known, because each of them has an order.
 */
function countRepairs(ctx: Context, place: SegmentPlace): SegmentRepairs {
  const { fileId, segment } = place;
  const counts = { holders: 0, losses: 0, holes: 0 };
  const [first, second] = storage.RestoralOrders.entries(ctx, [fileId, segment], 2);
  if (second === undefined) {
    const shape = storage.Segments.get(ctx, fileId, segment);
    invariant(shape !== undefined, 'an order is for a segment of a file');
    counts.holders = shape.n;
    if (first === undefined) return { ...shapeOf(ctx, place), ...counts };
    const [[, , fragment], { reason }] = first;
    counts[classOf(reason)]++;
    if (storage.Fragments.get(ctx, fileId, segment, fragment)?.holder === undefined) counts.holders--;
    return { ...shapeOf(ctx, place), ...counts };
  }
  for (const [, { holder }] of storage.Fragments.entries(ctx, [fileId, segment])) {
    if (holder !== undefined) counts.holders++;
  }
  for (const [, { reason }] of storage.RestoralOrders.entries(ctx, [fileId, segment])) counts[classOf(reason)]++;
  return { ...shapeOf(ctx, place), ...counts };
}

function move(
  ctx: Context,
  { fileId, segment }: SegmentPlace,
  before: SegmentRepairs | undefined,
  after: SegmentRepairs,
): void {
  const wasQueued = queueKeys(before);
  const isQueued = queueKeys(after);
  for (const index of CLASSES.keys()) {
    const [from, to] = [elementAt(wasQueued, index), elementAt(isQueued, index)];
    if (from === to) continue;
    if (from !== undefined && before !== undefined)
      storage.RepairQueue.remove(ctx, index, from, before.owner, fileId, segment);
    if (to !== undefined) storage.RepairQueue.put(ctx, index, to, after.owner, fileId, segment, undefined);
  }
  if (after.losses + after.holes > 0) storage.SegmentRepairs.put(ctx, fileId, segment, after);
  else storage.SegmentRepairs.remove(ctx, fileId, segment);
  noteUnrepairable(ctx, { fileId, segment }, after);
}

/** The margin under which each class of the segment is queued. */
function queueKeys(repairs: SegmentRepairs | undefined): readonly (number | undefined)[] {
  return CLASSES.map((name) => {
    if (repairs === undefined || repairs[name] === 0) return undefined;
    const margin = marginOf(repairs);
    return margin < 0 ? undefined : margin;
  });
}

function noteUnrepairable(ctx: Context, { fileId, segment }: SegmentPlace, repairs: SegmentRepairs): void {
  const { holders, k, losses, holes } = repairs;
  const isUnrepairable = losses + holes > 0 && marginOf(repairs) < 0;
  const was = storage.Unrepairable.get(ctx, fileId, segment);
  if (isUnrepairable) {
    storage.Unrepairable.put(ctx, fileId, segment, { k, holders });
    if (was === undefined)
      events.deposit(ctx, { type: 'SegmentUnrepairable', value: { file_id: fileId, segment, k, holders } });
  } else if (was !== undefined) {
    storage.Unrepairable.remove(ctx, fileId, segment);
    if (losses + holes > 0) events.deposit(ctx, { type: 'SegmentRepairable', value: { file_id: fileId, segment } });
  }
}
