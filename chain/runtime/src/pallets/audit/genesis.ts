// Genesis of Audit: the periods, configured in seconds and kept in blocks.
import type { Context } from '../../frame/context.js';
import { refuseGenesis } from '../../frame/genesis.js';
import { auditStorage } from './declaration.js';

/** Periods of the audit in seconds (docs/protocol/audit.md §8). */
export interface AuditPeriodsConfig {
  readonly cycle: number;
  readonly proof: number;
  readonly verdict: number;
  readonly dispute: number;
  readonly claim: number;
}

export interface AuditGenesis {
  readonly slotDurationMs: number;
  readonly audit: AuditPeriodsConfig;
}

/** No proof, verdict or restored fragment is due sooner than in a minute. */
export const MIN_PERIOD_SECONDS: AuditPeriodsConfig = { cycle: 1, proof: 60, verdict: 60, dispute: 10, claim: 60 };

export function buildAuditGenesis(ctx: Context, { slotDurationMs, audit }: AuditGenesis): void {
  for (const [name, seconds] of Object.entries(audit)) {
    const least = MIN_PERIOD_SECONDS[name as keyof AuditPeriodsConfig];
    if (!Number.isSafeInteger(seconds) || seconds < least) {
      refuseGenesis(`the period "${name}" of at least ${least} s`);
    }
  }
  const blocks = (seconds: number) => Math.ceil((seconds * 1000) / slotDurationMs);
  const { cycle, proof, verdict, dispute, claim } = audit;
  auditStorage.Periods.put(ctx, {
    cycle: blocks(cycle),
    proof: blocks(proof),
    verdict: blocks(verdict),
    dispute: blocks(dispute),
    claim: blocks(claim),
  });
}
