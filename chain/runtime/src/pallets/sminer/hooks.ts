// Hooks of Sminer: stake that has unbonded is released; migration of former versions.
import type { Hooks } from '../../frame/pallet.js';
import type { PenaltyNeeds } from './needs.js';
import { releaseUnbonded } from './unbonding.js';
import { migrateLeaving } from './upgrade.js';
import { migrationWeight } from './weights.js';

export function createSminerHooks(needs: PenaltyNeeds): Hooks {
  return {
    onRuntimeUpgrade: (ctx, from) => migrationWeight(migrateLeaving(ctx, from)),
    onInitialize: (ctx, budget) => releaseUnbonded(ctx, needs, budget),
  };
}
