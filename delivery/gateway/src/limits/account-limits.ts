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
  readonly rates: RateLimits;
  readonly requests: TokenBucket | undefined;
  readonly bytes: TokenBucket | undefined;
}

export class AccountLimits {
  #buckets: ReadonlyMap<string, Buckets> = new Map();
  #refused = 0;

  constructor(
    limits: ReadonlyMap<string, RateLimits>,
    private readonly nowMs: () => number,
    /** Gateways that share the limits. Each gives its share of a rate. Default: 1. */
    private readonly sharers: () => number = () => 1,
  ) {
    this.replace(limits);
  }

  /** By account id; accounts without an entry have no limits. An account whose limits stay the same keeps what it has taken. */
  replace(limits: ReadonlyMap<string, RateLimits>): void {
    const bucket = (rate: number | undefined) =>
      rate === undefined ? undefined : new TokenBucket(rate, burstSeconds, this.nowMs());
    this.#buckets = new Map(
      [...limits].map(([account, rates]) => {
        const before = this.#buckets.get(account);
        const { requestsPerSecond, bytesPerSecond } = rates;
        if (before !== undefined && haveSameRates(before.rates, rates)) return [account, before];
        return [account, { rates, requests: bucket(requestsPerSecond), bytes: bucket(bytesPerSecond) }];
      }),
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
    buckets.requests?.take(this.sharers(), nowMs);
    return 0;
  }

  /** Counts what a request has transferred. */
  charge(account: string, bytes: number): void {
    this.#buckets.get(account)?.bytes?.take(bytes * this.sharers(), this.nowMs());
  }
}

function haveSameRates(one: RateLimits, other: RateLimits): boolean {
  return one.requestsPerSecond === other.requestsPerSecond && one.bytesPerSecond === other.bytesPerSecond;
}
