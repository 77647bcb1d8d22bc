// Remembers the nonces of the acceptance window, so that each signed request works once. When it is full, it rejects new
// requests, because dropping a nonce would permit a replay.

export class ReplayGuard {
  readonly #seen = new Map<string, number>();

  constructor(
    private readonly windowSeconds: number,
    private readonly maxEntries = 500_000,
  ) {}

  /** Remembers a new nonce and returns true. False for a replay, or when the guard is full. */
  admit(keyId: string, nonce: string, createdSeconds: number, nowSeconds: number): boolean {
    this.#expire(nowSeconds);
    const key = `${keyId}:${nonce}`;
    if (this.#seen.has(key) || this.#seen.size >= this.maxEntries) return false;
    this.#seen.set(key, Math.max(createdSeconds, nowSeconds) + this.windowSeconds);
    return true;
  }

  /** Entries are in order of insertion, so expired ones come first. */
  #expire(nowSeconds: number): void {
    for (const [key, until] of this.#seen) {
      if (until >= nowSeconds) break;
      this.#seen.delete(key);
    }
  }
}
