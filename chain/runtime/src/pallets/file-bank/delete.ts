// Deletion: the file leaves Files and its space is released at once. Its segments and fragments, and with them holdings,
// tags and orders, are removed in the next blocks, a bounded number per block.
import { equalBytes, invariant } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { ensure } from '../../frame/failure.js';
import type { WorkBudget } from '../../frame/work-budget.js';
import {
  DELETIONS_PER_BLOCK,
  fileBankEvents as events,
  fileBankErrors,
  fileBankStorage as storage,
} from './declaration.js';
import { returnHoleDeposit } from './hole-deposits.js';
import type { FileBankNeeds } from './needs.js';
import { retireOrder } from './order-ids.js';
import { returnRecordDeposit } from './record-deposits.js';
import { endRepairs } from './repair-queue.js';
import { removeOrder } from './restoral.js';
import { UPKEEP_WEIGHT } from './weights.js';

const errors = fileBankErrors.byName;

/** Deletes files of an owner; returns their number. Unknown ids are skipped, so that a repeated call succeeds. */
export function deleteFiles(
  ctx: Context,
  needs: FileBankNeeds,
  caller: Uint8Array,
  owner: Uint8Array,
  ids: readonly Uint8Array[],
): number {
  const mayAct = needs.mayAct(ctx, owner, caller);
  let deleted = 0;
  for (const id of ids) {
    const file = storage.Files.get(ctx, id);
    if (file === undefined) {
      ensure(mayAct, errors.NoPermission);
      continue;
    }
    ensure(equalBytes(file.owner, owner), errors.NotOwner);
    // Any account may delete files of an expired territory.
    ensure(mayAct || needs.territoryExpired(ctx, owner, file.territory), errors.NoPermission);
    storage.Files.remove(ctx, id);
    retireOrder(ctx, needs.blockNumber(ctx), id, file);
    storage.PendingDeletion.put(ctx, id, {
      order_id: file.order_id,
      next_segment: 0,
      segment_count: file.segment_count,
      deleted_at: needs.blockNumber(ctx),
    });
    needs.returnSpace(ctx, {
      owner,
      territory: file.territory,
      operator: caller,
      bytes: file.stored_bytes,
      toQuota: !equalBytes(caller, owner) && mayAct && equalBytes(caller, file.gateway),
    });
    events.deposit(ctx, { type: 'FileDeleted', value: { owner, file_id: id } });
    deleted++;
  }
  return deleted;
}

interface Freed {
  bytes: bigint;
  fragments: bigint;
}

/** Removes one segment of a deleted file; returns the number of entries that it took. */
function removeSegment(
  ctx: Context,
  needs: FileBankNeeds,
  { id, index, deletedAt }: { readonly id: Uint8Array; readonly index: number; readonly deletedAt: number },
  freed: Map<number, Freed>,
): number {
  const segment = storage.Segments.get(ctx, id, index);
  invariant(segment !== undefined, 'a pending deletion names segments that exist');
  for (let fragment = 0; fragment < segment.n; fragment++) {
    const holder = storage.Fragments.get(ctx, id, index, fragment)?.holder;
    storage.Fragments.remove(ctx, id, index, fragment);
    const place = { fileId: id, segment: index, fragment };
    if (removeOrder(ctx, place) !== undefined) returnHoleDeposit(ctx, needs, place);
    if (holder === undefined) continue;
    needs.untag(ctx, holder, place, deletedAt);
    storage.HeldBy.remove(ctx, holder, id, index, fragment);
    const share = freed.get(holder) ?? { bytes: 0n, fragments: 0n };
    share.bytes += BigInt(segment.fragment_length);
    share.fragments += 1n;
    freed.set(holder, share);
  }
  endRepairs(ctx, { fileId: id, segment: index });
  storage.Segments.remove(ctx, id, index);
  return segment.n + 1;
}

/** Continues pending deletions, a segment at a time. */
export function continueDeletions(ctx: Context, needs: FileBankNeeds, budget: WorkBudget): void {
  const freed = new Map<number, Freed>();
  let removed = 0;
  const isDone = () => removed >= DELETIONS_PER_BLOCK || budget.isSpent;
  while (!isDone()) {
    const [first] = storage.PendingDeletion.entries(ctx, [], 1);
    if (first === undefined) break;
    const [[id], deletion] = first;
    let index = deletion.next_segment;
    while (index < deletion.segment_count && !isDone()) {
      const entries = removeSegment(ctx, needs, { id, index: index++, deletedAt: deletion.deleted_at }, freed);
      budget.spend(UPKEEP_WEIGHT.removed(entries));
      removed += entries;
    }
    if (index < deletion.segment_count) storage.PendingDeletion.put(ctx, id, { ...deletion, next_segment: index });
    else {
      storage.PendingDeletion.remove(ctx, id);
      returnRecordDeposit(ctx, needs, id);
    }
  }
  for (const [provider, share] of freed) needs.removeHolding(ctx, provider, share);
}
