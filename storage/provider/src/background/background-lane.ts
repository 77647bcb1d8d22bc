// Work that must never be felt: one piece at a time in a process, only while no client stores anything. A piece that began
// because it was quiet is asked to make room when an upload begins. A process that is never quiet still gets on, with a
// small share of the time, and then without being interrupted.
import { CessError } from '@cess/primitives';
import type { Timers } from './timers.js';

/** Uploads that ended this long ago still count as activity. */
const quietMs = 2_000;
/** Under constant load a piece of work is followed by a pause this many times as long. */
const restFactor = 19;
const leastRestMs = 1_000;
/** A lane without work for so long is idle. */
const idleAfterMs = 1_000;
/** Work that comes to an idle lane hopes for quiet this long before it begins beside uploads, and may be interrupted. */
const patienceMs = 10_000;

/** What clients are doing, of all providers of the process. */
export class ForegroundActivity {
  #active = 0;
  #endedAtMs = Number.NEGATIVE_INFINITY;
  readonly #listeners: (() => void)[] = [];

  constructor(private readonly timers: Timers) {}

  /** Is called whenever an upload begins. */
  onBegin(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** An upload begins; the result ends it. */
  begin(): () => void {
    this.#active++;
    for (const listener of this.#listeners) listener();
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

interface Piece {
  readonly interruption: AbortController;
  readonly end: AbortController;
  heldMs: number;
  isHeld: boolean;
}

export class BackgroundLane {
  #tail: Promise<void> = Promise.resolve();
  /** When the last piece ended. */
  #endedAtMs = Number.NEGATIVE_INFINITY;
  /** When a piece may begin although it is not quiet; from then on it is not interrupted. */
  #dueAtMs = Number.NEGATIVE_INFINITY;
  /** That may be interrupted. */
  #piece: Piece | undefined;

  /** `hold` stops and continues what goes on in other threads for an interrupted piece. */
  constructor(
    private readonly activity: ForegroundActivity,
    private readonly timers: Timers,
    private readonly hold: (isHeld: boolean) => void = () => {},
  ) {
    activity.onBegin(() => this.#interrupt());
  }

  /**
   * Runs `work` in its turn. Its signal asks it to give up what can be begun again, because an upload has begun.
   * Throws `ABORTED` at once when `signal` fires before it has begun.
   */
  run<T>(work: (interrupted: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    let isBegun = false;
    const begin = (interrupted: AbortSignal) => {
      isBegun = true;
      return work(interrupted);
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

  async #take<T>(work: (interrupted: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const { activity, timers } = this;
    const cameAtMs = timers.nowMs();
    if (cameAtMs >= this.#endedAtMs + idleAfterMs)
      this.#dueAtMs = Math.max(this.#dueAtMs, cameAtMs + patienceMs);
    for (;;) {
      if (signal.aborted) throw aborted();
      const untilQuiet = activity.untilQuietMs;
      const untilDue = this.#dueAtMs - timers.nowMs();
      if (untilQuiet === 0 || untilDue <= 0) return this.#carryOut(work, untilDue > 0);
      await timers.sleep(Math.min(untilQuiet, untilDue), signal);
    }
  }

  async #carryOut<T>(work: (interrupted: AbortSignal) => Promise<T>, isInterruptible: boolean): Promise<T> {
    const piece: Piece = {
      interruption: new AbortController(),
      end: new AbortController(),
      heldMs: 0,
      isHeld: false,
    };
    if (isInterruptible) this.#piece = piece;
    const { signal } = piece.interruption;
    const begunAtMs = this.timers.nowMs();
    let isGivenUp = false;
    try {
      return await work(signal);
    } catch (error) {
      isGivenUp = signal.aborted;
      throw error;
    } finally {
      this.#piece = undefined;
      piece.end.abort();
      this.#endedAtMs = this.timers.nowMs();
      const restMs = Math.max(leastRestMs, restFactor * (this.#endedAtMs - begunAtMs - piece.heldMs));
      if (!isGivenUp) this.#dueAtMs = this.#endedAtMs + restMs;
    }
  }

  #interrupt(): void {
    const piece = this.#piece;
    if (piece === undefined) return;
    piece.interruption.abort();
    if (!piece.isHeld) void this.#holdUntilQuiet(piece);
  }

  /** Or until the piece is due, or has ended. */
  async #holdUntilQuiet(piece: Piece): Promise<void> {
    const { activity, timers } = this;
    const begunAtMs = timers.nowMs();
    const waitMs = () => Math.min(activity.untilQuietMs, this.#dueAtMs - timers.nowMs());
    piece.isHeld = true;
    this.hold(true);
    try {
      while (waitMs() > 0) await timers.sleep(waitMs(), piece.end.signal);
    } catch {
      // It has ended.
    }
    this.hold(false);
    piece.isHeld = false;
    piece.heldMs += timers.nowMs() - begunAtMs;
  }
}

function aborted(): CessError {
  return new CessError('ABORTED', 'The operation was aborted.');
}
