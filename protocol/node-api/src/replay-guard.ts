// Remembers the nonces of the acceptance window, so that each signed request works once. When there is no room, it rejects new
// requests, because dropping a nonce would permit a replay. Signers share the room out: one alone takes at most half.
import { FairPlaces } from '@cess/primitives';

interface Seen {
  readonly until: number;
  readonly forget: () => void;
}

export class ReplayGuard {
  readonly #seen = new Map<string, Seen>();
  readonly #room: FairPlaces;

  constructor(
    private readonly windowSeconds: number,
    maxEntries = 500_000,
  ) {
    this.#room = new FairPlaces(maxEntries);
  }

  /** Remembers a new nonce and returns true. False for a replay, or when there is no room for the signer. */
  admit(keyId: string, nonce: string, createdSeconds: number, nowSeconds: number): boolean {
    this.#expire(nowSeconds);
    const key = `${keyId}:${nonce}`;
    if (this.#seen.has(key)) return false;
    const forget = this.#room.tryEnter(keyId);
    if (forget === undefined) return false;
    this.#seen.set(key, { until: Math.max(createdSeconds, nowSeconds) + this.windowSeconds, forget });
    return true;
  }

  /** Entries are in order of insertion, so expired ones come first. */
  #expire(nowSeconds: number): void {
    for (const [key, { until, forget }] of this.#seen) {
      if (until >= nowSeconds) break;
      this.#seen.delete(key);
      forget();
    }
  }
}
