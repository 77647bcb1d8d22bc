// Calls of whoever runs a provider (docs/protocol/audit.md §4 to §6), and what each does. Pure.
import { DISPUTE_DEPOSIT, stakeFor, tx } from '@cess/client';
import { fromHex } from '@cess/primitives';
import { accountOf, addressOf } from '../../api/chain.js';
import type { ProviderState } from '../../api/provider.js';
import type { Duty } from '../operator/duty.js';
import { amountOf, type PreparedCall, type RoleCall, spaceOf } from '../operator/role-call.js';
import { thawingAmount } from './provider-duties.js';

/** Those that fit its state; none for a former provider. */
export function providerCalls(provider: ProviderState): readonly RoleCall[] {
  const { state, fragments } = provider;
  if (state === 'Exited') return [];
  const stays = state === 'Positive' || state === 'Frozen';
  return [
    stakeCall(provider),
    ...disputeCalls(provider),
    ...(state === 'Positive' ? spaceCalls(provider) : []),
    beneficiaryCall,
    ...(stays ? [leaveCall(provider)] : []),
    ...(state === 'Exiting' || (stays && fragments === 0) ? [endCall(provider)] : []),
  ];
}

function stakeCall(provider: ProviderState): RoleCall {
  const { stake, debt, state } = provider;
  return {
    title: 'calls.provider.stake',
    fields: ['amount'],
    prepare: (values) => {
      const amount = amountOf(values.amount);
      if (amount === undefined) return undefined;
      const repaid = amount < debt ? amount : debt;
      const after = stake + amount - repaid;
      const effects: Duty[] = [
        repaid > 0n
          ? { tone: 'info', text: 'calls.provider.stake.debt', values: { repaid, stake: after } }
          : { tone: 'info', text: 'calls.provider.stake.does', values: { amount, stake: after } },
      ];
      if (state === 'Frozen') {
        const wanted = thawingAmount(provider);
        effects.push(
          amount >= wanted
            ? { tone: 'info', text: 'calls.provider.stake.thaws' }
            : { tone: 'warn', text: 'calls.provider.stake.frozen', values: { amount: wanted } },
        );
      }
      return { call: tx.Sminer.increase_collateral({ amount }), spends: amount, effects };
    },
  };
}

/** One for each failed verdict that can be disputed. */
function disputeCalls({ index, registries }: ProviderState): RoleCall[] {
  return registries.flatMap(({ keyId, round }) => {
    if (round?.stage !== 'Judged' || round.passed) return [];
    const reference = { miner: index, key_id: fromHex(keyId), round: round.number };
    const values = { round: round.number, worker: round.worker, deposit: DISPUTE_DEPOSIT };
    return {
      title: 'calls.provider.dispute',
      titleValues: { round: round.number },
      fields: [],
      prepare: () => ({
        call: tx.Audit.dispute(reference),
        spends: DISPUTE_DEPOSIT,
        effects: [{ tone: 'info', text: 'calls.provider.dispute.does', values }],
      }),
    };
  });
}

function spaceCalls({ declaredBytes, heldBytes, stake }: ProviderState): RoleCall[] {
  const more = (bytes: bigint): PreparedCall => {
    const declared = BigInt(declaredBytes) + bytes;
    const needed = stakeFor(declared);
    return {
      call: tx.Sminer.increase_declaration_space({ bytes }),
      spends: needed > stake ? needed - stake : 0n,
      effects: [
        {
          tone: 'info',
          text: 'calls.provider.more.does',
          values: { declared: { bytes: Number(declared) }, stake: needed },
        },
      ],
    };
  };
  const less = (bytes: bigint): PreparedCall | undefined => {
    const declared = BigInt(declaredBytes) - bytes;
    if (declared <= 0n) return undefined;
    const needed = stakeFor(declared);
    const amount = stake > needed ? stake - needed : 0n;
    const effects: Duty[] = [
      { tone: 'info', text: 'calls.provider.less.does', values: { declared: { bytes: Number(declared) }, amount } },
    ];
    if (declared < heldBytes)
      effects.push({ tone: 'warn', text: 'calls.provider.less.used', values: { held: { bytes: heldBytes } } });
    const spends = needed > stake ? needed - stake : 0n;
    return { call: tx.Sminer.decrease_declaration_space({ bytes }), spends, effects };
  };
  const callOf = (title: RoleCall['title'], prepare: (bytes: bigint) => PreparedCall | undefined): RoleCall => ({
    title,
    fields: ['gib'],
    prepare: ({ gib }) => {
      const bytes = spaceOf(gib);
      return bytes === undefined ? undefined : prepare(bytes);
    },
  });
  return [callOf('calls.provider.more', more), callOf('calls.provider.less', less)];
}

const beneficiaryCall: RoleCall = {
  title: 'calls.provider.beneficiary',
  fields: ['address'],
  prepare: ({ address = '' }) => {
    const beneficiary = accountOf(address.trim());
    if (beneficiary === undefined) return undefined;
    const values = { account: addressOf(beneficiary) };
    return {
      call: tx.Sminer.update_beneficiary({ beneficiary }),
      spends: 0n,
      effects: [{ tone: 'info', text: 'calls.provider.beneficiary.does', values }],
    };
  },
};

function leaveCall({ fragments }: ProviderState): RoleCall {
  return {
    title: 'calls.provider.leave',
    fields: [],
    isDanger: true,
    prepare: () => ({
      call: tx.Sminer.miner_exit_prep({}),
      spends: 0n,
      effects: [{ tone: 'info', text: 'calls.provider.leave.does', values: { fragments } }],
    }),
  };
}

function endCall({ stake, fragments, registries }: ProviderState): RoleCall {
  const rounds = registries.filter(({ round, openSince }) => round !== undefined || openSince !== undefined).length;
  const effects: Duty[] = [{ tone: 'info', text: 'calls.provider.end.does', values: { stake } }];
  if (fragments > 0) effects.push({ tone: 'warn', text: 'calls.provider.end.holds', values: { fragments } });
  if (rounds > 0) effects.push({ tone: 'warn', text: 'calls.provider.end.rounds', values: { rounds } });
  return {
    title: 'calls.provider.end',
    fields: [],
    isDanger: true,
    prepare: () => ({ call: tx.Sminer.miner_exit({}), spends: 0n, effects }),
  };
}
