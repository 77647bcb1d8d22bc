// What all providers of one process share, made by its composition root: the proof threads, the lanes of background work
// and what is known of clients' activity.
import { type Logger, systemTimers, type Timers } from '@cess/primitives';
import type { ProofWork } from '../proof-worker/proof-tasks.js';
import { ProofWorker } from '../proof-worker/proof-worker.js';
import { BackgroundLane, ForegroundActivity, type LaneInit } from './background-lane.js';

export interface SharedWork {
  readonly timers: Timers;
  /** Tags and rebuilding: takes what nobody else wants of the processor. */
  readonly proofs: ProofWork;
  /** Answers to rounds, which have deadlines: gets a share also on a machine that is overloaded. */
  readonly answers: ProofWork;
  readonly activity: ForegroundActivity;
  /** Tagging and restoral: one fragment at a time. */
  readonly heavy: BackgroundLane;
  /** Scrubbing: slow reads of one fragment at a time. */
  readonly scrub: BackgroundLane;
  stop(): Promise<void>;
}

const answersNiceness = 10;

export interface SharedWorkInit {
  readonly logger: Logger;
  /** Of one processor's time that tagging, restoral and scrubbing get each while clients store. Default 0.05. */
  readonly share?: number;
}

/** For a process; `stop` it after its providers. */
export function createSharedWork({ logger, share }: SharedWorkInit): SharedWork {
  const proofs = new ProofWorker({ logger });
  const answers = new ProofWorker({ logger, niceness: answersNiceness });
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
