// What the network does to messages between machines: delay, loss, duplication, spikes that reorder, and links that are cut or
// clogged in one direction (SI-10).
import type { Random } from './random.js';
import type { Schedule } from './schedule.js';

export interface LinkQuality {
  readonly leastDelayMs: number;
  readonly meanExtraDelayMs: number;
  /** Share of messages that are lost. */
  readonly loss: number;
  /** Share of messages that arrive twice. */
  readonly duplication: number;
  /** Share of messages that take longer by up to `spikeMs`. */
  readonly spikes: number;
  readonly spikeMs: number;
}

export const goodLinks: LinkQuality = {
  leastDelayMs: 20,
  meanExtraDelayMs: 60,
  loss: 0,
  duplication: 0,
  spikes: 0,
  spikeMs: 0,
};

/** A connection over a link that is cut ends after this time, and is open again so long after the link is. */
const disconnectMs = 15_000;
const reconnectMs = 3_000;

interface Cut {
  /** Faults that cut it now. */
  faults: number;
  /** Begin and end of the last time in which it was cut. */
  fromMs: number;
  untilMs: number;
}

export class Links {
  quality: LinkQuality;
  /** By direction. */
  readonly #cuts = new Map<number, Cut>();
  readonly #clogged = new Map<number, number>();
  readonly #lastMs = new Map<number, number>();

  constructor(
    private readonly schedule: Schedule,
    private readonly random: Random,
    quality: LinkQuality = goodLinks,
  ) {
    this.quality = quality;
  }

  /** Cuts a direction until `mend` is called as often as `cut`. */
  cut(from: number, to: number): void {
    const key = direction(from, to);
    const cut = this.#cuts.get(key) ?? { faults: 0, fromMs: 0, untilMs: 0 };
    if (cut.faults++ === 0) cut.fromMs = this.schedule.nowMs;
    this.#cuts.set(key, cut);
  }

  mend(from: number, to: number): void {
    const cut = this.#cuts.get(direction(from, to));
    if (cut !== undefined && --cut.faults === 0) cut.untilMs = this.schedule.nowMs;
  }

  /** Messages of this direction wait until the time. */
  clog(from: number, to: number, untilMs: number): void {
    this.#clogged.set(direction(from, to), untilMs);
  }

  isOpen(from: number, to: number): boolean {
    const cut = this.#cuts.get(direction(from, to));
    return cut === undefined || cut.faults === 0;
  }

  /** Whether two running machines have a connection. */
  isConnected(a: number, b: number): boolean {
    return !this.#isDown(direction(a, b)) && !this.#isDown(direction(b, a));
  }

  #isDown(key: number): boolean {
    const cut = this.#cuts.get(key);
    if (cut === undefined) return false;
    const now = this.schedule.nowMs;
    if (cut.faults > 0) return now >= cut.fromMs + disconnectMs;
    const wasDown = cut.untilMs >= cut.fromMs + disconnectMs;
    return wasDown && now < cut.untilMs + reconnectMs;
  }

  /** Delivers a message once, twice or never, each time unless the link is cut then. */
  deliver(from: number, to: number, receive: () => void): void {
    const { quality, random } = this;
    if (!this.isOpen(from, to) || random.chance(quality.loss)) return;
    const copies = random.chance(quality.duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      let delayMs = quality.leastDelayMs + random.exponential(quality.meanExtraDelayMs);
      if (random.chance(quality.spikes)) delayMs += random.next() * quality.spikeMs;
      this.schedule.at(this.#arrivalMs(direction(from, to), delayMs), () => {
        if (this.isOpen(from, to)) receive();
      });
    }
  }

  /** What waited in a clogged direction arrives in its order. */
  #arrivalMs(key: number, delayMs: number): number {
    const now = this.schedule.nowMs;
    const cloggedMs = this.#clogged.get(key);
    if (cloggedMs === undefined || cloggedMs <= now) return now + delayMs;
    const arrivalMs = Math.max(cloggedMs, this.#lastMs.get(key) ?? 0) + 1;
    this.#lastMs.set(key, arrivalMs);
    return arrivalMs;
  }
}

function direction(from: number, to: number): number {
  return from * 256 + to;
}
