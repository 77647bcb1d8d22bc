// Duties of workers: one is drawn for each proof; its work is recorded, its omissions and errors are punished.
import { invariant } from '@cess/primitives';
import type { Context, StorageAccess } from '../../frame/context.js';
import {
  teeWorkerEvents as events,
  MAX_MISSED_IN_A_ROW,
  MISSED_DUTY_SLASH,
  teeWorkerStorage as storage,
  type WorkerInfo,
  WRONG_VERDICT_SLASH,
} from './declaration.js';
import type { PunishmentNeeds, TeeWorkerNeeds } from './needs.js';

export function workerOf(at: StorageAccess, worker: number): WorkerInfo {
  const info = storage.Workers.get(at, worker);
  invariant(info !== undefined, 'a worker that has duties exists');
  return info;
}

/**
 * Draws an active worker by 32 random bytes, avoiding `except` where possible; undefined if none is active. In every second draw a worker that
 * does not work for a candidate without a seat gives way to a second one that does (R2S-2). So a worker is drawn at most one
 * and a half times as often as without this rule.
 */
export function drawVerifier(
  ctx: Context,
  needs: Pick<TeeWorkerNeeds, 'awaitsSeat'>,
  random: Uint8Array,
  except?: number,
): number | undefined {
  const view = new DataView(random.buffer, random.byteOffset, random.byteLength);
  const isAuxiliary = (worker: number): boolean => {
    const { bond } = workerOf(ctx, worker);
    return bond !== undefined && needs.awaitsSeat(ctx, bond);
  };
  const first = drawOne(ctx, view.getUint32(0, true), except);
  const isSecondDraw = (view.getUint8(8) & 1) === 1;
  if (first === undefined || !isSecondDraw || isAuxiliary(first)) return first;
  const second = drawOne(ctx, view.getUint32(4, true), except);
  return second !== undefined && isAuxiliary(second) ? second : first;
}

function drawOne(ctx: Context, random: number, except: number | undefined): number | undefined {
  const count = storage.VerifierCount.get(ctx);
  if (count === 0) return undefined;
  const seat = random % count;
  const drawn = storage.Verifiers.get(ctx, seat);
  invariant(drawn !== undefined, 'the list of verifiers is dense');
  if (drawn !== except || count === 1) return drawn;
  return storage.Verifiers.get(ctx, (seat + 1) % count);
}

/** Assigns a round to the worker. */
export function beginDuty(ctx: Context, worker: number): void {
  const info = workerOf(ctx, worker);
  storage.Workers.put(ctx, worker, { ...info, duties: info.duties + 1 });
}

/** Releases the worker from a round. */
export function endDuty(ctx: Context, worker: number): void {
  const info = workerOf(ctx, worker);
  invariant(info.duties > 0, 'a duty that ends has begun');
  storage.Workers.put(ctx, worker, { ...info, duties: info.duties - 1 });
}

export function noteTagged(ctx: Context, worker: number, bytes: bigint): void {
  const info = workerOf(ctx, worker);
  const record = { ...info.record, tagged_bytes: info.record.tagged_bytes + bytes };
  storage.Workers.put(ctx, worker, { ...info, record });
}

export function noteVerdict(ctx: Context, worker: number, bytes: bigint): void {
  const info = workerOf(ctx, worker);
  const { verdicts, verified_bytes } = info.record;
  const record = {
    ...info.record,
    verdicts: verdicts + 1,
    verified_bytes: verified_bytes + bytes,
    missed_in_a_row: 0,
  };
  storage.Workers.put(ctx, worker, { ...info, record });
}

/** Penalises a verdict that missed its deadline (TEE-3). The duty has ended. */
export function punishMissedDuty(ctx: Context, needs: PunishmentNeeds, worker: number): void {
  const info = workerOf(ctx, worker);
  const slashed = least(info.staked, MISSED_DUTY_SLASH);
  needs.stake.transfer(ctx, { from: info.controller, to: needs.treasury, amount: slashed });
  const { missed, missed_in_a_row } = info.record;
  const record = { ...info.record, missed: missed + 1, missed_in_a_row: missed_in_a_row + 1 };
  storage.Workers.put(ctx, worker, { ...info, staked: info.staked - slashed, record });
  events.deposit(ctx, { type: 'DutyMissed', value: { worker, slashed } });
  if (record.missed_in_a_row >= MAX_MISSED_IN_A_ROW) suspend(ctx, worker);
}

/** Penalises a verdict that the runtime found wrong; the disputer receives half of the slash. */
export function punishWrongVerdict(ctx: Context, needs: PunishmentNeeds, worker: number, disputer: Uint8Array): void {
  const info = workerOf(ctx, worker);
  const slashed = least(info.staked, WRONG_VERDICT_SLASH);
  const reward = slashed / 2n;
  needs.stake.transfer(ctx, { from: info.controller, to: disputer, amount: reward });
  needs.stake.transfer(ctx, { from: info.controller, to: needs.treasury, amount: slashed - reward });
  const record = { ...info.record, wrong: info.record.wrong + 1 };
  storage.Workers.put(ctx, worker, { ...info, staked: info.staked - slashed, record });
  storage.LastWrong.put(ctx, worker, needs.blockNumber(ctx));
  events.deposit(ctx, { type: 'VerdictWrong', value: { worker, slashed } });
  suspend(ctx, worker);
}

/** How many of its verdicts may say "failed" at a time: the stake covers the slash of each. None while it is suspended. */
export function failedVerdictLimit(at: StorageAccess, worker: number): number {
  const { state, staked } = workerOf(at, worker);
  return state === 'Active' ? Number(staked / WRONG_VERDICT_SLASH) : 0;
}

/** Takes a seat among the verifiers. */
export function takeSeat(ctx: Context, worker: number): void {
  const seat = storage.VerifierCount.get(ctx);
  storage.VerifierCount.put(ctx, seat + 1);
  storage.Verifiers.put(ctx, seat, worker);
  storage.Workers.put(ctx, worker, { ...workerOf(ctx, worker), seat, state: 'Active' });
}

/** Leaves the verifiers; the last of the list moves into the seat. */
export function leaveSeat(ctx: Context, worker: number, state: 'Suspended' | 'Exited'): void {
  const info = workerOf(ctx, worker);
  if (info.state === 'Active') {
    const last = storage.VerifierCount.get(ctx) - 1;
    storage.VerifierCount.put(ctx, last);
    const moved = storage.Verifiers.get(ctx, last);
    invariant(moved !== undefined, 'the list of verifiers is dense');
    storage.Verifiers.remove(ctx, last);
    if (moved !== worker) {
      storage.Verifiers.put(ctx, info.seat, moved);
      storage.Workers.put(ctx, moved, { ...workerOf(ctx, moved), seat: info.seat });
    }
  }
  storage.Workers.put(ctx, worker, { ...info, state });
}

function suspend(ctx: Context, worker: number): void {
  if (workerOf(ctx, worker).state !== 'Active') return;
  leaveSeat(ctx, worker, 'Suspended');
  events.deposit(ctx, { type: 'WorkerSuspended', value: { worker } });
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
