// The clock and the timers of one process: virtual time with the offset and the drift of its machine. A process that has ended
// is never woken again.
import { aborted, type Timers } from '@cess/primitives';
import type { Schedule } from './schedule.js';

/** One for all waits: an exception with its stack is what costs most of an aborted one. */
const ended = aborted();

/** Start of every simulation, in milliseconds since the Unix epoch. */
export const simulationStartMs = 1_800_000_000_000;

/** A machine's clock; it can be set while the machine runs. */
export class MachineClock {
  #offsetMs: number;
  readonly #rate: number;

  /** `drift`: seconds gained in a second; 0.0001 is 100 ppm. */
  constructor(
    private readonly schedule: Schedule,
    offsetMs: number,
    drift: number,
  ) {
    this.#offsetMs = offsetMs;
    this.#rate = 1 + drift;
  }

  nowMs(): number {
    return Math.floor(simulationStartMs + this.#offsetMs + this.schedule.nowMs * this.#rate);
  }

  /** Virtual time that passes while this clock counts `ms`. */
  virtualMs(ms: number): number {
    return ms / this.#rate;
  }

  /** Sets the clock forward, or back if negative. */
  shift(ms: number): void {
    this.#offsetMs += ms;
  }
}

/** The timers of one process on that machine. */
export function createVirtualTimers(schedule: Schedule, clock: MachineClock, isAlive: () => boolean): Timers {
  return {
    nowMs: () => clock.nowMs(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(ended);
        const cancel = schedule.after(clock.virtualMs(Math.max(0, ms)), () => {
          if (!isAlive()) return;
          signal?.removeEventListener('abort', abort);
          resolve();
        });
        const abort = () => {
          cancel();
          reject(ended);
        };
        signal?.addEventListener('abort', abort, { once: true });
      }),
  };
}
