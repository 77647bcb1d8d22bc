// StorageHandler: clients buy space as territories, size × time (STORE-9). A gateway acknowledges uploads only within
// quota that is locked for it here, so that the chain may stall without anything acknowledged being lost.
import type { Context, StorageAccess } from '../../frame/context.js';
import { definePallet } from '../../frame/pallet.js';
import { createStorageHandlerCalls } from './calls.js';
import { storageHandler, storageHandlerStorage } from './declaration.js';
import { createStorageHandlerHooks } from './hooks.js';
import type { StorageHandlerNeeds } from './needs.js';
import { chargeSpace, leaseOf, returnSpace } from './space.js';

export type { StorageHandlerNeeds } from './needs.js';

/** Bytes of a territory, and who declares or deletes files there. */
interface SpaceUse {
  readonly owner: Uint8Array;
  readonly territory: Uint8Array;
  readonly operator: Uint8Array;
  readonly bytes: bigint;
}

const chargeOf = ({ owner, territory, operator, bytes }: SpaceUse) => ({
  ref: { owner, name: territory },
  operator,
  bytes,
});

/** The pallet, and what others do with it. */
export function createStorageHandler(needs: StorageHandlerNeeds) {
  return {
    pallet: definePallet(storageHandler, {
      calls: createStorageHandlerCalls(needs),
      hooks: createStorageHandlerHooks(needs),
    }),
    /** Space of a territory becomes used. */
    chargeSpace: (ctx: Context, use: SpaceUse) => chargeSpace(ctx, needs, chargeOf(use)),
    /** Space of a deleted file becomes free, or the quota of the gateway again. */
    returnSpace: (ctx: Context, use: SpaceUse & { readonly toQuota: boolean }) =>
      returnSpace(ctx, needs, chargeOf(use), use.toQuota),
    isExpired: (ctx: Context, owner: Uint8Array, name: Uint8Array) =>
      leaseOf(ctx, needs, { owner, name }).state === 'Expired',
    /** Bytes of all territories. */
    purchasedSpace: (at: StorageAccess) => storageHandlerStorage.PurchasedSpace.get(at),
    /** Price of a GiB for a day. */
    unitPrice: (at: StorageAccess) => storageHandlerStorage.UnitPrice.get(at),
  };
}
