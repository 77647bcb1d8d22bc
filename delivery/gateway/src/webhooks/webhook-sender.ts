// Sends one message to one target: a signed POST with a bound on time and answer. Redirects are not followed, and connections go
// only to addresses that the target may have.
import * as http from 'node:http';
import * as https from 'node:https';
import { isCessError, messageOf } from '@cess/primitives';
import { assertLiteralAllowed, guardedLookup, type ResolveName } from './guarded-lookup.js';
import { type SignedMessage, webhookHeaders } from './signature.js';
import { AddressRules } from './special-addresses.js';
import { defaultTimeoutMs, type WebhookTarget } from './webhook-target.js';

/**
 * `rejected`: the receiver refuses this message; others may pass. `unavailable`: the receiver cannot be reached, or asks to wait.
 */
export type SendOutcome =
  | { readonly result: 'delivered' }
  | { readonly result: 'rejected'; readonly reason: string }
  | { readonly result: 'unavailable'; readonly reason: string; readonly retryAfterMs?: number };

export interface WebhookSenderInit {
  readonly target: WebhookTarget;
  readonly nowMs: () => number;
  /** Default: by the system. */
  readonly resolve?: ResolveName;
}

/** Bytes of an answer that are read, so that its connection can be used again. */
const maxAnswerBytes = 64 * 1024;
const maxSockets = 16;
const longestRetryAfterMs = 3600 * 1000;

export class WebhookSender {
  readonly #url: URL;
  readonly #rules: AddressRules;
  readonly #agent: http.Agent | https.Agent;

  constructor(private readonly init: WebhookSenderInit) {
    const { url, allowedAddresses } = init.target;
    this.#url = new URL(url);
    this.#rules = new AddressRules(allowedAddresses);
    const options = { keepAlive: true, maxSockets, lookup: guardedLookup(this.#rules, init.resolve) };
    this.#agent = this.#isSecure ? new https.Agent(options) : new http.Agent(options);
  }

  get #isSecure(): boolean {
    return this.#url.protocol === 'https:';
  }

  /** Rejects only when `signal` is aborted. */
  async send(message: SignedMessage, signal: AbortSignal): Promise<SendOutcome> {
    const { target } = this.init;
    const timeout = AbortSignal.timeout(target.timeoutMs ?? defaultTimeoutMs);
    try {
      assertLiteralAllowed(this.#url.hostname, this.#rules);
      return outcomeOf(await this.#post(message, AbortSignal.any([signal, timeout])), this.init.nowMs());
    } catch (error) {
      signal.throwIfAborted();
      const reason = timeout.aborted ? 'the request timed out' : causeOf(error);
      return { result: 'unavailable', reason };
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #post(message: SignedMessage, signal: AbortSignal): Promise<http.IncomingMessage> {
    const { request } = this.#isSecure ? https : http;
    const headers = {
      'content-type': 'application/json',
      'content-length': message.body.length,
      'user-agent': 'CESS-Gateway',
      ...webhookHeaders(this.init.target.key, message, this.init.nowMs()),
    };
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const sent = request(this.#url, { method: 'POST', agent: this.#agent, headers, signal }, resolve);
      sent.on('error', reject);
      sent.end(message.body);
    });
    await discard(answer);
    return answer;
  }
}

/** Reads the answer up to the bound, and closes the connection of a longer one. */
async function discard(answer: http.IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxAnswerBytes) break;
  }
}

function outcomeOf({ statusCode = 0, headers }: http.IncomingMessage, nowMs: number): SendOutcome {
  if (statusCode >= 200 && statusCode < 300) return { result: 'delivered' };
  const reason = `the receiver answered ${statusCode}`;
  if (statusCode === 429 || statusCode >= 500) {
    const retryAfterMs = retryAfter(headers['retry-after'], nowMs);
    return { result: 'unavailable', reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  return { result: 'rejected', reason };
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const waitMs = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(0, waitMs), longestRetryAfterMs);
}

function causeOf(error: unknown): string {
  if (isCessError(error, 'WEBHOOK_ADDRESS_REFUSED')) return error.message;
  const code = (error as NodeJS.ErrnoException).code;
  return code === undefined ? messageOf(error) : `${code}: ${messageOf(error)}`;
}
