// Space accounting inside a territory. Space moves remaining -> locked (for a gateway) -> used, and back; the owner
// itself declares straight out of what remains. Every move keeps total = used + locked + remaining.
import { equalBytes, invariant } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { ensure } from '../../frame/failure.js';
import {
  MAX_QUOTAS,
  storageHandlerStorage as storage,
  storageHandlerErrors,
  type TerritoryInfo,
  type TerritoryState,
} from './declaration.js';
import { expire, stateAt, type TerritoryRef } from './leases.js';
import type { ClockNeeds } from './needs.js';

const errors = storageHandlerErrors.byName;

export interface Lease {
  readonly territory: TerritoryInfo;
  readonly state: TerritoryState;
}

/** A territory and what it is now; fails with NotHaveTerritory. */
export function leaseOf(ctx: Context, clock: ClockNeeds, { owner, name }: TerritoryRef): Lease {
  const territory = storage.Territory.get(ctx, owner, name);
  ensure(territory !== undefined, errors.NotHaveTerritory);
  return { territory, state: stateAt(territory, clock.blockNumber(ctx), clock.blocksPerDay(ctx)) };
}

function write(ctx: Context, { owner, name }: TerritoryRef, territory: TerritoryInfo): void {
  const { total_space, used_space, locked_space, remaining_space } = territory;
  invariant(total_space === used_space + locked_space + remaining_space, 'territory space adds up');
  storage.Territory.put(ctx, owner, name, territory);
}

/** Bytes that a gateway may still declare in a territory. */
function quotaOf(ctx: Context, { owner, name }: TerritoryRef, territory: TerritoryInfo, gateway: Uint8Array): bigint {
  const quota = storage.Quota.get(ctx, owner, name, gateway);
  return quota !== undefined && equalBytes(quota.token, territory.token) ? quota.locked : 0n;
}

function putQuota(
  ctx: Context,
  { owner, name }: TerritoryRef,
  territory: TerritoryInfo,
  gateway: Uint8Array,
  locked: bigint,
): void {
  if (locked === 0n) storage.Quota.remove(ctx, owner, name, gateway);
  else storage.Quota.put(ctx, owner, name, gateway, { token: territory.token, locked });
}

/**
 * Whether another gateway may have quota in the territory, so that the end of a lease removes all of them at once. Removes quotas
 * of an earlier territory of the name. Tells how many quotas were read.
 */
function placeIn(
  ctx: Context,
  { owner, name }: TerritoryRef,
  territory: TerritoryInfo,
): { readonly isFree: boolean; readonly read: number } {
  const all = [...storage.Quota.entries(ctx, [owner, name], MAX_QUOTAS)];
  const stale = all.filter(([, { token }]) => !equalBytes(token, territory.token));
  for (const [[, , gateway]] of stale) storage.Quota.remove(ctx, owner, name, gateway);
  return { isFree: all.length - stale.length < MAX_QUOTAS, read: all.length };
}

export interface Share {
  readonly ref: TerritoryRef;
  readonly gateway: Uint8Array;
  readonly bytes: bigint;
}

/** remaining -> locked. The territory must be active. Returns how many quotas of others were read. */
export function lockQuota(ctx: Context, clock: ClockNeeds, { ref, gateway, bytes }: Share): number {
  const { territory, state } = leaseOf(ctx, clock, ref);
  ensure(state === 'Active', errors.NotActive);
  ensure(territory.remaining_space >= bytes, errors.InsufficientSpace);
  const locked = quotaOf(ctx, ref, territory, gateway);
  const { isFree, read } = locked > 0n ? { isFree: true, read: 0 } : placeIn(ctx, ref, territory);
  ensure(isFree, errors.TooManyQuotas);
  putQuota(ctx, ref, territory, gateway, locked + bytes);
  write(ctx, ref, {
    ...territory,
    remaining_space: territory.remaining_space - bytes,
    locked_space: territory.locked_space + bytes,
  });
  return read;
}

/** locked -> remaining. */
export function releaseQuota(ctx: Context, clock: ClockNeeds, { ref, gateway, bytes }: Share): void {
  const { territory, state } = leaseOf(ctx, clock, ref);
  ensure(state !== 'Expired', errors.NotActive);
  const locked = quotaOf(ctx, ref, territory, gateway);
  ensure(locked >= bytes, errors.InsufficientQuota);
  putQuota(ctx, ref, territory, gateway, locked - bytes);
  write(ctx, ref, {
    ...territory,
    remaining_space: territory.remaining_space + bytes,
    locked_space: territory.locked_space - bytes,
  });
}

export interface Charge {
  readonly ref: TerritoryRef;
  /** Who declares: the owner itself, or a gateway out of its quota. */
  readonly operator: Uint8Array;
  readonly bytes: bigint;
}

/** Space becomes used. A frozen territory still takes what a gateway had locked. */
export function chargeSpace(ctx: Context, clock: ClockNeeds, { ref, operator, bytes }: Charge): void {
  const { territory, state } = leaseOf(ctx, clock, ref);
  const used_space = territory.used_space + bytes;
  if (equalBytes(operator, ref.owner)) {
    ensure(state === 'Active', errors.NotActive);
    ensure(territory.remaining_space >= bytes, errors.InsufficientSpace);
    write(ctx, ref, { ...territory, used_space, remaining_space: territory.remaining_space - bytes });
    return;
  }
  ensure(state !== 'Expired', errors.NotActive);
  const locked = quotaOf(ctx, ref, territory, operator);
  ensure(locked >= bytes, errors.InsufficientQuota);
  putQuota(ctx, ref, territory, operator, locked - bytes);
  write(ctx, ref, { ...territory, used_space, locked_space: territory.locked_space - bytes });
}

/** Space of a deleted file: back to the quota of the gateway that declared it and deletes it, else to what remains. */
export function returnSpace(ctx: Context, clock: ClockNeeds, { ref, operator, bytes }: Charge, toQuota: boolean): void {
  const { territory, state } = leaseOf(ctx, clock, ref);
  invariant(territory.used_space >= bytes, 'a territory uses what its files take');
  const used_space = territory.used_space - bytes;
  if (state === 'Expired' && territory.state === 'Expired') {
    // The space cannot be used again; what was used is released to the network.
    expire(ctx, ref, { ...territory, used_space });
    return;
  }
  const locked = quotaOf(ctx, ref, territory, operator);
  if (toQuota && state !== 'Expired' && (locked > 0n || placeIn(ctx, ref, territory).isFree)) {
    putQuota(ctx, ref, territory, operator, locked + bytes);
    write(ctx, ref, { ...territory, used_space, locked_space: territory.locked_space + bytes });
    return;
  }
  write(ctx, ref, { ...territory, used_space, remaining_space: territory.remaining_space + bytes });
}
