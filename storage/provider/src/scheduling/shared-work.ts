// What all providers of one process share: the proof threads, the lanes of background work, and the upload activity. The
// composition root of the process creates it.
import { constants } from 'node:os';
import { type Logger, systemTimers, type Timers } from '@cess/primitives';
import type { ProofWork } from '../proof-worker/proof-tasks.js';
import { ProofWorker } from '../proof-worker/proof-worker.js';
import { BackgroundLane, ForegroundActivity, type LaneInit } from './background-lane.js';

export interface SharedWork {
  readonly timers: Timers;
  /** Checks tags and rebuilds fragments, at low CPU priority. */
  readonly proofs: ProofWork;
  /** Builds proofs, which have deadlines, at normal CPU priority (ADR 53). */
  readonly answers: ProofWork;
  readonly activity: ForegroundActivity;
  /** Tagging and restoral: one fragment at a time. */
  readonly heavy: BackgroundLane;
  /** Scrubbing: slow reads of one fragment at a time. */
  readonly scrub: BackgroundLane;
  stop(): Promise<void>;
}

export interface SharedWorkInit {
  readonly logger: Logger;
  /** Share of one processor that tagging and restoral, and scrubbing, each get during uploads. Default 0.05. */
  readonly share?: number;
}

/** Creates the shared work of a process. Stop it after the providers. */
export function createSharedWork({ logger, share }: SharedWorkInit): SharedWork {
  const proofs = new ProofWorker({ logger });
  const answers = new ProofWorker({ logger, niceness: constants.priority.PRIORITY_NORMAL });
  const stop = async () => void (await Promise.all([proofs.stop(), answers.stop()]));
  const hold = (isHeld: boolean) => proofs.hold(isHeld);
  return sharedWorkOver(systemTimers, { proofs, answers }, stop, { hold, ...(share !== undefined && { share }) });
}

function sharedWorkOver(
  timers: Timers,
  work: Pick<SharedWork, 'proofs' | 'answers'>,
  stop: () => Promise<void>,
  { hold, ...lane }: Pick<LaneInit, 'share' | 'hold'> = {},
): SharedWork {
  const activity = new ForegroundActivity(timers);
  const common = { activity, timers, ...lane };
  const heavy = new BackgroundLane({ ...common, ...(hold !== undefined && { hold }) });
  const scrub = new BackgroundLane(common);
  return { timers, ...work, activity, heavy, scrub, stop };
}
