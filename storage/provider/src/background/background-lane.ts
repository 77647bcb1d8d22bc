// Work that must never be felt: one piece at a time in a process, only while no client stores anything. A process that
// is never quiet still gets on, with a small share of the time.
import { CessError } from '@cess/primitives';
import type { Timers } from './timers.js';

/** Uploads that ended this long ago still count as activity. */
const quietMs = 2_000;
/** Under constant load a piece of work is followed by a pause this many times as long. */
const restFactor = 19;
const leastRestMs = 1_000;

/** What clients are doing, of all providers of the process. */
export class ForegroundActivity {
  #active = 0;
  #endedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly timers: Timers) {}

  /** An upload begins; the result ends it. */
  begin(): () => void {
    this.#active++;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#active--;
      this.#endedAtMs = this.timers.nowMs();
    };
  }

  /** How long until it is quiet if nothing more comes; 0 if it is. */
  get untilQuietMs(): number {
    if (this.#active > 0) return quietMs;
    return Math.max(0, this.#endedAtMs + quietMs - this.timers.nowMs());
  }
}

export class BackgroundLane {
  #tail: Promise<void> = Promise.resolve();
  /** When a piece may begin although it is not quiet. */
  #dueAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly activity: ForegroundActivity,
    private readonly timers: Timers,
  ) {}

  /** Runs `work` in its turn. Throws `ABORTED` at once when the signal fires before it has begun. */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    let isBegun = false;
    const begin = () => {
      isBegun = true;
      return work();
    };
    const turn = this.#tail.then(() => this.#take(begin, signal));
    this.#tail = turn.then(
      () => {},
      () => {},
    );
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        if (!isBegun) reject(aborted());
      };
      signal.addEventListener('abort', onAbort, { once: true });
      turn.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  async #take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      if (signal.aborted) throw aborted();
      const untilQuiet = this.activity.untilQuietMs;
      const untilDue = this.#dueAtMs - this.timers.nowMs();
      if (untilQuiet === 0 || untilDue <= 0) break;
      await this.timers.sleep(Math.min(untilQuiet, untilDue), signal);
    }
    const begunAtMs = this.timers.nowMs();
    try {
      return await work();
    } finally {
      const endedAtMs = this.timers.nowMs();
      this.#dueAtMs = endedAtMs + Math.max(leastRestMs, restFactor * (endedAtMs - begunAtMs));
    }
  }
}

function aborted(): CessError {
  return new CessError('ABORTED', 'The operation was aborted.');
}
