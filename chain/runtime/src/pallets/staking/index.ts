// Staking: candidates, elections, points and rewards (docs/protocol/r2s.md, ADR 82).
import type { Context, StorageAccess } from '../../frame/context.js';
import { definePallet } from '../../frame/pallet.js';
import { createStakingCalls } from './calls.js';
import { awaitsSeat, slash } from './candidates.js';
import { stakingEvents as events, staking, stakingStorage as storage } from './declaration.js';
import { noteUncle } from './eras.js';
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
    /** Whether the account is a candidate that has no seat now, and could have one. */
    awaitsSeat: (at: StorageAccess, account: Uint8Array): boolean => awaitsSeat(at, needs, account),
    ownerOf: (at: StorageAccess, key: Uint8Array) => storage.KeyOwners.get(at, key),
    rules: (at: StorageAccess) => storage.Rules.get(at),
    membersOf: (at: StorageAccess, era: bigint) => storage.EraMembers.get(at, era),
    candidate: (at: StorageAccess, account: Uint8Array) => {
      const found = storage.Candidates.get(at, account);
      return found && { stake: found.stake, lastSeat: found.last_seat };
    },
    /** Who may take a seat within the era. */
    pool: (at: StorageAccess) =>
      storage.Pool.get(at).filter(({ account }) => storage.Candidates.get(at, account)?.state === 'Active'),
    slash: (ctx: Context, order: Parameters<typeof slash>[2]) => slash(ctx, needs, order),
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
    noteUncle,
    /** A replacement has a seat in this era. */
    noteSeat: (ctx: Context, account: Uint8Array, era: bigint): void => {
      const candidate = storage.Candidates.get(ctx, account);
      if (candidate !== undefined) storage.Candidates.put(ctx, account, { ...candidate, last_seat: era });
    },
  };
}
