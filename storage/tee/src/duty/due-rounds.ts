// The rounds that this worker is to judge, as finalized blocks name them. Bounded: what does not fit is found again by a scan
// of the chain, which `needsScan` asks for; so it does at the beginning.

import type { RoundRef } from '@cess/client';
import { toHex } from '@cess/primitives';
import type { DueRound, TeeEvent } from '../chain-port.js';

const maxRounds = 16_384;

/** A round and the finalized block that told of it: in older states it is not there yet. */
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

  /** Whether the chain may know of rounds that are not here. */
  get needsScan(): boolean {
    return this.#needsScan;
  }

  /** Applies the events of a finalized block. */
  apply(events: readonly TeeEvent[], number: number, worker: number): void {
    this.#latest = Math.max(this.#latest, number);
    for (const event of events) {
      if (event.type === 'suspended') continue;
      // Also a round that was given to another worker is not this one's any more.
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

  /** Called before a scan; what does not fit meanwhile asks for another. */
  beginScan(): void {
    this.#needsScan = false;
  }

  /** The scan did not come to its end, or blocks were missed. */
  askForScan(): void {
    this.#needsScan = true;
  }

  /** Those with the nearest deadlines; what is too late is dropped. */
  next(count: number): Due[] {
    for (const [name, { verifyBy }] of this.#rounds) if (verifyBy <= this.#latest) this.#rounds.delete(name);
    return [...this.#rounds.values()].sort((a, b) => a.verifyBy - b.verifyBy).slice(0, count);
  }

  /** Takes a round out, unless it was given to this worker anew meanwhile. */
  done(due: Due): void {
    const name = nameOf(due);
    if (this.#rounds.get(name) === due) this.#rounds.delete(name);
  }
}

function nameOf({ provider, keyId, round }: RoundRef): string {
  return `${provider}/${toHex(keyId)}/${round}`;
}
