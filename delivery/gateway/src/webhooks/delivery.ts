// Delivers the queue of one target: several messages at a time, those of one lane in their order, each until the receiver has it or
// it is too old. What has been delivered leaves the queue, so a crash at any point sends a message once more at most.
import type { MessageQueues, StoredMessage } from '@cess/object-index';
import { BackgroundLoop, type BackgroundPorts, messageOf, type Startable } from '@cess/primitives';
import type { DeliveryCounters } from './delivery-counters.js';
import { QueueScan, type Retry } from './queue-scan.js';
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

const concurrency = 8;
const defaultPauses = { leastMs: 1_000, mostMs: 300_000 };
/** Longest pause until the queue is looked at again, also without a trigger: messages get too old meanwhile. */
const periodMs = 60_000;
/** The same while other gateways queue messages, too: no trigger tells of them. */
const sharedPeriodMs = 1_000;

export class Delivery implements Startable {
  readonly #loop: BackgroundLoop;
  readonly #scan: QueueScan;
  /** Of the target as a whole. */
  #pause: Retry = { failures: 0, notBeforeMs: 0 };

  constructor(private readonly init: DeliveryInit) {
    const { target, queues, counters, logger } = init;
    this.#scan = new QueueScan({
      queues,
      queue: target.name,
      maxAgeMs: target.maxAgeMs ?? defaultMaxAgeMs,
      onUnreadable: (error) => {
        counters.dropped(target.name, 'unreadable');
        const fields = { target: target.name, cause: messageOf(error) };
        logger.error(fields, 'a queued message cannot be read; it is dropped');
      },
    });
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
    if (!this.#isPaused) this.#loop.trigger();
  }

  get #isPaused(): boolean {
    return this.#pause.notBeforeMs > this.init.timers.nowMs();
  }

  /** Sends one batch. */
  async run(signal: AbortSignal): Promise<'again' | undefined> {
    if (this.#isPaused) return undefined;
    let isComplete = false;
    try {
      const { lanes, expired, hasMore } = await this.#scan.next(this.init.timers.nowMs());
      await this.#drop(expired);
      isComplete = await this.#deliver(lanes, signal);
      return (hasMore || !isComplete) && !this.#isPaused ? 'again' : undefined;
    } finally {
      if (!isComplete) this.#scan.restart();
    }
  }

  /** Sends `lanes` at most `concurrency` at a time. False: the target became unavailable, and not all were tried. */
  async #deliver(lanes: readonly (readonly StoredMessage[])[], signal: AbortSignal): Promise<boolean> {
    const waiting = [...lanes];
    let isUnavailable = false;
    const work = async (): Promise<void> => {
      for (let lane = waiting.shift(); lane !== undefined; lane = waiting.shift()) {
        for (const message of lane) {
          if (isUnavailable) return;
          const outcome = await this.#sendOne(message, signal);
          if (outcome === 'unavailable') isUnavailable = true;
          if (outcome !== 'delivered') break;
        }
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return !isUnavailable;
  }

  async #sendOne(message: StoredMessage, signal: AbortSignal): Promise<'delivered' | 'rejected' | 'unavailable'> {
    const { target, sender, queues, counters, timers, logger } = this.init;
    const outcome = await sender.send(message, signal);
    counters.attempted(target.name, outcome.result);
    const fields = { target: target.name, message: message.id };
    if (outcome.result === 'delivered') {
      this.#pause = { failures: 0, notBeforeMs: 0 };
      await queues.remove(target.name, [message.sequence]);
      this.#scan.release(message.lane);
    } else if (outcome.result === 'rejected') {
      const retry = this.#after(this.#scan.failures(message.lane));
      this.#scan.hold(message.lane, retry);
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

  async #drop(expired: readonly StoredMessage[]): Promise<void> {
    const { target, queues, counters, logger } = this.init;
    if (expired.length === 0) return;
    await queues.remove(
      target.name,
      expired.map(({ sequence }) => sequence),
    );
    counters.dropped(target.name, 'expired', expired.length);
    logger.error({ target: target.name, messages: expired.length }, 'messages were not delivered in time; dropped');
  }

  get #periodMs(): number {
    return this.init.gate === undefined ? periodMs : sharedPeriodMs;
  }

  #restMs(): number {
    const nowMs = this.init.timers.nowMs();
    const untilMs = this.#isPaused ? this.#pause.notBeforeMs : (this.#scan.returnsAtMs ?? nowMs + this.#periodMs);
    return Math.max(1, untilMs - nowMs);
  }
}
