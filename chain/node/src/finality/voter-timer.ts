// Wakes the voter at the time it named last. It names another time with almost every vote, mostly a later one: a pause under way goes on
// after its end. A pause that would end too late is left to end for nothing, because ending it early costs more.
import { setMaxListeners } from 'node:events';
import { pause, type Timers } from '@cess/primitives';

export class VoterTimer {
  readonly #stopping = new AbortController();
  #endsMs: number | undefined;
  #atMs = 0;
  /** Grows with each pause that takes the place of one under way. */
  #turn = 0;

  constructor(
    private readonly timers: Timers,
    private readonly onDue: () => void,
  ) {
    setMaxListeners(0, this.#stopping.signal);
  }

  /** Replaces the time named before. Rejects with what `onDue` throws. */
  async wakeAt(atMs: number): Promise<void> {
    this.#atMs = atMs;
    if (this.#endsMs !== undefined && this.#endsMs <= atMs) return;
    const turn = ++this.#turn;
    do {
      const nowMs = this.timers.nowMs();
      this.#endsMs = Math.max(nowMs, this.#atMs);
      await pause(this.timers, this.#endsMs - nowMs, this.#stopping.signal);
      if (this.#turn !== turn || this.#stopping.signal.aborted) return;
    } while (this.timers.nowMs() < this.#atMs);
    this.#endsMs = undefined;
    this.onDue();
  }

  stop(): void {
    this.#stopping.abort();
  }
}
