// Calls of whoever runs a TEE worker (docs/protocol/audit.md §1), and what each does. The candidate that it credits is named at its
// registration, which the worker itself does: no call changes it. Pure.
import { tx } from '@cess/client';
import type { WorkerState } from '../../api/tee-workers.js';
import type { Duty } from '../operator/duty.js';
import { amountOf, type RoleCall } from '../operator/role-call.js';

/** Those that fit its state; none for a former worker. */
export function teeCalls(worker: WorkerState): readonly RoleCall[] {
  if (worker.state === 'Exited') return [];
  return [stakeCall(worker), ...(worker.state === 'Suspended' ? [resumeCall(worker)] : []), exitCall(worker)];
}

function stakeCall({ stake }: WorkerState): RoleCall {
  return {
    title: 'calls.tee.stake',
    fields: ['amount'],
    prepare: (values) => {
      const amount = amountOf(values.amount);
      if (amount === undefined) return undefined;
      const effects: Duty[] = [
        { tone: 'info', text: 'calls.tee.stake.does', values: { amount, stake: stake + amount } },
      ];
      return { call: tx.TeeWorker.add_stake({ amount }), spends: amount, effects };
    },
  };
}

function resumeCall({ stake, requiredStake }: WorkerState): RoleCall {
  const half = (requiredStake + 1n) / 2n;
  const effects: Duty[] = [{ tone: 'info', text: 'calls.tee.resume.does' }];
  if (stake < half) effects.push({ tone: 'warn', text: 'calls.tee.resume.low', values: { stake, half } });
  return {
    title: 'calls.tee.resume',
    fields: [],
    prepare: () => ({ call: tx.TeeWorker.resume({}), spends: 0n, effects }),
  };
}

function exitCall({ stake, dutyCount }: WorkerState): RoleCall {
  const effects: Duty[] = [{ tone: 'info', text: 'calls.tee.exit.does', values: { stake } }];
  if (dutyCount > 0) effects.push({ tone: 'warn', text: 'calls.tee.exit.rounds', values: { rounds: dutyCount } });
  return {
    title: 'calls.tee.exit',
    fields: [],
    isDanger: true,
    prepare: () => ({ call: tx.TeeWorker.exit({}), spends: 0n, effects }),
  };
}
