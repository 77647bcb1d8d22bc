// What FileBank does with providers: books fragments to them and off them.
import type { Context } from '../../frame/context.js';
import { checkedAdd, checkedAdd64, checkedSub, ensure } from '../../frame/failure.js';
import { type MinerInfo, sminerErrors, sminerStorage as storage } from './types.js';

export interface Holding {
  readonly bytes: bigint;
  readonly fragments: bigint;
}

/** A provider that may hold fragments; fails with NotMiner. */
export function activeMiner(ctx: Context, miner: number): MinerInfo {
  const info = storage.Miners.get(ctx, miner);
  ensure(info !== undefined && info.state === 'Positive', sminerErrors.byName.NotMiner);
  return info;
}

/** Books fragments to a provider, within its declared space. */
export function addHolding(ctx: Context, miner: number, { bytes, fragments }: Holding): void {
  const info = activeMiner(ctx, miner);
  const service = checkedAdd64(info.service_space, bytes);
  ensure(service <= info.declared_space, sminerErrors.byName.InsufficientSpace);
  storage.Miners.put(ctx, miner, { ...info, service_space: service, fragment_count: info.fragment_count + fragments });
  storage.TotalServiceSpace.mutate(ctx, (total) => checkedAdd(total, bytes));
}

/** Books fragments off a provider. */
export function removeHolding(ctx: Context, miner: number, { bytes, fragments }: Holding): void {
  const info = activeMiner(ctx, miner);
  storage.Miners.put(ctx, miner, {
    ...info,
    service_space: checkedSub(info.service_space, bytes),
    fragment_count: checkedSub(info.fragment_count, fragments),
  });
  storage.TotalServiceSpace.mutate(ctx, (total) => checkedSub(total, bytes));
}
