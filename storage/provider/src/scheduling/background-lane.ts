// Schedules background work so that uploads never notice it: one turn at a time per process, and only while no upload is
// running. A turn is one piece of work, or several small pieces in parallel. An upload interrupts a turn that started while
// no upload was running. A process with constant uploads still gets a small share of the time, in turns that uploads do not
// interrupt.
import { aborted, createDeferred, elementAt, pause, type Timers } from '@cess/primitives';

/** A process is quiet once the last upload ended this long ago. */
const quietMs = 2_000;
const defaultShare = 0.05;
const leastRestMs = 1_000;
/** Limits the rest after a turn that took long, for example on an overloaded machine. */
const mostRestMs = 60_000;
/** A lane without work for this long is idle. */
const idleAfterMs = 1_000;
/** New work in an idle lane waits this long for quiet before it starts during uploads. */
const patienceMs = 10_000;
/** Most memory that the pieces of one turn hold together. A single larger piece is allowed. */
const maxTurnBytes = 8 * 1024 * 1024;
const maxTurnPieces = 32;

/** The upload activity of all providers of the process. */
export class ForegroundActivity {
  #active = 0;
  #endedAtMs = Number.NEGATIVE_INFINITY;
  readonly #listeners: (() => void)[] = [];

  constructor(private readonly timers: Timers) {}

