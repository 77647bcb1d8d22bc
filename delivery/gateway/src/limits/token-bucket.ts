// A token bucket that can go into debt: what a request took is known only when it is over, and what it took too much is paid back
// before the next one is admitted.

export class TokenBucket {
  #tokens: number;
  #refilledAtMs: number;
  readonly #capacity: number;

  constructor(
    private readonly ratePerSecond: number,
    burstSeconds: number,
    nowMs: number,
  ) {
    this.#capacity = Math.max(1, ratePerSecond * burstSeconds);
    this.#tokens = this.#capacity;
    this.#refilledAtMs = nowMs;
  }

  /** Milliseconds until `needed` tokens are there; 0 now. */
  waitMs(needed: number, nowMs: number): number {
    this.#refill(nowMs);
    return this.#tokens >= needed ? 0 : Math.ceil(((needed - this.#tokens) / this.ratePerSecond) * 1000);
  }

  take(count: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#tokens -= count;
  }

  /** A clock that goes back refills nothing. */
  #refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#refilledAtMs);
    this.#refilledAtMs = nowMs;
    this.#tokens = Math.min(this.#capacity, this.#tokens + (elapsedMs / 1000) * this.ratePerSecond);
  }
}
