// Calls of Sminer: providers register with stake, node key and declared space (ROLE, CHAIN-2), and leave again.
import { checkedAdd, checkedAdd64, ensure, ensureSigned } from '../../frame/failure.js';
import type { CallsOf } from '../../frame/pallet.js';
import { repay } from './debts.js';
import {
  sminerEvents as events,
  type sminer,
  sminerErrors,
  stakeFor,
  sminerStorage as storage,
} from './declaration.js';
import { beginLeaving } from './holdings.js';
import type { SminerNeeds } from './needs.js';
import { endRegistration } from './penalties.js';
import { callingProvider, changeSpace, claimNodeKey } from './registration.js';
import { retireNodeKey } from './unbonding.js';
import { collateralWeight, weightOf } from './weights.js';

const errors = sminerErrors.byName;

export function createSminerCalls(needs: SminerNeeds): CallsOf<typeof sminer> {
  return {
    regnstk: {
      weight: () => weightOf('regnstk'),
      dispatch: (ctx, origin, args) => {
        const account = ensureSigned(origin);
        ensure(!storage.MinerIndex.has(ctx, account), errors.AlreadyRegistered);
        ensure(args.endpoint.length > 0, errors.EmptyEndpoint);
        ensure(args.declared_space > 0n, errors.InvalidSpace);
        const provider = storage.NextMinerIndex.get(ctx);
        claimNodeKey(ctx, needs, { provider, account, nodeKey: args.node_key, proof: args.proof_of_possession });
        const staked = stakeFor(args.declared_space);
        needs.stake.hold(ctx, account, staked);
        storage.NextMinerIndex.put(ctx, provider + 1);
        storage.MinerIndex.put(ctx, account, provider);
        storage.Miners.put(ctx, provider, {
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
        events.deposit(ctx, {
          type: 'Registered',
          value: { miner: provider, acc: account, declared_space: args.declared_space, staked },
        });
      },
    },
    update_beneficiary: {
      weight: () => weightOf('update_beneficiary'),
      dispatch: (ctx, origin, { beneficiary }) => {
        const [provider, info] = callingProvider(ctx, origin);
        storage.Miners.put(ctx, provider, { ...info, beneficiary });
        events.deposit(ctx, { type: 'UpdateBeneficiary', value: { miner: provider, new: beneficiary } });
      },
    },
    update_endpoint: {
      weight: () => weightOf('update_endpoint'),
      dispatch: (ctx, origin, args) => {
        const [provider, info] = callingProvider(ctx, origin);
        ensure(args.endpoint.length > 0, errors.EmptyEndpoint);
        storage.Miners.put(ctx, provider, { ...info, endpoint: args.endpoint });
        events.deposit(ctx, { type: 'UpdateEndPoint', value: { miner: provider, new: args.endpoint } });
      },
    },
    decrease_declaration_space: {
      weight: () => weightOf('decrease_declaration_space'),
      dispatch: (ctx, origin, { bytes }) => {
        const { provider, declared_space, staked } = changeSpace(ctx, needs, origin, (declared) => {
          ensure(bytes < declared, errors.InvalidSpace);
          return declared - bytes;
        });
        events.deposit(ctx, { type: 'DecreaseDeclarationSpace', value: { miner: provider, declared_space, staked } });
      },
    },
    miner_exit: {
      weight: () => weightOf('miner_exit'),
      dispatch: (ctx, origin) => {
        const [provider, info] = callingProvider(ctx, origin);
        ensure(info.fragment_count === 0n, errors.StillHolding);
        ensure(info.state !== 'Expelled', errors.NotPositive);
        ensure(!needs.hasQuestion(ctx, provider), errors.RoundsOpen);
        endRegistration(ctx, needs, provider, 'Exited');
      },
    },
    increase_collateral: {
      weight: () => collateralWeight(),
      dispatch: (ctx, origin, { amount }) => {
        const [provider, info] = callingProvider(ctx, origin);
        ensure(amount > 0n, errors.InvalidAmount);
        needs.stake.hold(ctx, info.account, amount);
        const owed = amount < info.debt ? amount : info.debt;
        const { repaid, owners } = repay(ctx, needs, provider, { account: info.account, amount: owed });
        const staked = checkedAdd(info.staked, amount - repaid);
        const debt = info.debt - repaid;
        const thaws = info.state === 'Frozen' && debt === 0n && staked * 2n >= stakeFor(info.declared_space);
        storage.Miners.put(ctx, provider, { ...info, staked, debt, state: thaws ? 'Positive' : info.state });
        events.deposit(ctx, { type: 'IncreaseCollateral', value: { miner: provider, amount, repaid, staked } });
        return collateralWeight(owners);
      },
    },
    miner_exit_prep: {
      weight: () => weightOf('miner_exit_prep'),
      dispatch: (ctx, origin) => {
        const [provider, info] = callingProvider(ctx, origin);
        ensure(info.state === 'Positive' || info.state === 'Frozen', errors.NotPositive);
        beginLeaving(ctx, provider, 'Exiting');
        events.deposit(ctx, { type: 'MinerExitPrep', value: { miner: provider } });
        needs.beginDeparture(ctx, provider);
      },
    },
    increase_declaration_space: {
      weight: () => weightOf('increase_declaration_space'),
      dispatch: (ctx, origin, { bytes }) => {
        const { provider, declared_space, staked } = changeSpace(ctx, needs, origin, (declared) =>
          checkedAdd64(declared, bytes),
        );
        events.deposit(ctx, { type: 'IncreaseDeclarationSpace', value: { miner: provider, declared_space, staked } });
      },
    },
    update_node_key: {
      weight: () => weightOf('update_node_key'),
      dispatch: (ctx, origin, { node_key, proof_of_possession }) => {
        const [provider, info] = callingProvider(ctx, origin);
        claimNodeKey(ctx, needs, { provider, account: info.account, nodeKey: node_key, proof: proof_of_possession });
        retireNodeKey(ctx, needs, provider, info.node_key);
        storage.Miners.put(ctx, provider, { ...info, node_key });
        events.deposit(ctx, { type: 'UpdateNodeKey', value: { miner: provider, new: node_key } });
      },
    },
  };
}
