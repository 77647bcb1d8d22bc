// When something that failed may be tried again: twice as long after each failure in a row, up to a limit.

export class BackOff {
  readonly #failures = new Map<string, { count: number; untilMs: number }>();

  constructor(
    private readonly leastMs: number,
    private readonly mostMs: number,
    /** Names that are remembered at most; the oldest are forgotten. */
    private readonly maxNames = 10_000,
  ) {}

  /** When it may be tried again; in the past for what did not fail. */
  readyAtMs(name: string): number {
    return this.#failures.get(name)?.untilMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Failures in a row. */
  failures(name: string): number {
    return this.#failures.get(name)?.count ?? 0;
  }

  /** `mostMs` lowers the limit for what is likely to pass soon. */
  failed(name: string, nowMs: number, mostMs: number = this.mostMs): void {
    const count = this.failures(name) + 1;
    const pause = Math.min(mostMs, this.leastMs * 2 ** Math.min(count - 1, 30));
    this.#failures.delete(name);
    this.#failures.set(name, { count, untilMs: nowMs + pause });
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= this.maxNames) break;
      this.#failures.delete(oldest);
    }
  }

  succeeded(name: string): void {
    this.#failures.delete(name);
  }
}
