// Hooks of StorageHandler: leases that are due end.
import type { Hooks } from '../../frame/pallet.js';
import { sweep } from './leases.js';
import type { ClockNeeds } from './needs.js';
import { sweepWeight } from './weights.js';

export function createStorageHandlerHooks(clock: ClockNeeds): Hooks {
  return { onInitialize: (ctx) => sweepWeight(sweep(ctx, clock.blockNumber(ctx), clock.blocksPerDay(ctx))) };
}
