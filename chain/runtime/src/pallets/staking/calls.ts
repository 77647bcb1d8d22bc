// Calls of Staking.
import { ensureSigned } from '../../frame/failure.js';
import type { CallsOf } from '../../frame/pallet.js';
import { announceExit, bondExtra, isFreeProof, postProof, register, setKey, withdraw } from './candidates.js';
import type { staking } from './declaration.js';
import type { StakingNeeds } from './needs.js';
import { answerTrial, isFreeAnswer } from './trials.js';
import { weightOf } from './weights.js';

export function createStakingCalls(needs: StakingNeeds): CallsOf<typeof staking> {
  return {
    register: {
      weight: () => weightOf('register'),
      dispatch: (ctx, origin, args) => register(ctx, needs, ensureSigned(origin), args),
    },
    bond_extra: {
      weight: () => weightOf('bond_extra'),
      dispatch: (ctx, origin, { amount }) => bondExtra(ctx, needs, ensureSigned(origin), amount),
    },
    set_key: {
      weight: () => weightOf('set_key'),
      dispatch: (ctx, origin, args) => setKey(ctx, needs, ensureSigned(origin), args),
    },
    prove_vrf: {
      weight: () => weightOf('prove_vrf'),
      feeless: (ctx, who, args) => isFreeProof(ctx, needs, who, args),
      dispatch: (ctx, origin, args) => {
        ensureSigned(origin);
        postProof(ctx, needs, args);
      },
    },
    answer_trial: {
      weight: () => weightOf('answer_trial'),
      feeless: (ctx, who, args) => isFreeAnswer(ctx, needs, who, args),
      dispatch: (ctx, origin, args) => answerTrial(ctx, needs, ensureSigned(origin), args),
    },
    announce_exit: {
      weight: () => weightOf('announce_exit'),
      dispatch: (ctx, origin) => announceExit(ctx, needs, ensureSigned(origin)),
    },
    withdraw: {
      weight: () => weightOf('withdraw'),
      dispatch: (ctx, origin) => withdraw(ctx, needs, ensureSigned(origin)),
    },
  };
}
