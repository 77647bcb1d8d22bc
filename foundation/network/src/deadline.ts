// Work with a time limit, by the timers of the host.
import { aborted, createDeferred, handledElsewhere, pause, type Timers } from '@cess/primitives';

export interface Deadline {
  readonly timers: Timers;
  readonly ms: number;
  readonly signal?: AbortSignal | undefined;
  /** The error to throw when time is up. `lateMs`: how late the timer was, because this process did other work. */
  readonly onTimeout: (lateMs: number) => Error;
}

// One for all deadlines: each new reason would capture a stack.
const over = new Error('the work has ended');

/**
 * Runs `work` with a signal that fires after `ms` or with `signal`, and does not wait for `work` after that: it rejects with the
 * error of `onTimeout`, or with `ABORTED`.
 */
export async function withDeadline<T>(
  { timers, ms, signal, onTimeout }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal?.aborted === true) throw aborted();
  const controller = new AbortController();
  const isOver = new AbortController();
  const ended = createDeferred<never>();
  const end = (error: Error) => {
    ended.reject(error);
    controller.abort(error);
  };
  const onAbort = () => end(aborted());
  signal?.addEventListener('abort', onAbort, { once: true });
  const dueMs = timers.nowMs() + ms;
  const clock = pause(timers, ms, isOver.signal).then(() => {
    if (!isOver.signal.aborted) end(onTimeout(timers.nowMs() - dueMs));
  });
  const working = work(controller.signal);
  handledElsewhere(working);
  handledElsewhere(ended.promise);
  try {
    return await Promise.race([ended.promise, working]);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    isOver.abort(over);
    await clock;
  }
}
