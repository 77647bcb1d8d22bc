// Work that must never be felt: one turn at a time in a process, only while no client stores anything. A turn is one piece of
// work, or several small ones side by side. A turn that began because it was quiet is asked to make room when an upload
// begins. A process that is never quiet still gets on, with a small share of the time, and then without being interrupted
// by uploads.
import { aborted, createDeferred, elementAt, pause, type Timers } from '@cess/primitives';

/** Uploads that ended this long ago still count as activity. */
const quietMs = 2_000;
const defaultShare = 0.05;
const leastRestMs = 1_000;
/** However long a piece took, for instance because the machine is overloaded. */
const mostRestMs = 60_000;
/** A lane without work for so long is idle. */
const idleAfterMs = 1_000;
/** Work that comes to an idle lane hopes for quiet this long before it begins beside uploads, and may be interrupted. */
const patienceMs = 10_000;
/** What the pieces of one turn hold in memory together, unless it is one alone. */
const maxTurnBytes = 8 * 1024 * 1024;
const maxTurnPieces = 32;

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

export interface LaneInit {
  readonly activity: ForegroundActivity;
  readonly timers: Timers;
  /** Of the time, under constant load. Default 0.05. */
  readonly share?: number;
  /** Stops and continues what goes on in other threads for a turn that an upload has interrupted. */
  readonly hold?: (isHeld: boolean) => void;
}

/** Its signal asks to give up what can be begun again. */
type Work<T> = (interrupted: AbortSignal) => Promise<T>;

export interface PieceOptions {
  /** Goes before all that is not, interrupts it, and has a turn of its own. */
  readonly isUrgent?: boolean;
  /** What it holds in memory; pieces that tell it share a turn as far as there is room. */
  readonly bytes?: number;
}

interface Piece {
  readonly isUrgent: boolean;
  readonly bytes: number;
  /** Never rejects; true when the work was done, not given up. */
  readonly carryOut: (interrupted: AbortSignal) => Promise<boolean>;
}

/** The pieces under way. */
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
  /** Ends the wait for quiet when there is nothing to wait for any more. */
  #emptied = new AbortController();
  /** When the last turn ended. */
  #endedAtMs = Number.NEGATIVE_INFINITY;
  /** When a turn may begin although it is not quiet; from then on no upload interrupts it. */
  #dueAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly init: LaneInit) {
    init.activity.onBegin(() => this.#makeRoom());
  }

  /**
   * Runs `work` in its turn. Throws `ABORTED` at once when `signal` fires before it has begun.
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

  /** How long until a turn may begin. */
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

  /** An upload has begun. */
  #makeRoom(): void {
    const turn = this.#turn;
    // What is urgent gives nothing up, and must not hold up what others do in the same threads.
    if (turn === undefined || turn.isDue || turn.isUrgent) return;
    turn.interruption.abort();
    if (!turn.isHeld) void this.#hold(turn);
  }

  /** Until it is quiet or the turn is due, or has ended. */
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
