// What providers hold, and how much of it is proven.
import { invariant } from '@cess/primitives';
import type { Context, StorageAccess } from '../../frame/context.js';
import { checkedAdd, checkedAdd64, checkedSub, ensure } from '../../frame/failure.js';
import type { Holding } from '../../shared-types.js';
import { type ProviderInfo, sminerErrors, sminerStorage as storage } from './declaration.js';

/** A provider, whatever its state. */
export function providerInfo(at: StorageAccess, provider: number): ProviderInfo {
  const info = storage.Miners.get(at, provider);
  invariant(info !== undefined, 'a provider that was indexed exists for ever');
  return info;
}

/** Declared bytes that space may be sold on: those of providers that stay. */
export function sellableSpace(at: StorageAccess): bigint {
  return storage.TotalDeclaredSpace.get(at) - storage.LeavingSpace.get(at);
}

function isLeaving({ state }: ProviderInfo): boolean {
  return state === 'Exiting' || state === 'Expelled';
}

/** Records that the provider leaves: from now on nothing is sold on its space. */
export function beginLeaving(ctx: Context, provider: number, state: 'Exiting' | 'Expelled'): void {
  const info = providerInfo(ctx, provider);
  if (!isLeaving(info)) storage.LeavingSpace.mutate(ctx, (space) => checkedAdd(space, info.declared_space));
  storage.Miners.put(ctx, provider, { ...info, state });
}

/** The provider has left: its space is declared no more. */
export function endDeclaration(ctx: Context, info: ProviderInfo): void {
  const { declared_space } = info;
  storage.TotalDeclaredSpace.mutate(ctx, (total) => checkedSub(total, declared_space));
  if (isLeaving(info)) storage.LeavingSpace.mutate(ctx, (space) => checkedSub(space, declared_space));
}

/** A provider that may receive fragments; fails with NotMiner. */
export function activeProvider(ctx: Context, provider: number): ProviderInfo {
  const info = storage.Miners.get(ctx, provider);
  ensure(info !== undefined && info.state === 'Positive', sminerErrors.byName.NotMiner);
  return info;
}

/** Adds fragments to what a provider holds, within its declared space. */
export function addHolding(ctx: Context, provider: number, { bytes, fragments }: Holding): void {
  const info = activeProvider(ctx, provider);
  const service = checkedAdd64(info.service_space, bytes);
  ensure(service <= info.declared_space, sminerErrors.byName.InsufficientSpace);
  storage.Miners.put(ctx, provider, {
    ...info,
    service_space: service,
    fragment_count: info.fragment_count + fragments,
  });
  storage.TotalServiceSpace.mutate(ctx, (total) => checkedAdd(total, bytes));
}

/** Subtracts fragments from what a provider holds. */
export function removeHolding(ctx: Context, provider: number, { bytes, fragments }: Holding): void {
  const info = providerInfo(ctx, provider);
  storage.Miners.put(ctx, provider, {
    ...info,
    service_space: checkedSub(info.service_space, bytes),
    fragment_count: checkedSub(info.fragment_count, fragments),
  });
  storage.TotalServiceSpace.mutate(ctx, (total) => checkedSub(total, bytes));
}

/** Updates the proven bytes after one registry of the provider changed. */
export function changeProven(ctx: Context, provider: number, before: bigint, after: bigint): void {
  const info = providerInfo(ctx, provider);
  const proven_space = checkedAdd64(checkedSub(info.proven_space, before), after);
  storage.Miners.put(ctx, provider, { ...info, proven_space });
  storage.TotalProvenSpace.mutate(ctx, (total) => checkedAdd(checkedSub(total, before), after));
}