  /** `listener` is called whenever an upload starts. */
  onBegin(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Starts an upload. The result ends it. */
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

  /** Time until the process is quiet if no other upload starts. 0 if it is quiet. */
  get untilQuietMs(): number {
    if (this.#active > 0) return quietMs;
    return Math.max(0, this.#endedAtMs + quietMs - this.timers.nowMs());
  }
}

export interface LaneInit {
  readonly activity: ForegroundActivity;
  readonly timers: Timers;
  /** Share of the time that the lane gets during constant uploads. Default 0.05. */
  readonly share?: number;
  /** Pauses and resumes the work of other threads for a turn that an upload interrupted. */
  readonly hold?: (isHeld: boolean) => void;
}

/** The signal asks the work to abort if it can be restarted later. */
type Work<T> = (interrupted: AbortSignal) => Promise<T>;

export interface PieceOptions {
  /** Has priority over other pieces, interrupts them, and gets a turn of its own. */
  readonly isUrgent?: boolean;
  /** Memory that the piece holds. Pieces that declare it share a turn up to the limit. */
  readonly bytes?: number;
}

interface Piece {
  readonly isUrgent: boolean;
  readonly bytes: number;
  /** Never rejects. True when the work ended, false when it was aborted by an interruption. */
  readonly carryOut: (interrupted: AbortSignal) => Promise<boolean>;
}

/** The running pieces. */
interface Turn {
  readonly isUrgent: boolean;
  readonly isDue: boolean;
  readonly interruption: AbortController;
  readonly end: AbortController;
  isHeld: boolean;
  heldMs: number;
}

export class BackgroundLane {
  readonly #urgent: Piece[] = [];
  readonly #others: Piece[] = [];
  #isRunning = false;
  #turn: Turn | undefined;
  /** Ends the wait for quiet when the queue becomes empty. */
  #emptied = new AbortController();
  /** When the last turn ended. */
  #endedAtMs = Number.NEGATIVE_INFINITY;
  /** When a turn may start during uploads. From then on no upload interrupts it. */
  #dueAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly init: LaneInit) {
    init.activity.onBegin(() => this.#makeRoom());
  }

  /**
   * Queues `work` and runs it in its turn. Throws `ABORTED` when `signal` fires before the work starts.
   */
  run<T>(
    work: Work<T>,
    signal: AbortSignal,
    { isUrgent = false, bytes = maxTurnBytes }: PieceOptions = {},
  ): Promise<T> {
    if (signal.aborted) return Promise.reject(aborted());
    const done = createDeferred<T>();
    const queue = isUrgent ? this.#urgent : this.#others;
    const piece: Piece = {
      isUrgent,
      bytes,
      carryOut: async (interrupted) => {
        signal.removeEventListener('abort', onAbort);
        try {
          done.resolve(await work(interrupted));
          return true;
        } catch (error) {
          done.reject(error);
          return !interrupted.aborted;
        }
      },
    };
    const onAbort = () => {
      queue.splice(queue.indexOf(piece), 1);
      if (this.#waiting === 0) this.#emptied.abort();
      done.reject(aborted());
    };
    signal.addEventListener('abort', onAbort, { once: true });
    queue.push(piece);
    if (isUrgent && this.#turn?.isUrgent === false) this.#turn.interruption.abort();
    if (!this.#isRunning) void this.#runAll();
    return done.promise;
  }

  get #waiting(): number {
    return this.#urgent.length + this.#others.length;
  }

  /** Time until a turn may start. */
  get #untilAllowedMs(): number {
    return Math.max(0, Math.min(this.init.activity.untilQuietMs, this.#untilDueMs));
  }

  get #untilDueMs(): number {
    return this.#dueAtMs - this.init.timers.nowMs();
  }

  async #runAll(): Promise<void> {
    const { timers } = this.init;
    this.#isRunning = true;
    const cameAtMs = timers.nowMs();
    if (cameAtMs >= this.#endedAtMs + idleAfterMs) this.#dueAtMs = Math.max(this.#dueAtMs, cameAtMs + patienceMs);
    while (this.#waiting > 0) {
      const waitMs = this.#untilAllowedMs;
      if (waitMs > 0) {
        this.#emptied = new AbortController();
        await pause(timers, waitMs, this.#emptied.signal);
      } else {
        await this.#carryOut(this.#nextPieces());
      }
    }
    this.#isRunning = false;
  }

  #nextPieces(): readonly Piece[] {
    const urgent = this.#urgent.shift();
    if (urgent !== undefined) return [urgent];
    let [count, bytes] = [1, elementAt(this.#others, 0).bytes];
    while (count < Math.min(this.#others.length, maxTurnPieces)) {
      bytes += elementAt(this.#others, count).bytes;
      if (bytes > maxTurnBytes) break;
      count++;
    }
    return this.#others.splice(0, count);
  }

  async #carryOut(pieces: readonly Piece[]): Promise<void> {
    const { timers, share = defaultShare } = this.init;
    const [interruption, end] = [new AbortController(), new AbortController()];
    const isUrgent = pieces.some((piece) => piece.isUrgent);
    const turn: Turn = { isUrgent, isDue: this.#untilDueMs <= 0, interruption, end, isHeld: false, heldMs: 0 };
    this.#turn = turn;
    const begunAtMs = timers.nowMs();
    const done = await Promise.all(pieces.map(({ carryOut }) => carryOut(interruption.signal)));
    this.#turn = undefined;
    end.abort();
    this.#endedAtMs = timers.nowMs();
    const restMs = (this.#endedAtMs - begunAtMs - turn.heldMs) * (1 / share - 1);
    if (done.includes(true)) this.#dueAtMs = this.#endedAtMs + Math.min(mostRestMs, Math.max(leastRestMs, restMs));
  }

  /** Called when an upload starts. */
  #makeRoom(): void {
    const turn = this.#turn;
    // Urgent work is not interrupted, and must not pause other work in the same threads.
    if (turn === undefined || turn.isDue || turn.isUrgent) return;
    turn.interruption.abort();
    if (!turn.isHeld) void this.#hold(turn);
  }

  /** Pauses until the process is quiet, the turn is due, or the turn has ended. */
  async #hold(turn: Turn): Promise<void> {
    const { timers, hold = () => {} } = this.init;
    const begunAtMs = timers.nowMs();
    turn.isHeld = true;
    hold(true);
    while (!turn.end.signal.aborted && this.#untilAllowedMs > 0)
      await pause(timers, this.#untilAllowedMs, turn.end.signal);
    hold(false);
    turn.isHeld = false;
    turn.heldMs += timers.nowMs() - begunAtMs;
  }
}
