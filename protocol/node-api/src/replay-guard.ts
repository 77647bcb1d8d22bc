// Remembers the nonces of the acceptance window, so that a signed request works once. Bounded: when full it refuses
// instead of forgetting, because forgetting would let a replay through.

export class ReplayGuard {
  readonly #seen = new Map<string, number>();

  constructor(
    private readonly windowSeconds: number,
    private readonly maxEntries = 500_000,
  ) {}

  /** True when the nonce is new (and now remembered); false for a replay or when the guard is full. */
  admit(keyId: string, nonce: string, createdSeconds: number, nowSeconds: number): boolean {
    this.#expire(nowSeconds);
    const key = `${keyId}:${nonce}`;
    if (this.#seen.has(key) || this.#seen.size >= this.maxEntries) return false;
    this.#seen.set(key, Math.max(createdSeconds, nowSeconds) + this.windowSeconds);
    return true;
  }

  /** Entries stand in order of admission, so expired ones are at the front. */
  #expire(nowSeconds: number): void {
    for (const [key, until] of this.#seen) {
      if (until >= nowSeconds) break;
      this.#seen.delete(key);
    }
  }
}
