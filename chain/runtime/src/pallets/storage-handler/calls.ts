// Calls of StorageHandler: buying, prolonging and renaming territories, locking quota in them.
// price = GiB × days × UnitPrice, paid to the space treasury; a purchase never exceeds what the providers that stay have declared.
import { u64 } from '@cess/codec';
import { blake2_256 } from '@cess/crypto';
import { concatBytes, equalBytes, GiB } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { checkedAdd, checkedAdd64, ensure, ensureRoot, ensureSigned } from '../../frame/failure.js';
import type { CallsOf } from '../../frame/pallet.js';
import {
  storageHandlerEvents as events,
  MAX_DAYS,
  MIN_DAYS,
  NAME_MIN_BYTES,
  storageHandlerStorage as storage,
  type storageHandler,
  storageHandlerErrors,
  tokenDomain,
} from './declaration.js';
import { dropDeadline, putTerritory } from './leases.js';
import type { StorageHandlerNeeds } from './needs.js';
import { leaseOf, lockQuota, releaseQuota } from './space.js';
import { lockWeight, weightOf } from './weights.js';

const errors = storageHandlerErrors.byName;
const GIB_BYTES = BigInt(GiB);

function price(ctx: Context, gib: number, days: number): bigint {
  return BigInt(gib) * BigInt(days) * storage.UnitPrice.get(ctx);
}

function purchase(ctx: Context, needs: StorageHandlerNeeds, bytes: bigint): void {
  const purchased = checkedAdd(storage.PurchasedSpace.get(ctx), bytes);
  ensure(purchased <= needs.sellableSpace(ctx), errors.InsufficientAvailableSpace);
  storage.PurchasedSpace.put(ctx, purchased);
}

function checkName(ctx: Context, owner: Uint8Array, name: Uint8Array): void {
  ensure(name.length >= NAME_MIN_BYTES, errors.NameTooShort);
  ensure(!storage.Territory.has(ctx, owner, name), errors.DuplicateName);
}

