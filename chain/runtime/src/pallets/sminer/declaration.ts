// Sminer: the storage providers (paper: storage nodes).
// Invariants: LeavingSpace is the declared space of all providers that are Exiting or Expelled; MinerIndex and NodeKeys are the inverses of Miners for providers that have not exited or been expelled; the
// totals are the sums over all; UnbondingTotal of a provider is at most the sum of its entries in Unbonding, and with
// `staked` the tokens that are reserved for it. Capacity is a staked declaration, unproven until proofs of idle space exist; service
// bytes are proven by the audit (docs/protocol/audit.md §5).
import { accountId, balance, blockKey } from '@cess/chain-primitives';
import { bytes, enumeration, fixedBytes, type Static, struct, u8, u32, u64, u128 } from '@cess/codec';
import { CESS, TiB } from '@cess/primitives';
import { constant, declareCall, declarePallet, defineErrors, defineEvents } from '../../frame/declaration.js';
import { blake2Concat, identity, storageOf, twoxConcat } from '../../frame/storage.js';

const sminerId = { name: 'Sminer', index: 105 } as const;
/** Stake per started TiB of declared space. */
const STAKE_PER_TIB = 4000n * CESS;

const TIB_BYTES = BigInt(TiB);

/** Stake for a declared space (ECON-3). */
export function stakeFor(declaredBytes: bigint): bigint {
  return ((declaredBytes + TIB_BYTES - 1n) / TIB_BYTES) * STAKE_PER_TIB;
}

const endpoint = bytes({ max: 100 });
/** Unbonding entries that one block releases at most; the rest wait for the next. */
export const MAX_RELEASES_PER_BLOCK = 64;
/** Owners whom one addition of collateral pays at most; the next one continues. */
export const MAX_REPAID_OWNERS = 64;
/** Failed rounds without a passed one between that expel a provider. */
export const EXPELLING_FAILURES = 3;

/** `Frozen`: too little stake for new fragments. `Exiting`: hands its fragments over. `Expelled`: loses them. */
const providerState = enumeration(['Positive', 'Exited', 'Frozen', 'Exiting', 'Expelled'], {
  path: ['pallet_sminer', 'types', 'MinerState'],
});

const providerInfo = struct(
  {
    account: accountId,
    beneficiary: accountId,
    /** ed25519 key that signs receipts and attestations. */
    node_key: fixedBytes(32),
    endpoint,
    staked: balance,
    /** Bytes that the provider declared and staked for. */
    declared_space: u64,
    /** Bytes of declared fragments that it holds. */
    service_space: u64,
    fragment_count: u64,
    /** Bytes that its last rounds have proven: its power. */
    proven_space: u64,
    /** Owed beyond the stake; new collateral pays it first. */
    debt: balance,
    /** Failed rounds since the last passed one. */
    failures: u8,
    state: providerState,
    registered_at: u32,
  },
  { path: ['pallet_sminer', 'types', 'MinerInfo'] },
);
export type ProviderInfo = Static<typeof providerInfo>;

const unbonding = struct(
  {
    amount: balance,
    /** Block of the exit or of the smaller declaration. */
    since: u32,
  },
  { path: ['pallet_sminer', 'types', 'Unbonding'] },
);
export type Unbonding = Static<typeof unbonding>;

const formerNodeKey = struct(
  {
    miner: u32,
    /** Last block in which no other provider may take the key. */
    until: u32,
  },
  { path: ['pallet_sminer', 'types', 'FormerNodeKey'] },
);

const at = storageOf(sminerId.name);
export const sminerStorage = {
  Miners: at.map('Miners', [twoxConcat(u32)], providerInfo, ['Providers by index.']),
  MinerIndex: at.map('MinerIndex', [blake2Concat(accountId)], u32, ['Index of an account that is a provider.']),
  NodeKeys: at.map('NodeKeys', [blake2Concat(fixedBytes(32))], u32, ['Index of a node key.']),
  NextMinerIndex: at.valueOr('NextMinerIndex', u32, 0, ['Index of the next provider; indices are never reused.']),
  TotalDeclaredSpace: at.valueOr('TotalDeclaredSpace', u128, 0n, ['Declared bytes of all providers.']),
  LeavingSpace: at.valueOr('LeavingSpace', u128, 0n, [
    'Declared bytes of providers that are exiting or expelled and still hold fragments; nothing is sold on them.',
  ]),
  TotalServiceSpace: at.valueOr('TotalServiceSpace', u128, 0n, ['Bytes of all declared fragments with a holder.']),
  TotalProvenSpace: at.valueOr('TotalProvenSpace', u128, 0n, ['Bytes that all last rounds have proven.']),
  Unbonding: at.map('Unbonding', [identity(blockKey), twoxConcat(u32)], unbonding, [
    'Stake of exits and smaller declarations, by the block after which it is released.',
  ]),
  UnbondingTotal: at.map('UnbondingTotal', [twoxConcat(u32)], balance, [
    'Unbonding stake of a provider that is not slashed yet.',
  ]),
  Unpaid: at.map('Unpaid', [twoxConcat(u32), blake2Concat(accountId)], balance, [
    'Refunds that the stake of a provider did not cover, by owner; a part of its debt.',
  ]),
  FormerNodeKeys: at.map('FormerNodeKeys', [blake2Concat(fixedBytes(32))], formerNodeKey, [
    'Node keys that providers gave up, and until when other providers may not use them.',
  ]),
};

