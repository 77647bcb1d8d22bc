// Sminer: providers register with stake, node key and declared space (ROLE, CHAIN-2).
// stake = 4000 CESS per declared TiB, rounded up; it stays reserved on the provider's account until it exits.
import { accountId, balance } from '@cess/chain-primitives';
import { fixedBytes, u64, u128 } from '@cess/codec';
import { invariant } from '@cess/primitives';
import { nodeKeyPossessionMessage } from '@cess/types';
import type { Context, Origin } from '../../frame/context.js';
import { checkedAdd, checkedAdd64, checkedSub, ensure, ensureSigned } from '../../frame/failure.js';
import { call, constant, definePallet } from '../../frame/pallet.js';
import { endRegistration } from './penalties.js';
import { stakeFor } from './stake.js';
import {
  endpoint,
  type MinerInfo,
  STAKE_PER_TIB,
  sminerErrors,
  sminerEvents,
  sminerId,
  sminerStorage as storage,
} from './types.js';

export interface SminerNeeds {
  reserve(ctx: Context, who: Uint8Array, amount: bigint): void;
  unreserve(ctx: Context, who: Uint8Array, amount: bigint): void;
  genesisHash(ctx: Context): Uint8Array;
  blockNumber(ctx: Context): number;
  /** Moves as much of the reserved tokens as there is; returns how much. */
  repatriate(ctx: Context, from: Uint8Array, to: Uint8Array, amount: bigint): bigint;
  treasury: Uint8Array;
  /** Opens restoral orders for all fragments of a provider that leaves. */
  beginDeparture(ctx: Context, miner: number): void;
}

const errors = sminerErrors.byName;
const callWeight = () => ({ ref_time: 80_000_000n, proof_size: 0n });
const signatureWeight = () => ({ ref_time: 600_000_000n, proof_size: 0n });

function minerOf(ctx: Context, origin: Origin): readonly [number, MinerInfo] {
  const miner = storage.MinerIndex.get(ctx, ensureSigned(origin));
  ensure(miner !== undefined, errors.NotMiner);
  const info = storage.Miners.get(ctx, miner);
  invariant(info !== undefined, 'an indexed provider exists');
  return [miner, info];
}

