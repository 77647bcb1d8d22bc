// Hooks of StorageHandler: leases end, and a shortage of declared space is recorded.
import type { Hooks } from '../../frame/pallet.js';
import { sweep } from './leases.js';
import type { StorageHandlerNeeds } from './needs.js';
import { noteShortage } from './shortage.js';

export function createStorageHandlerHooks(needs: StorageHandlerNeeds): Hooks {
  return {
    onInitialize: (ctx, budget) => {
      sweep(ctx, needs.blockNumber(ctx), needs.blocksPerDay(ctx), budget);
      noteShortage(ctx, needs);
    },
  };
}
