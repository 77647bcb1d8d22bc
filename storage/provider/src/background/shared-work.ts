// What all providers of one process share, made by its composition root: the proof threads, the lanes of background work
// and what is known of clients' activity.
import type { Logger } from '@cess/primitives';
import type { ProofWork } from '../proof-worker/proof-tasks.js';
import { ProofWorker } from '../proof-worker/proof-worker.js';
import { BackgroundLane, ForegroundActivity } from './background-lane.js';
import { systemTimers, type Timers } from './timers.js';

export interface SharedWork {
  readonly timers: Timers;
  /** Tags and rebuilding: takes what nobody else wants of the processor. */
  readonly proofs: ProofWork;
  /** Answers to rounds, which have deadlines: gets its share also on a machine that is overloaded. */
  readonly answers: ProofWork;
  readonly activity: ForegroundActivity;
  /** Tagging and restoral: one fragment at a time. */
  readonly heavy: BackgroundLane;
  /** Scrubbing: slow reads of one fragment at a time. */
  readonly scrub: BackgroundLane;
  stop(): Promise<void>;
}

const answersNiceness = 5;

/** For a process; `stop` it after its providers. */
export function createSharedWork({ logger }: { readonly logger: Logger }): SharedWork {
  const proofs = new ProofWorker({ logger });
  const answers = new ProofWorker({ logger, niceness: answersNiceness });
  const stop = async () => void (await Promise.all([proofs.stop(), answers.stop()]));
  return sharedWorkOver(systemTimers, { proofs, answers, hold: (isHeld) => proofs.hold(isHeld) }, stop);
}

export function sharedWorkOver(
  timers: Timers,
  {
    hold,
    ...work
  }: Pick<SharedWork, 'proofs' | 'answers'> & { readonly hold?: (isHeld: boolean) => void },
  stop: () => Promise<void>,
): SharedWork {
  const activity = new ForegroundActivity(timers);
  const heavy = new BackgroundLane(activity, timers, hold);
  const scrub = new BackgroundLane(activity, timers);
  return { timers, ...work, activity, heavy, scrub, stop };
}