export function createStorageHandlerCalls(needs: StorageHandlerNeeds): CallsOf<typeof storageHandler> {
  return {
    mint_territory: {
      weight: () => weightOf('mint_territory'),
      dispatch: (ctx, origin, { gib_count, territory_name: name, days }) => {
        const owner = ensureSigned(origin);
        checkName(ctx, owner, name);
        ensure(gib_count > 0 && days <= MAX_DAYS, errors.ParamError);
        ensure(days >= MIN_DAYS, errors.TermTooShort);
        const bytes = BigInt(gib_count) * GIB_BYTES;
        purchase(ctx, needs, bytes);
        const spend = price(ctx, gib_count, days);
        needs.pay(ctx, owner, spend);
        const number = storage.NextToken.get(ctx);
        storage.NextToken.put(ctx, number + 1n);
        const token = blake2_256(concatBytes(tokenDomain, owner, u64.encode(number)));
        const start = needs.blockNumber(ctx);
        const perDay = needs.blocksPerDay(ctx);
        storage.TerritoryKey.put(ctx, token, { owner, name });
        putTerritory(
          ctx,
          { owner, name },
          {
            token,
            total_space: bytes,
            used_space: 0n,
            locked_space: 0n,
            remaining_space: bytes,
            start,
            deadline: start + days * perDay,
            state: 'Active',
          },
          perDay,
        );
        events.deposit(ctx, { type: 'MintTerritory', value: { owner, token, name, storage_capacity: bytes, spend } });
      },
    },
    expanding_territory: {
      weight: () => weightOf('expanding_territory'),
      dispatch: (ctx, origin, { territory_name: name, gib_count }) => {
        const owner = ensureSigned(origin);
        ensure(gib_count > 0, errors.ParamError);
        const { territory, state } = leaseOf(ctx, needs, { owner, name });
        ensure(state === 'Active', errors.NotActive);
        const bytes = BigInt(gib_count) * GIB_BYTES;
        purchase(ctx, needs, bytes);
        const days = Math.max(1, Math.ceil((territory.deadline - needs.blockNumber(ctx)) / needs.blocksPerDay(ctx)));
        const spend = price(ctx, gib_count, days);
        needs.pay(ctx, owner, spend);
        storage.Territory.put(ctx, owner, name, {
          ...territory,
          total_space: checkedAdd64(territory.total_space, bytes),
          remaining_space: territory.remaining_space + bytes,
        });
        events.deposit(ctx, { type: 'ExpansionTerritory', value: { owner, name, expansion_space: bytes, spend } });
      },
    },
    renewal_territory: {
      weight: () => weightOf('renewal_territory'),
      dispatch: (ctx, origin, { territory_name: name, days }) => {
        const owner = ensureSigned(origin);
        const { territory, state } = leaseOf(ctx, needs, { owner, name });
        ensure(state !== 'Expired', errors.NotActive);
        ensure(days > 0 && days <= MAX_DAYS, errors.ParamError);
        const perDay = needs.blocksPerDay(ctx);
        const now = needs.blockNumber(ctx);
        const deadline = (state === 'Active' ? territory.deadline : now) + days * perDay;
        ensure(deadline - now <= MAX_DAYS * perDay, errors.ParamError);
        const spend = price(ctx, Number(territory.total_space / GIB_BYTES), days);
        needs.pay(ctx, owner, spend);
        dropDeadline(ctx, territory, perDay);
        putTerritory(ctx, { owner, name }, { ...territory, deadline, state: 'Active' }, perDay);
        events.deposit(ctx, { type: 'RenewalTerritory', value: { owner, name, days, spend } });
      },
    },
    define_update_price: {
      weight: () => weightOf('define_update_price'),
      dispatch: (ctx, origin, args) => {
        ensureRoot(origin);
        storage.UnitPrice.put(ctx, args.price);
        events.deposit(ctx, { type: 'PriceUpdated', value: { price: args.price } });
      },
    },
    territory_rename: {
      weight: () => weightOf('territory_rename'),
      dispatch: (ctx, origin, { old_name, new_name }) => {
        const owner = ensureSigned(origin);
        const { territory, state } = leaseOf(ctx, needs, { owner, name: old_name });
        ensure(state === 'Active', errors.NotActive);
        ensure(territory.used_space === 0n && territory.locked_space === 0n, errors.ObjectNotZero);
        checkName(ctx, owner, new_name);
        storage.Territory.remove(ctx, owner, old_name);
        storage.Territory.put(ctx, owner, new_name, territory);
        storage.TerritoryKey.put(ctx, territory.token, { owner, name: new_name });
        events.deposit(ctx, { type: 'TerritoryRenamed', value: { owner, old_name, new_name } });
      },
    },
    lock_quota: {
      weight: () => lockWeight(),
      dispatch: (ctx, origin, { owner, territory_name: name, gateway, bytes }) => {
        const caller = ensureSigned(origin);
        ensure(equalBytes(caller, owner) || equalBytes(caller, gateway), errors.NoPermission);
        ensure(!equalBytes(gateway, owner) && needs.mayAct(ctx, owner, gateway), errors.NotAuthorized);
        ensure(bytes > 0n, errors.ParamError);
        const read = lockQuota(ctx, needs, { ref: { owner, name }, gateway, bytes });
        events.deposit(ctx, { type: 'QuotaLocked', value: { owner, name, gateway, bytes } });
        return lockWeight(read);
      },
    },
    release_quota: {
      weight: () => weightOf('release_quota'),
      dispatch: (ctx, origin, { owner, territory_name: name, gateway, bytes }) => {
        const caller = ensureSigned(origin);
        const ownerMay = equalBytes(caller, owner) && !needs.mayAct(ctx, owner, gateway);
        ensure(equalBytes(caller, gateway) || ownerMay, errors.NoPermission);
        ensure(bytes > 0n, errors.ParamError);
        releaseQuota(ctx, needs, { ref: { owner, name }, gateway, bytes });
        events.deposit(ctx, { type: 'QuotaReleased', value: { owner, name, gateway, bytes } });
      },
    },
  };
}
