import type { Context } from '../../frame/context.js';

/** What Counter needs of other pallets. */
export interface CounterNeeds {
  blockNumber(ctx: Context): number;
}
