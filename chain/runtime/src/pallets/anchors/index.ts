// Anchors: accounts commit to logs that they keep outside of the chain, such as the audit logs of gateways.
import { definePallet } from '../../frame/pallet.js';
import { createAnchorsCalls } from './calls.js';
import { anchors } from './declaration.js';
import type { AnchorsNeeds } from './needs.js';
import { migrateHistories } from './upgrade.js';
import { migrationWeight } from './weights.js';

export function createAnchors(needs: AnchorsNeeds) {
  return definePallet(anchors, {
    calls: createAnchorsCalls(needs),
    hooks: { onRuntimeUpgrade: (ctx, from) => migrationWeight(migrateHistories(ctx, from)) },
  });
}
