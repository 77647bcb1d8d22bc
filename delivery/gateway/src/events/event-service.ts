// Events of a gateway: who records them, the targets that they go to, and the stream of those that happen now.
import type { ObjectChange, ObjectIndex, QueuedMessage } from '@cess/object-index';
import { BackgroundLoop, type BackgroundPorts, type Startable } from '@cess/primitives';
import type { ConfigurationCache } from '../s3/configurations/configuration-cache.js';
import { Delivery, type DeliveryInit } from '../webhooks/delivery.js';
import { DeliveryCounters } from '../webhooks/delivery-counters.js';
import { WebhookSender } from '../webhooks/webhook-sender.js';
import { defaultMaxQueued, type WebhookTarget } from '../webhooks/webhook-target.js';
import { EventHub } from './event-hub.js';
import { EventRecorder } from './event-recorder.js';
import { EventTargets } from './event-targets.js';

export interface EventServiceInit extends BackgroundPorts {
  readonly index: ObjectIndex;
  readonly configurations: ConfigurationCache;
  readonly targets: readonly WebhookTarget[];
  readonly region: string;
  readonly pauses?: DeliveryInit['pauses'] | undefined;
  /** A change of an object is durable. */
  readonly onChange?: (change: ObjectChange) => void;
}

/** Pause between two counts of queues that other gateways fill, too. */
const recountMs = 30_000;

export class EventService implements Startable {
  readonly targets: EventTargets;
  readonly hub: EventHub;
  readonly #counters: DeliveryCounters;
  readonly #recounting: BackgroundLoop | undefined;
  readonly #deliveries: ReadonlyMap<string, { readonly delivery: Delivery; readonly target: WebhookTarget }>;

  constructor(private readonly init: EventServiceInit) {
    const { index, configurations, region, metrics, logger, timers, targets, pauses } = init;
    const { messages: queues } = index;
    const counters = new DeliveryCounters(metrics, () =>
      targets.map(({ name }) => [name, queues.depth(name)] as const),
    );
    this.#counters = counters;
    const recount = {
      name: 'event queues',
      task: () => queues.recount(),
      periodMs: recountMs,
      firstPauseMs: recountMs,
    };
    const isShared = init.gate !== undefined && targets.length > 0;
    this.#recounting = isShared ? new BackgroundLoop({ ...init, gate: undefined, ...recount }) : undefined;
    this.targets = new EventTargets(targets, region);
    this.hub = new EventHub(region, index.backend.nextMessage(timers.nowMs()));
    const nowMs = () => timers.nowMs();
    this.#deliveries = new Map(
      targets.map((target) => {
        const sender = new WebhookSender({ target, nowMs });
        const ports = { ...init, target, queues, sender, counters };
        return [target.name, { target, delivery: new Delivery({ ...ports, pauses }) }];
      }),
    );
    index.follow(
      new EventRecorder({
        targets: this.targets,
        queues,
        configurations,
        counters,
        region,
        logger,
        onQueued: (target) => this.#deliveries.get(target)?.delivery.trigger(),
        onEvent: (eventName, change) => {
          this.hub.publish(eventName, change);
          init.onChange?.(change);
        },
      }),
    );
  }

  async start(): Promise<void> {
    const { index, logger } = this.init;
    await index.messages.recount();
    for (const name of index.messages.names()) {
      if (this.#deliveries.has(name)) continue;
      const fields = { target: name, messages: index.messages.depth(name) };
      logger.warn(fields, 'messages wait for a webhook target that the configuration does not have');
    }
    for (const { delivery } of this.#deliveries.values()) await delivery.start();
    this.#recounting?.start();
  }

  async stop(): Promise<void> {
    this.hub.stop();
    await this.#recounting?.stop();
    await Promise.all([...this.#deliveries.values()].map(({ delivery }) => delivery.stop()));
  }

  /** Queues a message for a target. False: it has no room, or the gateway has no such target. */
  async enqueue(name: string, message: QueuedMessage): Promise<boolean> {
    const found = this.#deliveries.get(name);
    const { index } = this.init;
    if (found === undefined || index.messages.depth(name) >= (found.target.maxQueued ?? defaultMaxQueued)) {
      this.#counters.dropped(found === undefined ? 'unknown' : name, found === undefined ? 'unknown_target' : 'full');
      return false;
    }
    await index.enqueue(name, message);
    found.delivery.trigger();
    return true;
  }
}
