// Hooks of FileBank: pending deletions and departures continue in every block, order ids of deleted files are freed,
// orders of former versions move to the present queue, and tagging deadlines end.
import type { Hooks } from '../../frame/pallet.js';
import { continueDeletions } from './delete.js';
import { continueDepartures } from './losses.js';
import type { FileBankNeeds } from './needs.js';
import { releaseOrders } from './order-ids.js';
import { moveFormerQueue } from './repair-queue.js';
import { enforceTagging } from './tagging-deadlines.js';
import { upkeepWeight } from './weights.js';

export function createFileBankHooks(needs: FileBankNeeds): Hooks {
  return {
    onInitialize: (ctx) => {
      const released = releaseOrders(ctx, needs.blockNumber(ctx));
      const removed = continueDeletions(ctx, needs);
      const moved = moveFormerQueue(ctx);
      const examined = enforceTagging(ctx, needs);
      return upkeepWeight(removed + released + moved + examined, continueDepartures(ctx, needs));
    },
  };
}
