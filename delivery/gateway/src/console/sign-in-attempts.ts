// Refused sign-ins, by access key and by address: after some, each one doubles the time until the next is admitted. An address can
// delay only the console's sign-in of a key, for a minute at most; requests that the key signs are not affected.
import { BoundedCache } from '@cess/primitives';

interface Limit {
  /** Refusals that cost no time. */
  readonly free: number;
  readonly longestMs: number;
}

const ofKey: Limit = { free: 5, longestMs: 60_000 };
const ofAddress: Limit = { free: 10, longestMs: 300_000 };
/** Refusals are forgotten after this time without another. */
const forgetMs = 3_600_000;
const maxSubjects = 20_000;

interface Refused {
  readonly count: number;
  readonly lastMs: number;
}

export class SignInAttempts {
  readonly #keys = new BoundedCache<Refused>(maxSubjects);
  readonly #addresses = new BoundedCache<Refused>(maxSubjects);

  constructor(private readonly nowMs: () => number) {}

  /** Milliseconds until a sign-in is admitted; 0 now. */
  waitMs(accessKeyId: string, address: string): number {
    const nowMs = this.nowMs();
    const waits = [
      waitOf(this.#keys.get(accessKeyId), ofKey, nowMs),
      waitOf(this.#addresses.get(address), ofAddress, nowMs),
    ];
    return Math.max(...waits);
  }

  noteRefused(accessKeyId: string, address: string): void {
    const nowMs = this.nowMs();
    this.#keys.set(accessKeyId, next(this.#keys.get(accessKeyId), nowMs));
    this.#addresses.set(address, next(this.#addresses.get(address), nowMs));
  }

  /** The address keeps its count: who guesses other keys may have one of its own. */
  noteAccepted(accessKeyId: string): void {
    this.#keys.set(accessKeyId, { count: 0, lastMs: this.nowMs() });
  }
}

function waitOf(refused: Refused | undefined, { free, longestMs }: Limit, nowMs: number): number {
  if (refused === undefined || refused.count < free) return 0;
  const pauseMs = Math.min(longestMs, 1_000 * 2 ** Math.min(20, refused.count - free));
  return Math.max(0, refused.lastMs + pauseMs - nowMs);
}

function next(refused: Refused | undefined, nowMs: number): Refused {
  const isRecent = refused !== undefined && nowMs - refused.lastMs < forgetMs;
  return { count: isRecent ? refused.count + 1 : 1, lastMs: nowMs };
}
