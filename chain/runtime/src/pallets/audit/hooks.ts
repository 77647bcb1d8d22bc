// Hooks of Audit: in every block tombstones are compacted, periods end, and new rounds open.
import type { Hooks } from '../../frame/pallet.js';
import { openRounds } from './draw.js';
import { tickDutyClock } from './duty-clock.js';
import type { AuditNeeds } from './needs.js';
import { compact, retire } from './registry.js';
import { endPeriods } from './rounds.js';
import { upkeepWeight } from './weights.js';

export function createAuditHooks(needs: AuditNeeds): Hooks {
  return {
    onInitialize: (ctx) => {
      tickDutyClock(ctx, needs);
      const compacted = compact(ctx) + retire(ctx, needs);
      const ended = endPeriods(ctx, needs);
      return upkeepWeight({ compacted, ended, opened: openRounds(ctx, needs) });
    },
  };
}
