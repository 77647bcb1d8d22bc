// Sminer: the storage providers. stake = 4000 CESS per declared TiB, rounded up; it stays reserved on the provider's
// account until it exits.
import type { Context, StorageAccess } from '../../frame/context.js';
import { definePallet } from '../../frame/pallet.js';
import type { Refund } from '../../shared-types.js';
import { createSminerCalls } from './calls.js';
import { sminer, stakeFor, sminerStorage as storage } from './declaration.js';
import { activeProvider, addHolding, changeProven, providerInfo, removeHolding, sellableSpace } from './holdings.js';
import { createSminerHooks } from './hooks.js';
import type { SminerNeeds } from './needs.js';
import { endExpulsion, noteFailed, notePassed, noteStruck, type Strike, slash, slashFor } from './penalties.js';
import { formerReserves } from './upgrade.js';

export type { SminerNeeds } from './needs.js';

interface Failure {
  readonly outcome: 'Invalid' | 'Conceded';
  /** Stake that the declared space needed when the question was asked. */
  readonly base: bigint;
}

/** The pallet, and what others do with it. */
export function createSminer(needs: SminerNeeds) {
  return {
    pallet: definePallet(sminer, { calls: createSminerCalls(needs), hooks: createSminerHooks(needs) }),
    /** Index of a registered provider's account. */
    indexOf: (at: StorageAccess, account: Uint8Array) => storage.MinerIndex.get(at, account),
    accountOf: (ctx: Context, provider: number) => providerInfo(ctx, provider).account,
    sellableSpace,
    /** Node key of an active provider; fails for others. */
    nodeKeyOf: (ctx: Context, provider: number) => activeProvider(ctx, provider).node_key,
    /** Whether the provider is active and has this much declared space left. */
    hasSpace: (ctx: Context, provider: number, bytes: bigint) => {
      const { state, service_space, declared_space } = providerInfo(ctx, provider);
      return state === 'Positive' && service_space + bytes <= declared_space;
    },
    /** Declared space that an active provider has left; undefined for others. */
    freeSpace: (ctx: Context, provider: number): bigint | undefined => {
      const info = storage.Miners.get(ctx, provider);
      if (info?.state !== 'Positive') return undefined;
      return info.declared_space > info.service_space ? info.declared_space - info.service_space : 0n;
    },
    isExpelled: (ctx: Context, provider: number) => providerInfo(ctx, provider).state === 'Expelled',
    addHolding,
    removeHolding,
    changeProven,
    notePassed,
    /** Stake that the declared space of the provider needs. */
    slashBase: (ctx: Context, provider: number) => stakeFor(providerInfo(ctx, provider).declared_space),
    /** Slashes for a failed round, a share of `base`; owners are refunded first. */
    punishFailure: (ctx: Context, provider: number, failure: Failure, refunds: readonly Refund[]) => {
      slash(ctx, needs, provider, slashFor(failure.base, failure.outcome), refunds);
      noteFailed(ctx, needs, provider);
    },
    noteStruck: (ctx: Context, provider: number, strike: Strike) => noteStruck(ctx, needs, provider, strike),
    /** Refunds owners from the provider's stake. */
    refund: (ctx: Context, provider: number, refunds: readonly Refund[]) => slash(ctx, needs, provider, 0n, refunds),
    /** Slashes without a refund. */
    fine: (ctx: Context, provider: number, amount: bigint) => slash(ctx, needs, provider, amount, []),
    /** Refunds owners and slashes the same amount again. */
    payForLoss: (ctx: Context, provider: number, refunds: readonly Refund[]) =>
      slash(ctx, needs, provider, 2n * refunds.reduce((sum, { amount }) => sum + amount, 0n), refunds),
    endExpulsion: (ctx: Context, provider: number) => endExpulsion(ctx, needs, provider),
    formerReserves,
  };
}
