// Hooks of Balances: reserves of former versions become holds.
import type { Hooks } from '../../frame/pallet.js';
import type { BalancesNeeds } from './needs.js';
import { migrateReserves } from './upgrade.js';
import { migrationWeight } from './weights.js';

export function createBalancesHooks(needs: BalancesNeeds): Hooks {
  return { onRuntimeUpgrade: (ctx, from) => migrationWeight(migrateReserves(ctx, needs, from)) };
}
