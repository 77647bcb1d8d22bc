// How often something happened to each subject within a window that slides in twelve steps. Memory is bounded: beyond the most
// subjects, the one that was counted least recently is forgotten.

const steps = 12;
const maxSubjects = 10_000;

interface Counted {
  /** Step of the newest count. */
  step: number;
  /** Counts of the last steps, the newest at `step % steps`. */
  readonly counts: Uint32Array;
}

export class SlidingCounts {
  readonly #subjects = new Map<string, Counted>();

  constructor(private readonly windowMs: number) {}

  /** Counts one at `timeMs`; returns how many lie within the window. Times may come out of order by a little. */
  add(subject: string, timeMs: number): number {
    const step = Math.floor((timeMs * steps) / this.windowMs);
    const counted = this.#subjects.get(subject) ?? { step, counts: new Uint32Array(steps) };
    this.#subjects.delete(subject);
    this.#subjects.set(subject, counted);
    for (let gone = counted.step + 1; gone <= Math.min(step, counted.step + steps); gone++)
      counted.counts[gone % steps] = 0;
    counted.step = Math.max(counted.step, step);
    const at = counted.step % steps;
    counted.counts[at] = (counted.counts[at] ?? 0) + 1;
    const [oldest] = this.#subjects.keys();
    if (this.#subjects.size > maxSubjects && oldest !== undefined) this.#subjects.delete(oldest);
    return counted.counts.reduce((sum, count) => sum + count, 0);
  }

  forget(subject: string): void {
    this.#subjects.delete(subject);
  }
}
