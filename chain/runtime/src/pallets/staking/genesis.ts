// Genesis of Staking: the rules, and the authorities of the specification as candidates with the minimum stake, so that they are
// ordinary candidates from the first election on.
import type { Context } from '../../frame/context.js';
import { refuseGenesis } from '../../frame/genesis.js';
import { newCandidate } from './candidates.js';
import {
  DEFAULT_RULES,
  MAX_CANDIDATES,
  MAX_TRIALS,
  type Rules,
  stakingStorage as storage,
  type TrialRules,
} from './declaration.js';
import { recordMembers } from './eras.js';
import type { StakingNeeds } from './needs.js';
import { PROVEN } from './trials.js';

export interface StakingGenesis {
  /** What differs from the default. */
  readonly stakingRules?: Partial<Rules> | undefined;
  /** Default: no trials. */
  readonly trials?: TrialRules | undefined;
}

export function buildStakingGenesis(ctx: Context, needs: StakingNeeds, { stakingRules, trials }: StakingGenesis): void {
  const rules = { ...DEFAULT_RULES, ...stakingRules };
  const { seats, minimum_members, minimum_stake, report_eras, deferral_eras, cooling_off_eras } = rules;
  if (seats < 1 || minimum_members < 1 || minimum_members > seats) refuseGenesis('members between 1 and the seats');
  if (minimum_stake < 1n) refuseGenesis('a minimum stake');
  if (cooling_off_eras <= report_eras + deferral_eras) refuseGenesis('a cooling-off period that no offence outlasts');
  if (rules.credit_threshold > 1000) refuseGenesis('a threshold of credit of at most 1000');
  storage.Rules.put(ctx, rules);
  if (trials !== undefined && trials.of > 0) {
    if (trials.of > MAX_TRIALS || trials.required > trials.of)
      refuseGenesis(`at most ${MAX_TRIALS} trials, and no more required`);
    storage.TrialRules.put(ctx, trials);
  }
  const members = needs.members(ctx);
  if (members.length > MAX_CANDIDATES) refuseGenesis(`at most ${MAX_CANDIDATES} authorities`);
  for (const { account, key } of members) {
    needs.issue(ctx, account, minimum_stake);
    needs.stake.hold(ctx, account, minimum_stake);
    storage.Candidates.put(ctx, account, newCandidate(key, minimum_stake, { registeredIn: undefined, era: 0n }));
    storage.KeyOwners.put(ctx, key, account);
    if (storage.TrialRules.get(ctx).of > 0) storage.TrialRecords.put(ctx, account, PROVEN);
  }
  storage.CandidateCount.put(ctx, members.length);
  recordMembers(ctx, needs, 0n);
}
