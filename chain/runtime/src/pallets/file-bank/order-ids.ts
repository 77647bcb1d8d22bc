// Order ids (docs/protocol/data-path.md §5). An id belongs to its owner, so that nobody else can use it up. The id of a
// deleted file stays in use until every attestation that could name it has expired, so that no attestation can record
// fragments that their holders have deleted.
import { equalBytes } from '@cess/primitives';
import type { Context, StorageAccess } from '../../frame/context.js';
import type { WorkBudget } from '../../frame/work-budget.js';
import {
  type FileInfo,
  MAX_ATTESTATION_BLOCKS,
  RELEASED_ORDERS_PER_BLOCK,
  fileBankStorage as storage,
} from './declaration.js';
import { UPKEEP_WEIGHT } from './weights.js';

/** The file that uses the order id of this owner; it may be deleted already. */
export function fileOfOrder(at: StorageAccess, owner: Uint8Array, orderId: Uint8Array): Uint8Array | undefined {
  const file = storage.OwnedOrders.get(at, orderId, owner);
  if (file !== undefined) return file;
  // Files that were declared before order ids belonged to owners.
  const former = storage.Orders.get(at, orderId);
  if (former === undefined) return undefined;
  const info = storage.Files.get(at, former);
  return info !== undefined && equalBytes(info.owner, owner) ? former : undefined;
}

export function useOrder(ctx: Context, owner: Uint8Array, orderId: Uint8Array, fileId: Uint8Array): void {
  storage.OwnedOrders.put(ctx, orderId, owner, fileId);
}

/** Keeps the order id of a deleted file in use until its attestations have expired. */
export function retireOrder(ctx: Context, now: number, fileId: Uint8Array, { owner, order_id }: FileInfo): void {
  const former = storage.Orders.get(ctx, order_id);
  if (former !== undefined && equalBytes(former, fileId)) storage.Orders.remove(ctx, order_id);
  useOrder(ctx, owner, order_id, fileId);
  storage.RetiredOrders.put(ctx, now + MAX_ATTESTATION_BLOCKS, order_id, owner, undefined);
}

/** Frees order ids whose attestations have expired. */
export function freeOrders(ctx: Context, now: number, budget: WorkBudget): void {
  for (let freed = 0; freed < RELEASED_ORDERS_PER_BLOCK && !budget.isSpent; freed++) {
    const [first] = storage.RetiredOrders.entries(ctx, [], 1);
    if (first === undefined) return;
    const [[block, orderId, owner]] = first;
    if (block >= now) return;
    storage.RetiredOrders.remove(ctx, block, orderId, owner);
    storage.OwnedOrders.remove(ctx, orderId, owner);
    budget.spend(UPKEEP_WEIGHT.released);
  }
}
