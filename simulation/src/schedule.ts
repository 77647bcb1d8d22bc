// Virtual time: events run in the order of their times, those of one time in the order in which they were scheduled. After
// each event everything that it set going by promises runs to its end before time goes on (SI-2).

interface Entry {
  readonly atMs: number;
  readonly order: number;
  /** Undefined: cancelled. */
  run: (() => void) | undefined;
}

export class Schedule {
  readonly #queue: Entry[] = [];
  #order = 0;
  #nowMs = 0;
  #events = 0;

  /** Milliseconds since the start of the simulation. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events so far. */
  get events(): number {
    return this.#events;
  }

  /** A time of the past is now. The result cancels the event. */
  at(atMs: number, run: () => void): () => void {
    const entry: Entry = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, run };
    const queue = this.#queue;
    let i = queue.push(entry) - 1;
    while (i > 0) {
      const up = (i - 1) >> 1;
      const above = queue[up] as Entry;
      if (!isBefore(entry, above)) break;
      queue[i] = above;
      i = up;
    }
    queue[i] = entry;
    return () => {
      entry.run = undefined;
    };
  }

  after(delayMs: number, run: () => void): () => void {
    return this.at(this.#nowMs + delayMs, run);
  }

  /** Runs until the time, or until the condition holds after an event. True if it does. */
  async run(untilMs: number, isDone: () => boolean = () => false): Promise<boolean> {
    await settled(0);
    for (;;) {
      if (isDone()) return true;
      const next = this.#queue[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#pop();
      if (next.run === undefined) continue;
      this.#nowMs = next.atMs;
      this.#events++;
      next.run();
      await settled(this.#events);
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
    return isDone();
  }

  /** The same for events that use no promises. */
  runNow(untilMs: number): void {
    for (let next = this.#queue[0]; next !== undefined && next.atMs <= untilMs; next = this.#queue[0]) {
      this.#pop();
      this.#nowMs = next.atMs;
      this.#events++;
      next.run?.();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #pop(): void {
    const queue = this.#queue;
    const last = queue.pop() as Entry;
    if (queue.length === 0) return;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      if (down >= queue.length) break;
      if (down + 1 < queue.length && isBefore(queue[down + 1] as Entry, queue[down] as Entry)) down++;
      const below = queue[down] as Entry;
      if (!isBefore(below, last)) break;
      queue[i] = below;
      i = down;
    }
    queue[i] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Events between two turns of the event loop, in which signals and timers of the process are served. */
const eventsPerTurn = 4_096;

/** A tick that is asked for by a promise comes when no promise has work left; a turn of the event loop as well, at a higher cost. */
function settled(events: number): Promise<void> {
  return new Promise((resolve) => {
    if (events % eventsPerTurn === 0) setImmediate(resolve);
    else process.nextTick(resolve);
  });
}
