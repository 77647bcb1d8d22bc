// Bounded waiting: every await that can hang takes an AbortSignal.
import { aborted, isAbort } from './error.js';
import { systemClock, type Timers } from './ports.js';

/** Resolves after `ms`, rejects with `ABORTED` when the signal fires first. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted());
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    const onAbort = () => {
      clearTimeout(timer);
      reject(aborted());
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

export const systemTimers: Timers = { nowMs: () => systemClock.nowMs(), sleep: delay };

/** Resolves after `ms`, or as soon as the signal fires. */
export async function pause(timers: Timers, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await timers.sleep(ms, signal);
  } catch (error) {
    if (!isAbort(error)) throw error;
  }
}

/**
 * Says that a rejection of this promise reaches its handler on another way, so that Node does not report it as unhandled:
 * the promise is awaited later, or the same failure rejects another promise that is awaited. Never for failures that
 * nothing else reports; those are logged.
 */
export function handledElsewhere(promise: Promise<unknown>): void {
  promise.catch(ignore);
}

const ignore = () => undefined;

/** A promise with its resolvers outside (Promise.withResolvers is absent in Node 20). */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

export function createDeferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
