// SchedulerCredit: what workers do counts for the candidate that they are bound to (R2S-7, R2S-11). Credit is computed where an election
// asks for it, so that nothing has to be done when an era begins.
import { CREDIT_ERAS, creditOfEra, type TeeWork, weighCredit, weighWork } from '@cess/consensus';
import type { Context, StorageAccess } from '../../frame/context.js';
import { definePallet } from '../../frame/pallet.js';
import { type EraWork, KEPT_ERAS, schedulerCredit, creditStorage as storage } from './declaration.js';

export interface SchedulerCreditNeeds {
  era(at: StorageAccess): bigint;
  isCandidate(at: StorageAccess, account: Uint8Array): boolean;
}

const noWork: TeeWork = {
  taggedBytes: 0n,
  verifiedServiceBytes: 0n,
  verifiedIdleBytes: 0n,
  certifiedIdleBytes: 0n,
  replacedIdleBytes: 0n,
};

export function createSchedulerCredit(needs: SchedulerCreditNeeds) {
  /** Changes the entry of the current era; returns it. An account that is no candidate earns no credit. */
  const change = (ctx: Context, account: Uint8Array, apply: (entry: EraWork) => EraWork): EraWork | undefined => {
    if (!needs.isCandidate(ctx, account)) return undefined;
    const era = needs.era(ctx);
    const ledger = storage.Ledgers.get(ctx, account);
    const last = ledger.at(-1);
    const isCurrent = last?.era === era;
    const entry = apply(isCurrent ? last : { era, work: 0n, penalties: 0 });
    storage.Ledgers.put(ctx, account, [...(isCurrent ? ledger.slice(0, -1) : ledger), entry].slice(-KEPT_ERAS));
    return entry;
  };
  return {
    pallet: definePallet(schedulerCredit, { calls: {} }),
    /** Bytes that a worker of the account processed. */
    noteWork: (ctx: Context, account: Uint8Array, work: Partial<TeeWork>): void => {
      const points = weighWork({ ...noWork, ...work });
      const entry = change(ctx, account, (before) => ({ ...before, work: before.work + points }));
      if (entry === undefined) return;
      const most = storage.MostWork.get(ctx);
      const last = most.at(-1);
      if (last?.era === entry.era && last.work >= entry.work) return;
      const others = last?.era === entry.era ? most.slice(0, -1) : most;
      storage.MostWork.put(ctx, [...others, { era: entry.era, work: entry.work }].slice(-KEPT_ERAS));
    },
    /** A worker of the account missed a duty, or was found to have judged wrongly. */
    notePenalty: (ctx: Context, account: Uint8Array): void => {
      change(ctx, account, (before) => ({ ...before, penalties: before.penalties + 1 }));
    },
    /** Credit for an election in this era, 0 to 1000: of the five eras before it. */
    creditOf: (at: StorageAccess, account: Uint8Array, era: bigint): number => {
      const ledger = storage.Ledgers.get(at, account);
      const most = storage.MostWork.get(at);
      const eras = Array.from({ length: CREDIT_ERAS }, (_, i) => {
        const entry = ledger.find((each) => each.era === era - BigInt(i + 1));
        const best = most.find((each) => each.era === era - BigInt(i + 1));
        return entry === undefined ? 0 : creditOfEra(entry.work, best?.work ?? 0n, entry.penalties);
      });
      return weighCredit(eras);
    },
    forget: (ctx: Context, account: Uint8Array): void => storage.Ledgers.remove(ctx, account),
  };
}
