// Hooks of Sminer: stake that has unbonded is released.
import type { Hooks } from '../../frame/pallet.js';
import type { PenaltyNeeds } from './needs.js';
import { releaseUnbonded } from './unbonding.js';
import { releasesWeight } from './weights.js';

export function createSminerHooks(needs: PenaltyNeeds): Hooks {
  return { onInitialize: (ctx) => releasesWeight(releaseUnbonded(ctx, needs)) };
}
