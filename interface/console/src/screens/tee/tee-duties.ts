// What whoever runs a TEE worker should do now, from what the chain records of it (docs/protocol/audit.md §1, §4). Pure.
import { MAX_MISSED_IN_A_ROW, WRONG_VERDICT_SLASH } from '@cess/client';
import type { WorkerState } from '../../api/tee-workers.js';
import { byUrgency, type Duty } from '../operator/duty.js';

export function teeDuties(worker: WorkerState): readonly Duty[] {
  if (worker.state === 'Exited') return [{ tone: 'info', text: 'tee.do.left' }];
  return byUrgency([
    ...suspensionDuties(worker),
    ...verdictDuties(worker),
    ...recordDuties(worker),
    ...stakeDuties(worker),
    ...bondDuties(worker),
  ]);
}

function suspensionDuties({ state, missedInARow, lastWrong, stake, requiredStake }: WorkerState): Duty[] {
  if (state !== 'Suspended') return [];
  const reason: Duty =
    missedInARow < MAX_MISSED_IN_A_ROW && lastWrong !== undefined
      ? { tone: 'bad', text: 'tee.do.suspended.wrong', values: { block: lastWrong } }
      : { tone: 'bad', text: 'tee.do.suspended.missed', values: { count: missedInARow } };
  const half = (requiredStake + 1n) / 2n;
  return [
    reason,
    stake < half
      ? { tone: 'bad', text: 'tee.do.resume.stake', values: { stake, half, amount: half - stake } }
      : { tone: 'bad', text: 'tee.do.resume' },
  ];
}

function verdictDuties({ duties, block }: WorkerState): Duty[] {
  const due = duties.filter(({ waitsFor }) => waitsFor === 'Verdict');
  const [first] = due;
  if (first === undefined) return [];
  const values = { count: due.length, block: first.until, left: Math.max(0, first.until - block) };
  return [{ tone: 'warn', text: 'tee.do.verdicts', values }];
}

function recordDuties({ state, missedInARow, openFailed, stake }: WorkerState): Duty[] {
  const duties: Duty[] = [];
  if (state === 'Active' && missedInARow > 0) {
    duties.push({ tone: 'bad', text: 'tee.do.missed', values: { count: missedInARow, limit: MAX_MISSED_IN_A_ROW } });
  }
  // As `failedVerdictLimit` of the pallet: the stake covers the slash of each.
  const limit = Number(stake / WRONG_VERDICT_SLASH);
  if (state === 'Active' && openFailed >= limit) {
    duties.push({ tone: 'warn', text: 'tee.do.failed', values: { count: openFailed, limit } });
  }
  return duties;
}

function stakeDuties({ state, stake, requiredStake }: WorkerState): Duty[] {
  if (state !== 'Active' || stake >= requiredStake) return [];
  const values = { stake, required: requiredStake, amount: requiredStake - stake };
  return [{ tone: 'warn', text: 'tee.do.stake', values }];
}

function bondDuties({ bond, isBondCandidate }: WorkerState): Duty[] {
  if (bond === undefined) return [{ tone: 'info', text: 'tee.do.bond.none' }];
  return isBondCandidate ? [] : [{ tone: 'warn', text: 'tee.do.bond.gone', values: { account: bond } }];
}
