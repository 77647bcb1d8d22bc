// Hooks of FileBank: pending deletions and departures continue in every block, and order ids of deleted files are freed.
import type { Hooks } from '../../frame/pallet.js';
import { continueDeletions } from './delete.js';
import { continueDepartures } from './losses.js';
import type { FileBankNeeds } from './needs.js';
import { releaseOrders } from './order-ids.js';
import { upkeepWeight } from './weights.js';

export function createFileBankHooks(needs: FileBankNeeds): Hooks {
  return {
    onInitialize: (ctx) => {
      const released = releaseOrders(ctx, needs.blockNumber(ctx));
      const removed = continueDeletions(ctx, needs);
      return upkeepWeight(removed + released, continueDepartures(ctx, needs));
    },
  };
}
