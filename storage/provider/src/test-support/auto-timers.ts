// Time that passes only when somebody sleeps, and then at once.
import { CessError, type Timers } from '@cess/primitives';

export class AutoTimers implements Timers {
  ms = 1_800_000_000_000;
  /** All sleeps so far. */
  readonly slept: number[] = [];

  nowMs(): number {
    return this.ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const aborted = () => new CessError('ABORTED', 'The operation was aborted.');
    if (signal?.aborted) throw aborted();
    this.slept.push(ms);
    await turn();
    if (signal?.aborted) throw aborted();
    this.ms += ms;
  }
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}
