// Figures about messages to webhooks, by target.
import type { Counter, Metrics } from '@cess/primitives';

/** `full`: the queue had no room. `unknown_target`: the configuration of the gateway no longer has the target. */
export type DropReason = 'full' | 'expired' | 'unreadable' | 'unknown_target';

export class DeliveryCounters {
  readonly #attempts: Counter<'target' | 'result'>;
  readonly #dropped: Counter<'target' | 'reason'>;

  constructor(metrics: Metrics, depths: () => readonly (readonly [target: string, messages: number])[]) {
    this.#attempts = metrics.counter({
      name: 'cess_gateway_webhook_attempts_total',
      help: 'Requests to webhook targets, by target and result: delivered, rejected, unavailable',
      labels: ['target', 'result'],
    });
    this.#dropped = metrics.counter({
      name: 'cess_gateway_webhook_dropped_messages_total',
      help: 'Messages that were not delivered, by target and reason: full, expired, unreadable, unknown_target',
      labels: ['target', 'reason'],
    });
    metrics.gauge(
      {
        name: 'cess_gateway_webhook_queued_messages',
        help: 'Messages that wait for delivery, by target',
        labels: ['target'],
      },
      () => depths().map(([target, messages]) => [{ target }, messages] as const),
    );
  }

  attempted(target: string, result: string): void {
    this.#attempts.add(1, { target, result });
  }

  dropped(target: string, reason: DropReason, messages = 1): void {
    this.#dropped.add(messages, { target, reason });
  }
}
