// Limits for waiting on a gateway: an answer that does not begin, and a body of which no byte comes. A fetch does not say how much of
// a request is sent, so the time for the answer grows with the bytes of the request.
import { CessError, handledElsewhere } from '@cess/primitives';

/** An upload that is slower than this counts as one that stands. */
const slowestBytesPerSecond = 16 * 1024;

export function answerLimitMs(idleTimeoutMs: number, requestBytes: number): number {
  return idleTimeoutMs + Math.ceil((requestBytes * 1000) / slowestBytesPerSecond);
}

/** Runs with a signal that fires when the time is over, or when `signal` fires. Throws `STORAGE_TIMEOUT`, and what `run` throws. */
export async function withinMs<T>(
  { limitMs, signal }: { readonly limitMs: number; readonly signal: AbortSignal | undefined },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), limitMs);
  try {
    return await run(signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]));
  } catch (cause) {
    if (over.signal.aborted && signal?.aborted !== true) throw timeout(limitMs, cause);
    throw cause;
  } finally {
    clearTimeout(timer);
  }
}

/** The same answer; reading its body throws `STORAGE_TIMEOUT` when no byte comes for this time. Waiting for the reader does not count. */
export function withIdleLimit(response: Response, idleTimeoutMs: number): Response {
  const reader = response.body?.getReader();
  if (reader === undefined) return response;
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await readWithin(reader, idleTimeoutMs);
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}

type BodyReader = ReadableStreamDefaultReader<Uint8Array>;

async function readWithin(reader: BodyReader, limitMs: number): ReturnType<BodyReader['read']> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timeout(limitMs)), limitMs);
  });
  try {
    return await Promise.race([reader.read(), over]);
  } catch (error) {
    // Frees the connection; the error is thrown.
    handledElsewhere(reader.cancel(error));
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function timeout(limitMs: number, cause?: unknown): CessError {
  const message = `The gateway did not answer: nothing arrived for ${Math.round(limitMs / 1000)} s.`;
  return new CessError('STORAGE_TIMEOUT', message, { limitMs }, { cause });
}
