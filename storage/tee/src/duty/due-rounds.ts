// The rounds that this worker must judge, from finalized blocks. The list is bounded: a scan of the chain finds rounds that did
// not fit. `needsScan` requests the scan, also at the start.

import type { RoundRef } from '@cess/client';
import { toHex } from '@cess/primitives';
import type { DueRound, TeeEvent } from '../chain-port.js';

const maxRounds = 16_384;

/** A round and the finalized block that assigned it. Older states do not have it yet. */
export interface Due extends DueRound {
  readonly seenAt: number;
}

export class DueRounds {
  readonly #rounds = new Map<string, Due>();
  #needsScan = true;
  #latest = 0;

  constructor(private readonly limit = maxRounds) {}

  get size(): number {
    return this.#rounds.size;
  }

  /** Whether the chain may have rounds that are not in the list. */
  get needsScan(): boolean {
    return this.#needsScan;
  }

  /** Applies the events of a finalized block. */
  apply(events: readonly TeeEvent[], number: number, worker: number): void {
    this.#latest = Math.max(this.#latest, number);
    for (const event of events) {
      if (event.type === 'suspended') continue;
      // A round that was reassigned to another worker is removed, too.
      this.#rounds.delete(nameOf(event));
      if (event.type === 'due' && event.worker === worker) this.add({ ...event, seenAt: number });
    }
  }

  /** True if there was room. */
  add({ provider, keyId, round, verifyBy, seenAt }: Due): boolean {
    const due = { provider, keyId, round, verifyBy, seenAt };
    const name = nameOf(due);
    if (this.#rounds.size >= this.limit && !this.#rounds.has(name)) {
      this.#needsScan = true;
      return false;
    }
    this.#rounds.set(name, due);
    return true;
  }

  /** Called before a scan. Rounds that do not fit in the meantime request another scan. */
  beginScan(): void {
    this.#needsScan = false;
  }

  /** Requests another scan, because a scan failed or blocks were missed. */
  askForScan(): void {
    this.#needsScan = true;
  }

  /** The rounds with the nearest deadlines. Drops expired rounds. */
  next(count: number): Due[] {
    for (const [name, { verifyBy }] of this.#rounds) if (verifyBy <= this.#latest) this.#rounds.delete(name);
    return [...this.#rounds.values()].sort((a, b) => a.verifyBy - b.verifyBy).slice(0, count);
  }

  /** Removes a round, unless it was assigned to this worker again in the meantime. */
  done(due: Due): void {
    const name = nameOf(due);
    if (this.#rounds.get(name) === due) this.#rounds.delete(name);
  }
}

function nameOf({ provider, keyId, round }: RoundRef): string {
  return `${provider}/${toHex(keyId)}/${round}`;
}
