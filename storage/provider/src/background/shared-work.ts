// What all providers of one process share, made by its composition root: the proof thread, the lanes of background work
// and what is known of clients' activity.
import type { Logger } from '@cess/primitives';
import type { ProofWork } from '../proof-worker/proof-tasks.js';
import { ProofWorker } from '../proof-worker/proof-worker.js';
import { BackgroundLane, ForegroundActivity } from './background-lane.js';
import { systemTimers, type Timers } from './timers.js';

export interface SharedWork {
  readonly timers: Timers;
  readonly proofs: ProofWork;
  readonly activity: ForegroundActivity;
  /** Tagging and restoral: one fragment at a time. */
  readonly heavy: BackgroundLane;
  /** Scrubbing: slow reads of one fragment at a time. */
  readonly scrub: BackgroundLane;
  stop(): Promise<void>;
}

/** For a process; `stop` it after its providers. */
export function createSharedWork({ logger }: { readonly logger: Logger }): SharedWork {
  const proofs = new ProofWorker({ logger });
  return sharedWorkOver(systemTimers, proofs, () => proofs.stop());
}

export function sharedWorkOver(timers: Timers, proofs: ProofWork, stop: () => Promise<void>): SharedWork {
  const activity = new ForegroundActivity(timers);
  const [heavy, scrub] = [new BackgroundLane(activity, timers), new BackgroundLane(activity, timers)];
  return { timers, proofs, activity, heavy, scrub, stop };
}
