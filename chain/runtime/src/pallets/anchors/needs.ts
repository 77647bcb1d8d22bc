// What Anchors needs of other pallets.
import type { Context } from '../../frame/context.js';
import type { Hold } from '../../shared-types.js';

export interface AnchorsNeeds {
  blockNumber(ctx: Context): number;
  /** Deposits for anchors. */
  deposits: Hold;
}
