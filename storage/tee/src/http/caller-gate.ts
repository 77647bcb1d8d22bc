// Limits the load that unknown callers cause on the worker's chain node. Known keys are not limited. All unknown keys share a
// small number of lookups per second.
import { RequestRefused } from '@cess/node-api';
import { toHex } from '@cess/primitives';

const questionsPerSecond = 50;
const knownForMs = 60_000;
const maxKnown = 20_000;

export class CallerGate {
  readonly #known = new Map<string, number>();
  #second = 0;
  #asked = 0;

  constructor(private readonly nowMs: () => number) {}

  /** Throws 503 `TEE_BUSY`. */
  admit(key: Uint8Array): void {
    const now = this.nowMs();
    if (now - (this.#known.get(toHex(key)) ?? Number.NEGATIVE_INFINITY) < knownForMs) return;
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#asked = 0;
    this.#second = second;
    if (++this.#asked > questionsPerSecond) {
      throw new RequestRefused(503, 'TEE_BUSY', 'Too many unknown nodes request tags. Try again later.');
    }
  }

  /** Records that the chain knows the key. */
  confirm(key: Uint8Array): void {
    if (this.#known.size >= maxKnown) this.#known.clear();
    this.#known.set(toHex(key), this.nowMs());
  }
}
