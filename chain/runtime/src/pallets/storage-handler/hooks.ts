// Hooks of StorageHandler: leases end, and a shortage of declared space is recorded.
import type { Hooks } from '../../frame/pallet.js';
import { sweep } from './leases.js';
import type { StorageHandlerNeeds } from './needs.js';
import { noteShortage } from './shortage.js';
import { sweepWeight } from './weights.js';

export function createStorageHandlerHooks(needs: StorageHandlerNeeds): Hooks {
  return {
    onInitialize: (ctx) => {
      const swept = sweep(ctx, needs.blockNumber(ctx), needs.blocksPerDay(ctx));
      noteShortage(ctx, needs);
      return sweepWeight(swept);
    },
  };
}
