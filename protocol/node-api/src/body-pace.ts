// The least rate at which a body must arrive. A client that sends more slowly holds a place and memory that others need.
import { handledElsewhere } from '@cess/primitives';
import { RequestRefused } from './request-refused.js';

/** So many bytes must arrive within so much time spent on waiting for them. The end of the body is exempt. */
export interface BodyPace {
  readonly minBytes: number;
  readonly windowMs: number;
}

/** 1 KiB/s, averaged over 30 s. */
export const defaultBodyPace: BodyPace = { minBytes: 30 * 1024, windowMs: 30_000 };

/** The chunks of the body. Throws 408 when they arrive too slowly. Time that the reader spends between chunks does not count. */
export async function* pacedBody(
  body: AsyncIterable<Uint8Array>,
  { minBytes, windowMs }: BodyPace = defaultBodyPace,
): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  let bytes = 0;
  let waitedMs = 0;
  let isReading = false;
  try {
    for (;;) {
      const startedMs = performance.now();
      isReading = true;
      const next = await within(iterator.next(), windowMs - waitedMs);
      if (next === undefined) throw tooSlow();
      isReading = false;
      waitedMs += performance.now() - startedMs;
      if (next.done === true) return;
      bytes += next.value.length;
      if (bytes >= minBytes) [bytes, waitedMs] = [0, 0];
      else if (waitedMs > windowMs) throw tooSlow();
      yield next.value;
    }
  } finally {
    const returned = iterator.return?.();
    // A body that waits for its next chunk ends only when the connection does.
    if (returned !== undefined && isReading) handledElsewhere(returned);
    else await returned;
  }
}

function tooSlow(): RequestRefused {
  return new RequestRefused(408, 'BODY_TOO_SLOW', 'The body arrives too slowly.');
}

/** The value, or undefined when it does not come in time. */
async function within<T>(value: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  handledElsewhere(value);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    // When the event loop was busy, bytes may have arrived already: they are processed before the timeout.
    timer = setTimeout(() => setImmediate(() => resolve(undefined)), Math.max(timeoutMs, 0));
  });
  try {
    return await Promise.race([value, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