export function createSminer(needs: SminerNeeds) {
  const claimNodeKey = (
    ctx: Context,
    miner: number,
    account: Uint8Array,
    nodeKey: Uint8Array,
    proof: Uint8Array,
  ): void => {
    ensure(!storage.NodeKeys.has(ctx, nodeKey), errors.NodeKeyInUse);
    const message = nodeKeyPossessionMessage(needs.genesisHash(ctx), account);
    ensure(ctx.crypto.verifyEd25519(proof, message, nodeKey), errors.BadPossessionProof);
    storage.NodeKeys.put(ctx, nodeKey, miner);
  };

  const changeSpace = (
    ctx: Context,
    origin: Origin,
    change: (declared: bigint) => bigint,
  ): MinerInfo & { readonly miner: number } => {
    const [miner, info] = minerOf(ctx, origin);
    ensure(info.state === 'Positive', errors.NotPositive);
    const declared = change(info.declared_space);
    ensure(declared > 0n && declared !== info.declared_space, errors.InvalidSpace);
    ensure(declared >= info.service_space, errors.SpaceInUse);
    const staked = stakeFor(declared);
    if (staked > info.staked) needs.reserve(ctx, info.account, staked - info.staked);
    if (staked < info.staked) needs.unreserve(ctx, info.account, info.staked - staked);
    const changed = { ...info, declared_space: declared, staked };
    storage.Miners.put(ctx, miner, changed);
    storage.TotalDeclaredSpace.mutate(ctx, (total) => checkedAdd(checkedSub(total, info.declared_space), declared));
    return { ...changed, miner };
  };

  const calls = {
    regnstk: call({
      index: 0,
      docs: 'Registers the caller as a provider and reserves its stake.',
      args: {
        beneficiary: accountId,
        node_key: fixedBytes(32),
        proof_of_possession: fixedBytes(64),
        endpoint,
        declared_space: u64,
      },
      weight: signatureWeight,
      dispatch: (ctx, origin, args) => {
        const account = ensureSigned(origin);
        ensure(!storage.MinerIndex.has(ctx, account), errors.AlreadyRegistered);
        ensure(args.endpoint.length > 0, errors.EmptyEndpoint);
        ensure(args.declared_space > 0n, errors.InvalidSpace);
        const miner = storage.NextMinerIndex.get(ctx);
        claimNodeKey(ctx, miner, account, args.node_key, args.proof_of_possession);
        const staked = stakeFor(args.declared_space);
        needs.reserve(ctx, account, staked);
        storage.NextMinerIndex.put(ctx, miner + 1);
        storage.MinerIndex.put(ctx, account, miner);
        storage.Miners.put(ctx, miner, {
          account,
          beneficiary: args.beneficiary,
          node_key: args.node_key,
          endpoint: args.endpoint,
          staked,
          declared_space: args.declared_space,
          service_space: 0n,
          fragment_count: 0n,
          proven_space: 0n,
          debt: 0n,
          failures: 0,
          state: 'Positive',
          registered_at: needs.blockNumber(ctx),
        });
        storage.TotalDeclaredSpace.mutate(ctx, (total) => checkedAdd(total, args.declared_space));
        sminerEvents.deposit(ctx, {
          type: 'Registered',
          value: { miner, acc: account, declared_space: args.declared_space, staked },
        });
      },
    }),
    update_beneficiary: call({
      index: 2,
      docs: 'Changes who earns.',
      args: { beneficiary: accountId },
      weight: callWeight,
      dispatch: (ctx, origin, { beneficiary }) => {
        const [miner, info] = minerOf(ctx, origin);
        storage.Miners.put(ctx, miner, { ...info, beneficiary });
        sminerEvents.deposit(ctx, { type: 'UpdateBeneficiary', value: { miner, new: beneficiary } });
      },
    }),
    update_endpoint: call({
      index: 3,
      docs: "Changes the provider's address.",
      args: { endpoint },
      weight: callWeight,
      dispatch: (ctx, origin, args) => {
        const [miner, info] = minerOf(ctx, origin);
        ensure(args.endpoint.length > 0, errors.EmptyEndpoint);
        storage.Miners.put(ctx, miner, { ...info, endpoint: args.endpoint });
        sminerEvents.deposit(ctx, { type: 'UpdateEndPoint', value: { miner, new: args.endpoint } });
      },
    }),
    decrease_declaration_space: call({
      index: 4,
      docs: 'Declares less space and frees the stake for it.',
      args: { bytes: u64 },
      weight: callWeight,
      dispatch: (ctx, origin, { bytes }) => {
        const { miner, declared_space, staked } = changeSpace(ctx, origin, (declared) => {
          ensure(bytes < declared, errors.InvalidSpace);
          return declared - bytes;
        });
        sminerEvents.deposit(ctx, { type: 'DecreaseDeclarationSpace', value: { miner, declared_space, staked } });
      },
    }),
    miner_exit: call({
      index: 8,
      docs: 'Ends the registration of a provider that holds nothing, and frees its stake.',
      args: {},
      weight: callWeight,
      dispatch: (ctx, origin) => {
        const [miner, info] = minerOf(ctx, origin);
        ensure(info.fragment_count === 0n, errors.StillHolding);
        ensure(info.state !== 'Expelled', errors.NotPositive);
        needs.unreserve(ctx, info.account, info.staked);
        endRegistration(ctx, miner, info, 'Exited');
      },
    }),
    increase_collateral: call({
      index: 1,
      docs: 'Adds to the stake; a debt is paid out of it first.',
      args: { amount: balance },
      weight: callWeight,
      dispatch: (ctx, origin, { amount }) => {
        const [miner, info] = minerOf(ctx, origin);
        ensure(amount > 0n, errors.InvalidAmount);
        needs.reserve(ctx, info.account, amount);
        const owed = amount < info.debt ? amount : info.debt;
        const repaid = needs.repatriate(ctx, info.account, needs.treasury, owed);
        const staked = checkedAdd(info.staked, amount - repaid);
        const debt = info.debt - repaid;
        const thaws = info.state === 'Frozen' && debt === 0n && staked * 2n >= stakeFor(info.declared_space);
        storage.Miners.put(ctx, miner, { ...info, staked, debt, state: thaws ? 'Positive' : info.state });
        sminerEvents.deposit(ctx, { type: 'IncreaseCollateral', value: { miner, amount, repaid, staked } });
      },
    }),
    miner_exit_prep: call({
      index: 7,
      docs: 'Begins to hand all fragments over to other providers; miner_exit ends it when nothing is left.',
      args: {},
      weight: callWeight,
      dispatch: (ctx, origin) => {
        const [miner, info] = minerOf(ctx, origin);
        ensure(info.state === 'Positive' || info.state === 'Frozen', errors.NotPositive);
        storage.Miners.put(ctx, miner, { ...info, state: 'Exiting' });
        sminerEvents.deposit(ctx, { type: 'MinerExitPrep', value: { miner } });
        needs.beginDeparture(ctx, miner);
      },
    }),
    increase_declaration_space: call({
      index: 18,
      docs: 'Declares more space and reserves the stake for it.',
      args: { bytes: u64 },
      weight: callWeight,
      dispatch: (ctx, origin, { bytes }) => {
        const { miner, declared_space, staked } = changeSpace(ctx, origin, (declared) => checkedAdd64(declared, bytes));
        sminerEvents.deposit(ctx, { type: 'IncreaseDeclarationSpace', value: { miner, declared_space, staked } });
      },
    }),
    update_node_key: call({
      index: 30,
      docs: "Changes the provider's node key.",
      args: { node_key: fixedBytes(32), proof_of_possession: fixedBytes(64) },
      weight: signatureWeight,
      dispatch: (ctx, origin, { node_key, proof_of_possession }) => {
        const [miner, info] = minerOf(ctx, origin);
        claimNodeKey(ctx, miner, info.account, node_key, proof_of_possession);
        storage.NodeKeys.remove(ctx, info.node_key);
        storage.Miners.put(ctx, miner, { ...info, node_key });
        sminerEvents.deposit(ctx, { type: 'UpdateNodeKey', value: { miner, new: node_key } });
      },
    }),
  };

  return definePallet({
    id: sminerId,
    docs: 'Storage providers: stake, node keys and declared space.',
    storage,
    calls,
    events: sminerEvents,
    errors: sminerErrors,
    constants: { StakePerTib: constant(u128, STAKE_PER_TIB, 'Stake per started TiB of declared space.') },
  });
}
