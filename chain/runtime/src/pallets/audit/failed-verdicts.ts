// Verdicts that say "failed" (docs/protocol/audit.md §4): they stand only as far as the stake of their worker covers the slash of
// each, and not after one of its verdicts was found wrong. What does not stand is judged by another worker.
import type { Context } from '../../frame/context.js';
import type { RoundRef } from '../../shared-types.js';
import { auditStorage as storage } from './declaration.js';
import type { AuditNeeds } from './needs.js';

/** Whether another failed verdict of the worker may stand. */
export function mayFail(ctx: Context, needs: AuditNeeds, worker: number): boolean {
  return (storage.OpenFailed.get(ctx, worker) ?? 0) < needs.failedVerdictLimit(ctx, worker);
}

/** Counts a failed verdict until `endVerdict`. */
export function noteFailed(ctx: Context, needs: AuditNeeds, { provider, keyId }: RoundRef, worker: number): void {
  storage.FailedAt.put(ctx, provider, keyId, needs.blockNumber(ctx));
  storage.OpenFailed.put(ctx, worker, (storage.OpenFailed.get(ctx, worker) ?? 0) + 1);
}

/** Releases the worker from its verdict; gives the block of a failed one. */
export function endVerdict(
  ctx: Context,
  needs: AuditNeeds,
  { provider, keyId }: RoundRef,
  worker: number,
): number | undefined {
  needs.endDuty(ctx, worker);
  const failedAt = storage.FailedAt.get(ctx, provider, keyId);
  if (failedAt === undefined) return undefined;
  storage.FailedAt.remove(ctx, provider, keyId);
  const open = storage.OpenFailed.get(ctx, worker) ?? 0;
  if (open > 1) storage.OpenFailed.put(ctx, worker, open - 1);
  else storage.OpenFailed.remove(ctx, worker);
  return failedAt;
}

/** Whether a verdict of the worker was found wrong since it gave this one. Verdicts of earlier versions have no block. */
export function isDoubtful(ctx: Context, needs: AuditNeeds, worker: number, failedAt = 0): boolean {
  const wrongAt = needs.lastWrongVerdict(ctx, worker);
  return wrongAt !== undefined && wrongAt >= failedAt;
}
