// A wait that ends on a wake-up or a timeout.
import { pause, type Timers } from '@cess/primitives';

export class Wakeup {
  #isWoken = false;
  #controller: AbortController | undefined;

  constructor(private readonly timers: Timers) {}

  /** Ends the current wait, or the next one immediately. */
  wake(): void {
    this.#isWoken = true;
    this.#controller?.abort();
  }

  /** Resolves after `ms`, when woken, or when the signal fires. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#isWoken && !signal.aborted) {
      const controller = new AbortController();
      this.#controller = controller;
      const any = AbortSignal.any([controller.signal, signal]);
      await pause(this.timers, ms, any);
      this.#controller = undefined;
    }
    this.#isWoken = false;
  }
}
