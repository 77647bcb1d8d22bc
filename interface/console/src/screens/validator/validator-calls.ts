// Calls of a candidate (docs/protocol/r2s.md), and what each does. Pure.
import { tx } from '@cess/client';
import type { ValidatorState } from '../../api/validators.js';
import type { Duty } from '../operator/duty.js';
import { amountOf, bytesOf, type CallValues, type RoleCall } from '../operator/role-call.js';

/** Those that fit its state. */
export function validatorCalls(validator: ValidatorState): readonly RoleCall[] {
  const { candidate } = validator;
  if (candidate === undefined) return [registerCall(validator)];
  const calls = candidate.state === 'Active' ? [stakeCall(candidate.stake), keyCall] : [];
  return [
    ...calls,
    candidate.exitAnnouncedIn === undefined ? exitCall(candidate.stake) : withdrawCall(validator, candidate.stake),
  ];
}

function claimOf(values: CallValues) {
  const key = bytesOf(values.key, 32);
  const possession = bytesOf(values.possession, 64);
  return key === undefined || possession === undefined ? undefined : { key, possession };
}

function registerCall({ minimumStake }: ValidatorState): RoleCall {
  return {
    title: 'calls.validator.register',
    fields: ['amount', 'key', 'possession'],
    prepare: (values) => {
      const [amount, claim] = [amountOf(values.amount), claimOf(values)];
      if (amount === undefined || claim === undefined) return undefined;
      const effects: Duty[] = [{ tone: 'info', text: 'calls.validator.register.does', values: { amount } }];
      if (amount < minimumStake)
        effects.push({ tone: 'warn', text: 'calls.validator.register.low', values: { minimum: minimumStake } });
      return { call: tx.Staking.register({ stake: amount, ...claim }), spends: amount, effects };
    },
  };
}

function stakeCall(stake: bigint): RoleCall {
  return {
    title: 'calls.validator.stake',
    fields: ['amount'],
    prepare: (values) => {
      const amount = amountOf(values.amount);
      if (amount === undefined) return undefined;
      return {
        call: tx.Staking.bond_extra({ amount }),
        spends: amount,
        effects: [{ tone: 'info', text: 'calls.validator.stake.does', values: { amount, stake: stake + amount } }],
        command: `cess validator bond ${(values.amount ?? '').trim()}`,
      };
    },
  };
}

const keyCall: RoleCall = {
  title: 'calls.validator.key',
  fields: ['key', 'possession'],
  prepare: (values) => {
    const claim = claimOf(values);
    if (claim === undefined) return undefined;
    const effects: Duty[] = [{ tone: 'info', text: 'calls.validator.key.does' }];
    return { call: tx.Staking.set_key(claim), spends: 0n, effects };
  },
};

function exitCall(stake: bigint): RoleCall {
  return {
    title: 'calls.validator.exit',
    fields: [],
    isDanger: true,
    prepare: () => ({
      call: tx.Staking.announce_exit({}),
      spends: 0n,
      effects: [{ tone: 'info', text: 'calls.validator.exit.does', values: { stake } }],
      command: 'cess validator exit',
    }),
  };
}

function withdrawCall({ exit, seat, isElected }: ValidatorState, stake: bigint): RoleCall {
  const { returned, taken } = exit?.type === 'Free' ? exit : { returned: stake, taken: 0n };
  const effects: Duty[] = [{ tone: 'info', text: 'calls.validator.withdraw.does', values: { returned, taken } }];
  if (seat !== undefined || isElected === true) effects.push({ tone: 'warn', text: 'calls.validator.withdraw.seat' });
  if (exit?.type === 'CoolingOff')
    effects.push({ tone: 'warn', text: 'calls.validator.withdraw.early', values: { era: exit.endsIn } });
  return {
    title: 'calls.validator.withdraw',
    fields: [],
    prepare: () => ({ call: tx.Staking.withdraw({}), spends: 0n, effects, command: 'cess validator withdraw' }),
  };
}
