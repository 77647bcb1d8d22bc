// Providers may leave although their space is sold: nobody is trapped. What is missing then is recorded, and nothing is sold
// until leases end or other providers declare more (docs/protocol/audit.md §5.9).
import type { Context } from '../../frame/context.js';
import { storageHandlerEvents as events, storageHandlerStorage as storage } from './declaration.js';
import type { StorageHandlerNeeds } from './needs.js';

/** Records when a shortage begins and ends. */
export function noteShortage(ctx: Context, needs: StorageHandlerNeeds): void {
  const purchased = storage.PurchasedSpace.get(ctx);
  const declared = needs.sellableSpace(ctx);
  const isShort = purchased > declared;
  if (isShort === (storage.OversoldSince.get(ctx) !== undefined)) return;
  if (isShort) storage.OversoldSince.put(ctx, needs.blockNumber(ctx));
  else storage.OversoldSince.kill(ctx);
  events.deposit(ctx, { type: isShort ? 'SpaceOversold' : 'SpaceCovered', value: { purchased, declared } });
}
