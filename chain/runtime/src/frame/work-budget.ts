// What the opening hooks of a block may spend. A hook books each step that it took and begins no other one once its budget is
// spent; what is left waits for the next block. Because the last step may exceed the budget, every step has a bound of its own.
// The budget is no part of the state: a hook that fails and is rolled back has still cost what it booked.
import type { Weight } from '@cess/chain-primitives';

export class WorkBudget {
  readonly #limit: bigint;
  #spent = 0n;

  /** In picoseconds. */
  constructor(limit: bigint) {
    this.#limit = limit;
  }

  /** Everything that was booked. */
  get spent(): bigint {
    return this.#spent;
  }

  /** Whether no other step may begin. */
  get isSpent(): boolean {
    return this.#spent >= this.#limit;
  }

  /** Books a step. */
  spend({ ref_time }: Weight): void {
    this.#spent += ref_time;
  }

  /**
   * Runs one of so many parts of the work that are still to come: the last one with all that is left, each before it with half
   * of that, so that a busy part leaves something to the later ones and idle parts leave all. What the part booked counts, also
   * if it throws.
   */
  shareAmong(parts: number, run: (budget: WorkBudget) => void): void {
    const left = this.#limit > this.#spent ? this.#limit - this.#spent : 0n;
    const share = new WorkBudget(parts > 1 ? left / 2n : left);
    try {
      run(share);
    } finally {
      this.#spent += share.spent;
    }
  }
}
