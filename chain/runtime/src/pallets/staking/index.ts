// Staking: candidates, elections, points and rewards (docs/protocol/r2s.md, ADR 82).
import type { Context, StorageAccess } from '../../frame/context.js';
import { definePallet } from '../../frame/pallet.js';
import { createStakingCalls } from './calls.js';
import { openElection, slash } from './candidates.js';
import { stakingEvents as events, staking, stakingStorage as storage } from './declaration.js';
import { notePoints } from './eras.js';
import { buildStakingGenesis, type StakingGenesis } from './genesis.js';
import { createStakingHooks } from './hooks.js';
import type { StakingNeeds } from './needs.js';

export type { StakingNeeds } from './needs.js';

export function createStaking(needs: StakingNeeds) {
  return {
    pallet: definePallet(staking, {
      calls: createStakingCalls(needs),
      hooks: createStakingHooks(needs),
      genesis: (ctx: Context, config: StakingGenesis) => buildStakingGenesis(ctx, needs, config),
    }),
    isCandidate: (at: StorageAccess, account: Uint8Array) => storage.Candidates.has(at, account),
    ownerOf: (at: StorageAccess, key: Uint8Array) => storage.KeyOwners.get(at, key),
    rules: (at: StorageAccess) => storage.Rules.get(at),
    membersOf: (at: StorageAccess, era: bigint) => storage.EraMembers.get(at, era),
    pool: (at: StorageAccess) => storage.Pool.get(at),
    /** The election for which proofs are taken in the current block, and what they are over. */
    openElection: (at: StorageAccess) => openElection(at, needs),
    slash: (ctx: Context, order: Parameters<typeof slash>[2]) => slash(ctx, needs, order),
    notePoints,
    /** Bars a candidate that misbehaved from all elections. */
    remove: (ctx: Context, account: Uint8Array): void => {
      const candidate = storage.Candidates.get(ctx, account);
      if (candidate === undefined || candidate.state === 'Removed') return;
      storage.Candidates.put(ctx, account, { ...candidate, state: 'Removed' });
      events.deposit(ctx, { type: 'CandidateRemoved', value: { account } });
    },
    /** Lets it take part again, if governance found that it did not misbehave. */
    reinstate: (ctx: Context, account: Uint8Array): void => {
      const candidate = storage.Candidates.get(ctx, account);
      if (candidate?.state !== 'Removed') return;
      const state = candidate.exit_announced === undefined ? 'Active' : 'Exiting';
      storage.Candidates.put(ctx, account, { ...candidate, state });
    },
    /** A replacement has a seat in this era. */
    noteSeat: (ctx: Context, account: Uint8Array, era: bigint): void => {
      const candidate = storage.Candidates.get(ctx, account);
      if (candidate !== undefined) storage.Candidates.put(ctx, account, { ...candidate, last_seat: era });
    },
  };
}
