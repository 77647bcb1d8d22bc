// Delivers the queue of one target: several messages at a time, those of one lane in their order, each until the receiver has it or
// it is too old. What has been delivered leaves the queue, so a crash at any point sends a message once more at most.
import type { MessageQueues, StoredMessage } from '@cess/object-index';
import { BackgroundLoop, type BackgroundPorts, messageOf, type Startable } from '@cess/primitives';
import type { DeliveryCounters } from './delivery-counters.js';
import type { WebhookSender } from './webhook-sender.js';
import { defaultMaxAgeMs, type WebhookTarget } from './webhook-target.js';

export interface DeliveryInit extends BackgroundPorts {
  readonly target: WebhookTarget;
  readonly queues: MessageQueues;
  readonly sender: Pick<WebhookSender, 'send' | 'close'>;
  readonly counters: DeliveryCounters;
  /** Pauses after failures; they double with each failure in a row. Default 1 s to 5 min. */
  readonly pauses?: { readonly leastMs: number; readonly mostMs: number } | undefined;
}

const windowSize = 256;
const concurrency = 8;
const defaultPauses = { leastMs: 1_000, mostMs: 300_000 };
/** Longest pause until the queue is looked at again, also without a trigger: messages get too old meanwhile. */
const periodMs = 60_000;

interface Retry {
  readonly failures: number;
  readonly notBeforeMs: number;
}

export class Delivery implements Startable {
  readonly #loop: BackgroundLoop;
  /** Messages that the receiver rejected, by sequence. At most those of one window. */
  readonly #retries = new Map<bigint, Retry>();
  /** Of the target as a whole. */
  #pause: Retry = { failures: 0, notBeforeMs: 0 };

  constructor(private readonly init: DeliveryInit) {
    this.#loop = new BackgroundLoop({
      ...init,
      name: 'webhooks',
      task: (signal) => this.run(signal),
      periodMs: () => this.#restMs(),
    });
  }

  async start(): Promise<void> {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    this.init.sender.close();
  }

  /** A message was queued. */
  trigger(): void {
    if (this.#pause.notBeforeMs <= this.init.timers.nowMs()) this.#loop.trigger();
  }

  /** One pass over the oldest messages. */
  async run(signal: AbortSignal): Promise<'again' | undefined> {
    const { queues, target, logger } = this.init;
    if (this.#pause.notBeforeMs > this.init.timers.nowMs()) return undefined;
    const window = await queues.read(target.name, windowSize, (error) => {
      this.init.counters.dropped(target.name, 'unreadable');
      logger.error({ target: target.name, cause: messageOf(error) }, 'a queued message cannot be read; it is dropped');
    });
    this.#forgetRetries(window);
    const left = await this.#dropExpired(window);
    const done = await this.#deliver(this.#due(left), signal);
    return done > 0 && this.#pause.failures === 0 ? 'again' : undefined;
  }

  /** Sends `lanes` at most `concurrency` at a time; returns how many messages left the queue. */
  async #deliver(lanes: readonly (readonly StoredMessage[])[], signal: AbortSignal): Promise<number> {
    const waiting = [...lanes];
    let done = 0;
    let isUnavailable = false;
    const work = async (): Promise<void> => {
      for (let lane = waiting.shift(); lane !== undefined; lane = waiting.shift()) {
        for (const message of lane) {
          if (isUnavailable) return;
          const outcome = await this.#sendOne(message, signal);
          if (outcome === 'unavailable') isUnavailable = true;
          if (outcome !== 'delivered') break;
          done++;
        }
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return done;
  }

  async #sendOne(message: StoredMessage, signal: AbortSignal): Promise<'delivered' | 'rejected' | 'unavailable'> {
    const { target, sender, queues, counters, timers, logger } = this.init;
    const outcome = await sender.send(message, signal);
    counters.attempted(target.name, outcome.result);
    const fields = { target: target.name, message: message.id };
    if (outcome.result === 'delivered') {
      this.#pause = { failures: 0, notBeforeMs: 0 };
      await queues.remove(target.name, [message.sequence]);
    } else if (outcome.result === 'rejected') {
      const { failures } = this.#retries.get(message.sequence) ?? { failures: 0 };
      const retry = this.#after(failures);
      this.#retries.set(message.sequence, retry);
      const cause = outcome.reason;
      logger.warn({ ...fields, cause, failures: retry.failures }, 'a webhook target rejected a message; retrying');
    } else {
      const before = this.#pause;
      const next = this.#after(before.failures);
      const { retryAfterMs = 0, reason: cause } = outcome;
      // Several requests that fail at the same time are one failure.
      if (before.notBeforeMs <= timers.nowMs())
        this.#pause = { ...next, notBeforeMs: Math.max(next.notBeforeMs, timers.nowMs() + retryAfterMs) };
      logger.warn({ ...fields, cause, queued: queues.depth(target.name) }, 'a webhook target is unavailable; retrying');
    }
    return outcome.result;
  }

  /** Exponential with jitter: between half and the whole of the pause. */
  #after(failures: number): Retry {
    const { rng, timers, pauses = defaultPauses } = this.init;
    const fullMs = Math.min(pauses.mostMs, pauses.leastMs * 2 ** Math.min(failures, 30));
    const [random = 0] = rng.bytes(1);
    return { failures: failures + 1, notBeforeMs: timers.nowMs() + Math.ceil((fullMs * (1 + random / 255)) / 2) };
  }

  /** The messages that may be sent now, by lane. A message that waits for its retry holds back those behind it in its lane. */
  #due(window: readonly StoredMessage[]): StoredMessage[][] {
    const nowMs = this.init.timers.nowMs();
    const lanes = new Map<string, StoredMessage[]>();
    const held = new Set<string>();
    for (const message of window) {
      const { lane, sequence } = message;
      if ((this.#retries.get(sequence)?.notBeforeMs ?? 0) > nowMs) held.add(lane);
      if (held.has(lane)) continue;
      const others = lanes.get(lane);
      if (others === undefined) lanes.set(lane, [message]);
      else others.push(message);
    }
    return [...lanes.values()];
  }

  async #dropExpired(window: readonly StoredMessage[]): Promise<readonly StoredMessage[]> {
    const { target, timers, queues, counters, logger } = this.init;
    const oldestMs = timers.nowMs() - (target.maxAgeMs ?? defaultMaxAgeMs);
    const expired = window.filter(({ createdAtMs }) => createdAtMs < oldestMs);
    if (expired.length === 0) return window;
    await queues.remove(
      target.name,
      expired.map(({ sequence }) => sequence),
    );
    counters.dropped(target.name, 'expired', expired.length);
    logger.error({ target: target.name, messages: expired.length }, 'messages were not delivered in time; dropped');
    return window.filter(({ createdAtMs }) => createdAtMs >= oldestMs);
  }

  #forgetRetries(window: readonly StoredMessage[]): void {
    const known = new Set(window.map(({ sequence }) => sequence));
    for (const sequence of this.#retries.keys()) if (!known.has(sequence)) this.#retries.delete(sequence);
  }

  #restMs(): number {
    const nowMs = this.init.timers.nowMs();
    if (this.#pause.failures > 0) return Math.max(1, this.#pause.notBeforeMs - nowMs);
    return Math.min(
      periodMs,
      ...[...this.#retries.values()].map(({ notBeforeMs }) => Math.max(1, notBeforeMs - nowMs)),
    );
  }
}
