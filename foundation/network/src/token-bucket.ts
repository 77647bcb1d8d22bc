// A rate limit: on average so many a second, with bursts of up to ten seconds' worth. One bucket for each key, in a bounded table.
import { BoundedCache, type Clock } from '@cess/primitives';

const burstSeconds = 10;

interface Bucket {
  tokens: number;
  atMs: number;
}

export class TokenBuckets {
  readonly #buckets: BoundedCache<Bucket>;

  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
    capacity: number,
  ) {
    this.#buckets = new BoundedCache(capacity);
  }

  /** Whether the key may do it once more now. */
  tryTake(key: string): boolean {
    const nowMs = this.clock.nowMs();
    const full = this.perSecond * burstSeconds;
    const bucket = this.#buckets.get(key) ?? { tokens: full, atMs: nowMs };
    const gained = (Math.max(0, nowMs - bucket.atMs) / 1000) * this.perSecond;
    bucket.tokens = Math.min(full, bucket.tokens + gained);
    bucket.atMs = nowMs;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
