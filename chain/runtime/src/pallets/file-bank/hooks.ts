// Hooks of FileBank: pending deletions and departures continue in every block, order ids of deleted files are freed,
// orders of former versions move to the present queue, and tagging deadlines end. Each of these has its share of the budget, so
// that none waits for the others.
import type { Hooks } from '../../frame/pallet.js';
import { continueDeletions } from './delete.js';
import { continueDepartures } from './losses.js';
import type { FileBankNeeds } from './needs.js';
import { freeOrders } from './order-ids.js';
import { moveFormerQueue } from './repair-queue.js';
import { enforceTagging } from './tagging-deadlines.js';

export function createFileBankHooks(needs: FileBankNeeds): Hooks {
  return {
    onInitialize: (ctx, budget) => {
      budget.shareAmong(5, (share) => freeOrders(ctx, needs.blockNumber(ctx), share));
      budget.shareAmong(4, (share) => continueDeletions(ctx, needs, share));
      budget.shareAmong(3, (share) => moveFormerQueue(ctx, share));
      budget.shareAmong(2, (share) => enforceTagging(ctx, needs, share));
      budget.shareAmong(1, (share) => continueDepartures(ctx, needs, share));
    },
  };
}
