// Lets the event loop run between portions of transactions.

/** Time after which transactions let the event loop run. */
const portionMs = 5;

/** The time that one turn of the event loop gives to transactions. */
export class Turn {
  #startedMs = performance.now();

  get isOver(): boolean {
    return performance.now() - this.#startedMs >= portionMs;
  }

  /** Lets the event loop run. */
  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#startedMs = performance.now();
  }
}

export async function inPortions(outcome: unknown, turn: Turn): Promise<unknown> {
  if (!isGenerator(outcome)) return outcome;
  for (;;) {
    const { done, value } = outcome.next();
    if (done) return value;
    if (turn.isOver) await turn.next();
  }
}

export function isGenerator(value: unknown): value is Generator<undefined, unknown, undefined> {
  return Object.prototype.toString.call(value) === '[object Generator]';
}
