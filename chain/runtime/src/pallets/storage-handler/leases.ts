// The life of a territory: Active until its deadline, Frozen for 7 days (reading and declaring what was acknowledged
// continue, nothing new is locked), then Expired: unused space is released, any account may delete its files, and the
// empty territory is removed. The state follows from the block number alone; the sweep only records it.

import type { Context } from '../../frame/context.js';
import { checkedSub } from '../../frame/failure.js';
import type { WorkBudget } from '../../frame/work-budget.js';
import {
  storageHandlerEvents as events,
  GRACE_DAYS,
  MAX_QUOTAS,
  SWEEP_LIMIT,
  storageHandlerStorage as storage,
  type TerritoryInfo,
  type TerritoryState,
} from './declaration.js';
import { leaseWeight } from './weights.js';

export interface TerritoryRef {
  readonly owner: Uint8Array;
  readonly name: Uint8Array;
}

/** The block after which the next change of state is due, as the territory is written. */
function dueBlock(territory: TerritoryInfo, blocksPerDay: number): number {
  return territory.state === 'Active' ? territory.deadline : territory.deadline + GRACE_DAYS * blocksPerDay;
}

/** State of the territory at block `now`, independent of the progress of the sweep. */
export function stateAt(territory: TerritoryInfo, now: number, blocksPerDay: number): TerritoryState {
  if (territory.state === 'Expired') return 'Expired';
  if (now > territory.deadline + GRACE_DAYS * blocksPerDay) return 'Expired';
  return now > territory.deadline ? 'Frozen' : territory.state;
}

/** Writes a territory together with its next deadline. */
export function putTerritory(
  ctx: Context,
  { owner, name }: TerritoryRef,
  territory: TerritoryInfo,
  blocksPerDay: number,
): void {
  storage.Territory.put(ctx, owner, name, territory);
  if (territory.state === 'Expired') return;
  storage.Deadlines.put(
    ctx,
    dueBlock(territory, blocksPerDay),
    territory.token,
    territory.state === 'Active' ? 'Freeze' : 'Expire',
  );
}

/** Removes the deadline of a territory before it changes. */
export function dropDeadline(ctx: Context, territory: TerritoryInfo, blocksPerDay: number): void {
  if (territory.state !== 'Expired') storage.Deadlines.remove(ctx, dueBlock(territory, blocksPerDay), territory.token);
}

/** Removes the quotas of an expired territory; returns their number. */
function removeQuotas(ctx: Context, { owner, name }: TerritoryRef): number {
  const gateways = [...storage.Quota.entries(ctx, [owner, name], MAX_QUOTAS)].map(([[, , gateway]]) => gateway);
  for (const gateway of gateways) storage.Quota.remove(ctx, owner, name, gateway);
  return gateways.length;
}

/** Removes an expired, empty territory. */
function removeTerritory(ctx: Context, { owner, name }: TerritoryRef, token: Uint8Array): void {
  storage.Territory.remove(ctx, owner, name);
  storage.TerritoryKey.remove(ctx, token);
}

/** Releases unused space, and removes the territory if nothing is left. Quotas in it went when the lease ended. */
export function expire(ctx: Context, ref: TerritoryRef, territory: TerritoryInfo): void {
  const unused = territory.total_space - territory.used_space;
  storage.PurchasedSpace.mutate(ctx, (purchased) => checkedSub(purchased, unused));
  if (territory.used_space === 0n) {
    removeTerritory(ctx, ref, territory.token);
    return;
  }
  storage.Territory.put(ctx, ref.owner, ref.name, {
    ...territory,
    total_space: territory.used_space,
    locked_space: 0n,
    remaining_space: 0n,
    state: 'Expired',
  });
}

/** Ends leases that are due. */
export function sweep(ctx: Context, now: number, blocksPerDay: number, budget: WorkBudget): void {
  for (const [[block, token]] of [...storage.Deadlines.entries(ctx, [], SWEEP_LIMIT)]) {
    if (block >= now || budget.isSpent) return;
    budget.spend(leaseWeight(endLease(ctx, block, token, blocksPerDay)));
  }
}

/** Records the next state of a territory; returns the number of quotas that went. */
function endLease(ctx: Context, block: number, token: Uint8Array, blocksPerDay: number): number {
  storage.Deadlines.remove(ctx, block, token);
  const ref = storage.TerritoryKey.get(ctx, token);
  const territory = ref && storage.Territory.get(ctx, ref.owner, ref.name);
  if (ref === undefined || territory === undefined) return 0;
  if (territory.state === 'Active') {
    putTerritory(ctx, ref, { ...territory, state: 'Frozen' }, blocksPerDay);
    events.deposit(ctx, { type: 'LeaseFrozen', value: { token } });
    return 0;
  }
  if (territory.state !== 'Frozen') return 0;
  const quotas = removeQuotas(ctx, ref);
  expire(ctx, ref, territory);
  events.deposit(ctx, { type: 'LeaseExpired', value: { token } });
  return quotas;
}
