// Limits of requests and transferred bytes for each account, over all its users and connections. A request that is admitted is
// never slowed or cut; an account that has taken more than its share is refused until it has waited for the excess.
import { TokenBucket } from './token-bucket.js';

export interface RateLimits {
  readonly requestsPerSecond?: number;
  /** Bodies and headers in both directions. */
  readonly bytesPerSecond?: number;
}

/** How much of its rate an account that was idle can take at once. */
const burstSeconds = 2;

interface Buckets {
  readonly requests: TokenBucket | undefined;
  readonly bytes: TokenBucket | undefined;
}

export class AccountLimits {
  readonly #buckets: ReadonlyMap<string, Buckets>;
  #refused = 0;

  /** By account id; accounts without an entry have no limits. */
  constructor(
    limits: ReadonlyMap<string, RateLimits>,
    private readonly nowMs: () => number,
  ) {
    const bucket = (rate: number | undefined) =>
      rate === undefined ? undefined : new TokenBucket(rate, burstSeconds, nowMs());
    this.#buckets = new Map(
      [...limits].map(([account, { requestsPerSecond, bytesPerSecond }]) => [
        account,
        { requests: bucket(requestsPerSecond), bytes: bucket(bytesPerSecond) },
      ]),
    );
  }

  /** Requests refused since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** Counts a request that is admitted and gives 0, or gives the seconds after which it would be. */
  admit(account: string): number {
    const buckets = this.#buckets.get(account);
    if (buckets === undefined) return 0;
    const nowMs = this.nowMs();
    const waitMs = Math.max(buckets.requests?.waitMs(1, nowMs) ?? 0, buckets.bytes?.waitMs(0, nowMs) ?? 0);
    if (waitMs > 0) {
      this.#refused++;
      return Math.ceil(waitMs / 1000);
    }
    buckets.requests?.take(1, nowMs);
    return 0;
  }

  /** Counts what a request has transferred. */
  charge(account: string, bytes: number): void {
    this.#buckets.get(account)?.bytes?.take(bytes, this.nowMs());
  }
}
