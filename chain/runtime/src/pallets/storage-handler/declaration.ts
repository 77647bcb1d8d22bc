// StorageHandler: territories (STORE-9) and the quotas locked in them.
// Invariant of every territory: total = used + locked + remaining, in stored (coded) bytes.
// PurchasedSpace = sum of all totals.
import { accountId, balance, blockKey, h256 } from '@cess/chain-primitives';
import { bytes, enumeration, type Static, struct, u32, u64, u128 } from '@cess/codec';
import { CESS, utf8 } from '@cess/primitives';
import { constant, declareCall, declarePallet, defineErrors, defineEvents } from '../../frame/declaration.js';
import { blake2Concat, identity, storageOf } from '../../frame/storage.js';

const storageHandlerId = { name: 'StorageHandler', index: 107 } as const;

/** Price of one GiB for one day at genesis. */
const GENESIS_UNIT_PRICE = CESS;
export const MIN_DAYS = 30;
export const MAX_DAYS = 3650;
/** Days between the end of a lease and the loss of the territory. */
export const GRACE_DAYS = 7;
/** Leases that a block ends at most; the rest wait for the next block. */
export const SWEEP_LIMIT = 32;
export const NAME_MIN_BYTES = 3;
/** Gateways that have quota in one territory at a time. */
export const MAX_QUOTAS = 64;

const territoryName = bytes({ max: 63 });
const territoryState = enumeration(['Active', 'Frozen', 'Expired'], {
  path: ['pallet_storage_handler', 'types', 'TerritoryState'],
});
export type TerritoryState = Static<typeof territoryState>;

const territoryInfo = struct(
  {
    token: h256,
    total_space: u64,
    used_space: u64,
    locked_space: u64,
    remaining_space: u64,
    start: u32,
    deadline: u32,
    state: territoryState,
  },
  { path: ['pallet_storage_handler', 'types', 'TerritoryInfo'] },
);
export type TerritoryInfo = Static<typeof territoryInfo>;

const territoryKey = struct(
  { owner: accountId, name: territoryName },
  { path: ['pallet_storage_handler', 'types', 'TerritoryKey'] },
);

/** Bytes that a gateway may still declare; void when the token is not that of the territory. */
const quotaInfo = struct({ token: h256, locked: u64 }, { path: ['pallet_storage_handler', 'types', 'QuotaInfo'] });

const deadlineKind = enumeration(['Freeze', 'Expire'], { path: ['pallet_storage_handler', 'types', 'DeadlineKind'] });

const at = storageOf(storageHandlerId.name);
const account = blake2Concat(accountId);
const name = blake2Concat(territoryName);
export const storageHandlerStorage = {
  Territory: at.map('Territory', [account, name], territoryInfo, ['Territories by owner and name.']),
  TerritoryKey: at.map('TerritoryKey', [identity(h256)], territoryKey, ['Owner and name of a territory token.']),
  Quota: at.map('Quota', [account, name, account], quotaInfo, ['Space locked for a gateway in a territory.']),
  Deadlines: at.map('Deadlines', [identity(blockKey), identity(h256)], deadlineKind, [
    'What happens to which territory after which block.',
  ]),
  UnitPrice: at.valueOr('UnitPrice', u128, GENESIS_UNIT_PRICE, ['Price of one GiB for one day.']),
  PurchasedSpace: at.valueOr('PurchasedSpace', u128, 0n, ['Space of all territories.']),
  OversoldSince: at.value('OversoldSince', u32, [
    'Since which block more space is sold than the providers that stay have declared; absent while that is not so.',
  ]),
  NextToken: at.valueOr('NextToken', u64, 0n, ['Number of territories ever minted.']),
};

export const tokenDomain = utf8('CESS/territory/v1');

const quotaEvent = () => struct({ owner: accountId, name: territoryName, gateway: accountId, bytes: u64 });
export const storageHandlerEvents = defineEvents(storageHandlerId, {
  MintTerritory: struct({ owner: accountId, token: h256, name: territoryName, storage_capacity: u64, spend: balance }),
  ExpansionTerritory: struct({ owner: accountId, name: territoryName, expansion_space: u64, spend: balance }),
  RenewalTerritory: struct({ owner: accountId, name: territoryName, days: u32, spend: balance }),
  TerritoryRenamed: struct({ owner: accountId, old_name: territoryName, new_name: territoryName }),
  LeaseFrozen: struct({ token: h256 }),
  LeaseExpired: struct({ token: h256 }),
  QuotaLocked: quotaEvent(),
  QuotaReleased: quotaEvent(),
  PriceUpdated: struct({ price: balance }),
  SpaceOversold: struct({ purchased: u128, declared: u128 }),
  SpaceCovered: struct({ purchased: u128, declared: u128 }),
});

export const storageHandlerErrors = defineErrors(storageHandlerId, {
  ParamError: 'Zero or too large a number.',
  NameTooShort: 'The name of a territory has at least 3 bytes.',
  DuplicateName: 'The owner has a territory of this name.',
  NotHaveTerritory: 'There is no such territory.',
  NotActive: 'The lease of the territory has ended.',
  TermTooShort: 'A lease is for at least 30 days.',
  InsufficientAvailableSpace: 'The providers that stay have not declared that much space.',
  InsufficientSpace: 'The territory has not that much space left.',
  InsufficientQuota: 'Less than that is locked for the gateway.',
  NotAuthorized: 'The gateway is not authorised by the owner of the territory.',
  NoPermission: 'Only the gateway may give back its quota while it is authorised.',
  ObjectNotZero: 'The territory holds files or locked space.',
  TooManyQuotas: 'Too many gateways have space locked in the territory; one of them must release its quota first.',
});

export const storageHandler = declarePallet({
  id: storageHandlerId,
  docs: 'Space as territories, and quotas in them.',
  storage: storageHandlerStorage,
  calls: {
    mint_territory: declareCall({
      index: 0,
      docs: 'Buys a territory.',
      args: { gib_count: u32, territory_name: territoryName, days: u32 },
    }),
    expanding_territory: declareCall({
      index: 1,
      docs: 'Buys more space for the rest of the lease.',
      args: { territory_name: territoryName, gib_count: u32 },
    }),
    renewal_territory: declareCall({
      index: 2,
      docs: 'Prolongs the lease; a frozen territory becomes active again, for the days from now on.',
      args: { territory_name: territoryName, days: u32 },
    }),
    define_update_price: declareCall({
      index: 9,
      docs: 'Sets the price of one GiB for one day. Root only.',
      args: { price: u128 },
    }),
    territory_rename: declareCall({
      index: 108,
      docs: 'Renames an empty territory.',
      args: { old_name: territoryName, new_name: territoryName },
    }),
    lock_quota: declareCall({
      index: 130,
      docs: 'Locks space of a territory for a gateway; by the owner, or by the gateway that it authorised.',
      args: { owner: accountId, territory_name: territoryName, gateway: accountId, bytes: u64 },
    }),
    release_quota: declareCall({
      index: 131,
      docs: 'Releases locked space; by the gateway, or by the owner once the gateway may no longer act for it.',
      args: { owner: accountId, territory_name: territoryName, gateway: accountId, bytes: u64 },
    }),
  },
  events: storageHandlerEvents,
  errors: storageHandlerErrors,
  constants: {
    GenesisUnitPrice: constant(u128, GENESIS_UNIT_PRICE, 'Price of one GiB for one day at genesis.'),
    QuotaCount: constant(u32, MAX_QUOTAS, 'Most gateways that have quota in one territory.'),
    FrozenDays: constant(u32, GRACE_DAYS, 'Days between the end of a lease and the loss of the territory.'),
  },
});
