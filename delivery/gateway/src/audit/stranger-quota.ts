// Entries for refused requests of strangers: without a bound anyone who reaches the gateway could fill the disk of the audit log, or make it
// remove its older entries.
import { TokenBucket } from '../limits/token-bucket.js';

/** A minute of an attack in detail, then an entry a second: at most 90 MB a day with the longest texts. */
const entriesPerSecond = 1;
const burst = 1_000;

export class StrangerQuota {
  readonly #bucket: TokenBucket;
  #waiting = 0;
  #omitted = 0;

  constructor(nowMs: number) {
    this.#bucket = new TokenBucket(entriesPerSecond, burst / entriesPerSecond, nowMs);
  }

  /** Requests that were not admitted. */
  get omitted(): number {
    return this.#omitted;
  }

  /** Whether the next request gets an entry. */
  admits(nowMs: number): boolean {
    if (this.#bucket.waitMs(1, nowMs) > 0) {
      this.#waiting++;
      this.#omitted++;
      return false;
    }
    this.#bucket.take(1, nowMs);
    return true;
  }

  /** Requests that were not admitted since the last call. */
  takeOmitted(): number {
    const waiting = this.#waiting;
    this.#waiting = 0;
    return waiting;
  }
}
