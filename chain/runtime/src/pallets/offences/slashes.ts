// Slashes that wait take effect when their time has come, unless governance cancelled them before.
import { equalBytes } from '@cess/primitives';
import type { Context, Origin } from '../../frame/context.js';
import { ensure, ensureSigned } from '../../frame/failure.js';
import type { Hooks } from '../../frame/pallet.js';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';
import { offencesEvents as events, offencesErrors, offencesStorage as storage } from './declaration.js';
import type { OffencesNeeds } from './needs.js';

const errors = offencesErrors.byName;
/** Part of a slash that its reporter receives. */
const REWARD_DIVISOR = 10n;
const { era: eraStep, slash: slashStep } = weightTable.Offences.onInitialize;

/** The origin of governance: the signature of the account that the chain names. */
export function ensureGovernance(ctx: Context, origin: Origin): void {
  const who = ensureSigned(origin);
  const governance = storage.Governance.get(ctx);
  ensure(governance !== undefined && equalBytes(governance, who), errors.NotGovernance);
}

export function cancelSlash(ctx: Context, needs: OffencesNeeds, account: Uint8Array, era: bigint): void {
  const waiting = storage.Deferred.get(ctx, account);
  const cancelled = waiting.filter((slash) => slash.offence_era === era);
  ensure(cancelled.length > 0, errors.NoSuchSlash);
  storage.Deferred.put(
    ctx,
    account,
    waiting.filter((slash) => slash.offence_era !== era),
  );
  const amount = cancelled.reduce((sum, slash) => sum + slash.amount, 0n);
  needs.reinstate(ctx, account);
  events.deposit(ctx, { type: 'SlashCancelled', value: { account, amount } });
}

export function createOffencesHooks(needs: OffencesNeeds): Hooks {
  return {
    onInitialize: (ctx, budget) => {
      const now = needs.era(ctx);
      // The era of now is looked at in every block: a chain may let slashes take effect at once.
      for (let era = storage.AppliedTo.get(ctx); era <= now && !budget.isSpent; era++) {
        if (applyDue(ctx, needs, era, () => budget.spend(refTime(slashStep)))) storage.Due.remove(ctx, era);
        if (era === now) break;
        budget.spend(refTime(eraStep));
        storage.AppliedTo.put(ctx, era + 1n);
      }
    },
  };
}

/** Whether there was anything to apply. */
function applyDue(ctx: Context, needs: OffencesNeeds, era: bigint, book: () => void): boolean {
  const due = storage.Due.get(ctx, era);
  const { deferral_eras } = needs.rules(ctx);
  for (const account of due) {
    book();
    const waiting = storage.Deferred.get(ctx, account);
    const isDue = (decidedIn: bigint) => decidedIn + BigInt(deferral_eras) <= era;
    for (const { amount, reporter } of waiting.filter((slash) => isDue(slash.decided_in))) {
      needs.slash(ctx, { account, amount, reporter, reward: amount / REWARD_DIVISOR });
    }
    const left = waiting.filter((slash) => !isDue(slash.decided_in));
    if (left.length === 0) storage.Deferred.remove(ctx, account);
    else storage.Deferred.put(ctx, account, left);
  }
  return due.length > 0;
}
