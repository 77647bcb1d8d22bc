// Sends messages of one signal over OTLP/HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp). Answers 429, 502, 503 and 504, and
// connections that fail, are retried with back-off or after the pause that the receiver asks for; other errors are not.
// Answers are bounded, redirects are not followed, and headers are never logged.
import { type Logger, messageOf, pause, type Rng, type Timers } from '@cess/primitives';

export interface OtlpReceiver {
  /** Base URL; the path of the signal is appended. */
  readonly endpoint: string;
  /** Sent with every message, for instance for authorization. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface OtlpSenderInit {
  readonly receiver: OtlpReceiver;
  readonly signal: 'traces' | 'metrics';
  readonly timers: Timers;
  /** Jitter of pauses. */
  readonly rng: Rng;
  readonly logger: Logger;
}

export type SendOutcome =
  /** `rejectedItems`: spans or data points that the receiver did not take. */
  | { readonly result: 'delivered'; readonly rejectedItems: number }
  | { readonly result: 'rejected' }
  | { readonly result: 'unavailable' }
  /** `retrying` was aborted before the message was delivered. */
  | { readonly result: 'interrupted' };

export interface SendSignals {
  /** Aborted: no further attempt, and the pause under way ends. */
  readonly retrying: AbortSignal;
  /** Aborted: the attempt under way ends, too. */
  readonly sending: AbortSignal;
}

type Attempt =
  | { readonly result: 'delivered'; readonly rejectedItems: number }
  | { readonly result: 'rejected'; readonly cause: string }
  | { readonly result: 'unavailable'; readonly cause: string; readonly pauseMs?: number };

const maxAttempts = 5;
const attemptTimeoutMs = 10_000;
const firstPauseMs = 1_000;
/** A receiver that asks for a longer pause than this gives up the message. */
const longestPauseMs = 60_000;
const maxAnswerBytes = 64 * 1024;
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export class OtlpSender {
  readonly #url: string;
  /** Why messages cannot be delivered; it is logged when it changes. */
  #problem: string | undefined;

  constructor(private readonly init: OtlpSenderInit) {
    this.#url = `${init.receiver.endpoint.replace(/\/+$/, '')}/v1/${init.signal}`;
  }

  /** Never rejects. */
  async send(message: object, { retrying, sending }: SendSignals): Promise<SendOutcome> {
    const body = JSON.stringify(message);
    for (let attempts = 1; ; attempts++) {
      const attempt = await this.#attempt(body, sending);
      this.#note(attempt);
      if (attempt.result !== 'unavailable') return attempt;
      if (retrying.aborted) return { result: 'interrupted' };
      const pauseMs = attempt.pauseMs ?? this.#backOffMs(attempts);
      if (attempts === maxAttempts || pauseMs > longestPauseMs) return { result: 'unavailable' };
      await pause(this.init.timers, pauseMs, retrying);
      if (retrying.aborted) return { result: 'interrupted' };
    }
  }

  async #attempt(body: string, sending: AbortSignal): Promise<Attempt> {
    const { headers } = this.init.receiver;
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'CESS' },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([sending, AbortSignal.timeout(attemptTimeoutMs)]),
      });
      const answer = await readAtMost(response, maxAnswerBytes);
      if (response.ok) return { result: 'delivered', rejectedItems: rejectedItemsOf(answer) };
      const cause = `the receiver answers ${response.status}`;
      if (!retryable.has(response.status)) return { result: 'rejected', cause };
      const pauseMs = retryAfterMs(response.headers.get('retry-after'), this.init.timers.nowMs());
      return { result: 'unavailable', cause, ...(pauseMs === undefined ? {} : { pauseMs }) };
    } catch (error) {
      const { cause } = error as { cause?: unknown };
      return { result: 'unavailable', cause: messageOf(cause ?? error) };
    }
  }

  /** Doubles with each attempt, of which up to half is left out by chance. */
  #backOffMs(attempts: number): number {
    const [random = 0] = this.init.rng.bytes(1);
    return Math.round(firstPauseMs * 2 ** (attempts - 1) * (1 - random / 512));
  }

  #note(attempt: Attempt): void {
    const { logger, signal } = this.init;
    const problem = attempt.result === 'delivered' ? undefined : attempt.cause;
    if (problem === this.#problem) return;
    this.#problem = problem;
    if (problem === undefined) logger.info({ signal }, 'OpenTelemetry messages are delivered again');
    else logger.warn({ signal, cause: problem }, 'OpenTelemetry messages cannot be delivered');
  }
}

/** The text of an answer; undefined if it is longer. */
async function readAtMost({ body }: Response, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Of a partial success. An answer that says nothing about it, or cannot be read, took all. */
function rejectedItemsOf(answer: string | undefined): number {
  try {
    const { partialSuccess = {} } = JSON.parse(answer ?? '{}') as {
      partialSuccess?: { rejectedSpans?: unknown; rejectedDataPoints?: unknown };
    };
    const count = Number(partialSuccess.rejectedSpans ?? partialSuccess.rejectedDataPoints ?? 0);
    return Number.isSafeInteger(count) && count > 0 ? count : 0;
  } catch {
    return 0;
  }
}

/** A number of seconds, or a date. */
function retryAfterMs(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
