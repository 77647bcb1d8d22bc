// Time as the duties need it: tests bring their own.
import { delay, systemClock } from '@cess/primitives';

export interface Timers {
  nowMs(): number;
  /** Throws `ABORTED` when the signal fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemTimers: Timers = { nowMs: () => systemClock.nowMs(), sleep: delay };
