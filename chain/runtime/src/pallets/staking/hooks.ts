// Hooks of Staking: points of each block, the beginning of an era, the election in its last epoch. Each is decided from the state,
// so that one that failed is done in a later block.
import type { Context } from '../../frame/context.js';
import type { Hooks } from '../../frame/pallet.js';
import { refTime } from '../../frame/weight.js';
import { newCandidate } from './candidates.js';
import { stakingStorage as storage } from './declaration.js';
import { holdElection } from './election.js';
import { beginEra, noteBlock, recordMembers } from './eras.js';
import type { StakingNeeds } from './needs.js';
import { askTrial } from './trials.js';
import { hookSteps } from './weights.js';

export function createStakingHooks(needs: StakingNeeds): Hooks {
  return {
    onRuntimeUpgrade: (ctx, from) => {
      if (from < 7) migrate(ctx, needs);
      return refTime(0n);
    },
    onInitialize: (ctx, budget) => {
      const asked = askTrial(ctx, needs);
      if (asked > 0) budget.spend(hookSteps.trial(asked));
      if (storage.CurrentEra.get(ctx) !== needs.clock(ctx).era) {
        budget.spend(hookSteps.member(beginEra(ctx, needs)));
      }
      noteBlock(ctx, needs);
      if (needs.isElectionDue(ctx)) budget.spend(hookSteps.candidate(holdElection(ctx, needs)));
    },
  };
}

/** The authorities of a chain from before are candidates without stake: they keep seats that no eligible candidate takes. */
function migrate(ctx: Context, needs: StakingNeeds): void {
  for (const { account, key } of needs.members(ctx)) {
    if (storage.Candidates.has(ctx, account)) continue;
    storage.Candidates.put(ctx, account, newCandidate(key, 0n, { registeredIn: undefined, era: 0n }));
    storage.KeyOwners.put(ctx, key, account);
    storage.CandidateCount.mutate(ctx, (count) => count + 1);
  }
  recordMembers(ctx, needs, 0n);
}
