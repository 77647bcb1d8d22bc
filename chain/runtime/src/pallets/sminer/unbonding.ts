// Unbonding: stake that is no longer needed stays reserved, and can be slashed, until every question that was asked before
// has been answered or has failed (docs/protocol/audit.md §5). A slash takes from UnbondingTotal; entries are released in
// the order of their blocks, so that the last ones bear it.
import { equalBytes } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { checkedAdd } from '../../frame/failure.js';
import type { WorkBudget } from '../../frame/work-budget.js';
import {
  sminerEvents as events,
  MAX_RELEASES_PER_BLOCK,
  sminerStorage as storage,
  type Unbonding,
} from './declaration.js';
import { providerInfo } from './holdings.js';
import type { PenaltyNeeds } from './needs.js';
import { releaseWeight } from './weights.js';

/** Starts to unbond a part of the stake that the record of the provider does not count any more. */
export function unbond(ctx: Context, needs: PenaltyNeeds, provider: number, amount: bigint): void {
  if (amount === 0n) return;
  const since = needs.blockNumber(ctx);
  const until = since + needs.unbondingPeriod(ctx);
  needs.stake.moveTo(ctx, needs.unbonding, providerInfo(ctx, provider).account, amount);
  storage.UnbondingTotal.put(ctx, provider, checkedAdd(storage.UnbondingTotal.get(ctx, provider) ?? 0n, amount));
  enqueue(ctx, until, provider, { amount, since });
  events.deposit(ctx, { type: 'StakeUnbonding', value: { miner: provider, amount, until } });
}

function enqueue(ctx: Context, until: number, provider: number, { amount, since }: Unbonding): void {
  const before = storage.Unbonding.get(ctx, until, provider);
  const sum = { amount: checkedAdd(before?.amount ?? 0n, amount), since: Math.max(before?.since ?? 0, since) };
  storage.Unbonding.put(ctx, until, provider, sum);
}

/** Releases what has unbonded. */
export function releaseUnbonded(ctx: Context, needs: PenaltyNeeds, budget: WorkBudget): void {
  const now = needs.blockNumber(ctx);
  for (const [[block, provider], entry] of [...storage.Unbonding.entries(ctx, [], MAX_RELEASES_PER_BLOCK)]) {
    if (block >= now || budget.isSpent) break;
    storage.Unbonding.remove(ctx, block, provider);
    const { block: asked, count } = needs.oldestQuestion(ctx, provider);
    budget.spend(releaseWeight(count));
    if (asked !== undefined && asked <= entry.since) {
      enqueue(ctx, now + needs.unbondingPeriod(ctx), provider, entry);
      continue;
    }
    release(ctx, needs, provider, entry.amount);
  }
}

function release(ctx: Context, needs: PenaltyNeeds, provider: number, amount: bigint): void {
  const total = storage.UnbondingTotal.get(ctx, provider) ?? 0n;
  const released = amount < total ? amount : total;
  if (released === total) storage.UnbondingTotal.remove(ctx, provider);
  else storage.UnbondingTotal.put(ctx, provider, total - released);
  if (released === 0n) return;
  needs.unbonding.release(ctx, providerInfo(ctx, provider).account, released);
  events.deposit(ctx, { type: 'StakeReleased', value: { miner: provider, amount: released } });
}

/** Takes a node key out of use. Other providers may use it after everything that it signed can no longer be punished. */
export function retireNodeKey(ctx: Context, needs: PenaltyNeeds, provider: number, nodeKey: Uint8Array): void {
  storage.NodeKeys.remove(ctx, nodeKey);
  const until = needs.blockNumber(ctx) + needs.unbondingPeriod(ctx);
  storage.FormerNodeKeys.put(ctx, nodeKey, { miner: provider, until });
}

/** Whether another provider had this node key too recently for `account` to use it. */
export function isNodeKeyReserved(
  ctx: Context,
  needs: PenaltyNeeds,
  nodeKey: Uint8Array,
  account: Uint8Array,
): boolean {
  const former = storage.FormerNodeKeys.get(ctx, nodeKey);
  if (former === undefined || equalBytes(providerInfo(ctx, former.miner).account, account)) return false;
  return needs.blockNumber(ctx) <= former.until || needs.hasQuestion(ctx, former.miner);
}