const space = () => struct({ miner: u32, declared_space: u64, staked: balance });
export const sminerEvents = defineEvents(sminerId, {
  Registered: struct({ miner: u32, acc: accountId, declared_space: u64, staked: balance }),
  IncreaseDeclarationSpace: space(),
  DecreaseDeclarationSpace: space(),
  UpdateBeneficiary: struct({ miner: u32, new: accountId }),
  UpdateEndPoint: struct({ miner: u32, new: endpoint }),
  UpdateNodeKey: struct({ miner: u32, new: fixedBytes(32) }),
  MinerExited: struct({ miner: u32, acc: accountId }),
  MinerExitPrep: struct({ miner: u32 }),
  IncreaseCollateral: struct({ miner: u32, amount: balance, repaid: balance, staked: balance }),
  Struck: struct({ miner: u32, strikes: u32 }),
  Slashed: struct({ miner: u32, amount: balance, refunded: balance, debt: balance }),
  Refunded: struct({ miner: u32, owner: accountId, amount: balance }),
  MinerFrozen: struct({ miner: u32 }),
  MinerExpelled: struct({ miner: u32 }),
  StakeUnbonding: struct({ miner: u32, amount: balance, until: u32 }),
  StakeReleased: struct({ miner: u32, amount: balance }),
});

export const sminerErrors = defineErrors(sminerId, {
  AlreadyRegistered: 'The account is registered as a provider already.',
  NotMiner: 'The account or index is not a registered provider.',
  EmptyEndpoint: 'A provider needs an endpoint.',
  InvalidSpace: 'The space must not be zero, and the rest must not be zero either.',
  NodeKeyInUse: 'Another provider has this node key.',
  BadPossessionProof: 'The signature does not prove possession of the node key.',
  SpaceInUse: 'The provider holds more fragments than the smaller declaration allows.',
  StillHolding: 'The provider still holds declared fragments.',
  InsufficientSpace: "The provider's declared space is used up.",
  NotPositive: 'The provider is frozen, exiting or expelled.',
  InvalidAmount: 'The amount must not be zero.',
  SpaceSold: 'The network has sold more space than the providers would declare then.',
  RoundsOpen: 'A round or an open question of the provider has not ended yet.',
});

export const sminer = declarePallet({
  id: sminerId,
  docs: 'Storage providers: stake, node keys and declared space.',
  storage: sminerStorage,
  calls: {
    regnstk: declareCall({
      index: 0,
      docs: 'Registers the caller as a provider and reserves its stake.',
      args: {
        beneficiary: accountId,
        node_key: fixedBytes(32),
        proof_of_possession: fixedBytes(64),
        endpoint,
        declared_space: u64,
      },
    }),
    update_beneficiary: declareCall({
      index: 2,
      docs: 'Sets the account that receives rewards.',
      args: { beneficiary: accountId },
    }),
    update_endpoint: declareCall({
      index: 3,
      docs: "Changes the provider's address.",
      args: { endpoint },
    }),
    decrease_declaration_space: declareCall({
      index: 4,
      docs: 'Declares less space; the stake for it unbonds.',
      args: { bytes: u64 },
    }),
    miner_exit: declareCall({
      index: 8,
      docs: 'Ends the registration of a provider without fragments and open rounds; its stake unbonds.',
      args: {},
    }),
    increase_collateral: declareCall({
      index: 1,
      docs: 'Adds to the stake; a debt is paid out of it first: owners, then the treasury.',
      args: { amount: balance },
    }),
    miner_exit_prep: declareCall({
      index: 7,
      docs: 'Begins to hand all fragments over to other providers; miner_exit ends it when nothing is left.',
      args: {},
    }),
    increase_declaration_space: declareCall({
      index: 18,
      docs: 'Declares more space and reserves the stake for it.',
      args: { bytes: u64 },
    }),
    update_node_key: declareCall({
      index: 30,
      docs: "Changes the provider's node key.",
      args: { node_key: fixedBytes(32), proof_of_possession: fixedBytes(64) },
    }),
  },
  events: sminerEvents,
  errors: sminerErrors,
  constants: { StakePerTib: constant(u128, STAKE_PER_TIB, 'Stake per started TiB of declared space.') },
});
