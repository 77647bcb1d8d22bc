// Hooks of Audit: in every block tombstones are compacted, tags under revoked keys are removed, periods end, and new rounds
// open. Each of these has its share of the budget.
import type { Hooks } from '../../frame/pallet.js';
import { openRounds } from './draw.js';
import { tickDutyClock } from './duty-clock.js';
import type { AuditNeeds } from './needs.js';
import { compact, retire } from './registry.js';
import { endPeriods } from './rounds.js';

export function createAuditHooks(needs: AuditNeeds): Hooks {
  return {
    onInitialize: (ctx, budget) => {
      tickDutyClock(ctx, needs);
      budget.shareAmong(4, (share) => compact(ctx, share));
      budget.shareAmong(3, (share) => retire(ctx, needs, share));
      budget.shareAmong(2, (share) => endPeriods(ctx, needs, share));
      budget.shareAmong(1, (share) => openRounds(ctx, needs, share));
    },
  };
}
