// When a failed operation may be retried: the pause doubles with each consecutive failure, up to a limit.

export class BackOff {
  readonly #failures = new Map<string, { count: number; untilMs: number }>();

  constructor(
    private readonly leastMs: number,
    private readonly mostMs: number,
    /** Most names to remember. The oldest are dropped. */
    private readonly maxNames = 10_000,
  ) {}

  /** Time of the next retry. It lies in the past for names without a failure. */
  readyAtMs(name: string): number {
    return this.#failures.get(name)?.untilMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Consecutive failures. */
  failures(name: string): number {
    return this.#failures.get(name)?.count ?? 0;
  }

  /** `mostMs` lowers the limit for failures that are likely to be short. */
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
