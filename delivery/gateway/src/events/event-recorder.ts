// Turns changes of objects into events: queued for the target that the bucket names, inside the transaction of the change, and
// shown to those who listen, once the change is durable.
import { accountIdOf } from '@cess/access';
import type { AddressedMessage, ChangeFollower, MessageQueues, ObjectChange } from '@cess/object-index';
import { type Logger, messageOf } from '@cess/primitives';
import type { ConfigurationCache } from '../s3/configurations/configuration-cache.js';
import { type Notifications, notificationConfiguration, ruleFor } from '../s3/configurations/notification.js';
import type { DeliveryCounters } from '../webhooks/delivery-counters.js';
import { defaultMaxQueued, type WebhookTarget } from '../webhooks/webhook-target.js';
import { eventOf } from './event-names.js';
import { eventBody, eventRecord, sequencerOf } from './event-record.js';
import type { EventTargets } from './event-targets.js';

export interface EventRecorderInit {
  readonly targets: EventTargets;
  readonly queues: Pick<MessageQueues, 'depth'>;
  readonly configurations: ConfigurationCache;
  readonly counters: DeliveryCounters;
  readonly region: string;
  readonly logger: Logger;
  /** A message was queued. */
  readonly onQueued: (target: string) => void;
  /** An event of any bucket, whether a target gets it or not. */
  readonly onEvent: (eventName: string, change: ObjectChange) => void;
}

/** Bound of the names that the recorder remembers. */
const maxReported = 1_000;

export class EventRecorder implements ChangeFollower {
  /** Targets that are full or unknown now, so that the log has one line when it begins. */
  readonly #reported = new Set<string>();

  constructor(private readonly init: EventRecorderInit) {}

  messagesOf(change: ObjectChange): readonly AddressedMessage[] {
    const eventName = eventOf(change);
    const rule = eventName === undefined ? undefined : ruleFor(this.#rulesOf(change), eventName, change.name.key);
    if (eventName === undefined || rule === undefined) return [];
    const target = this.init.targets.find(rule, accountIdOf(change.bucket.owner));
    const name = target?.name ?? rule.arn;
    if (!this.#hasRoom(target, name)) return [];
    const record = eventRecord(eventName, change, { region: this.init.region, configurationId: rule.id });
    const { bucket, key } = change.name;
    const id = `evt_${sequencerOf(change.sequence)}`;
    const message = { id, createdAtMs: change.timeMs, lane: `${bucket}/${key}`, body: eventBody(record) };
    return [{ queue: name, message }];
  }

  committed(change: ObjectChange): void {
    const eventName = eventOf(change);
    if (eventName === undefined) return;
    this.init.onEvent(eventName, change);
    const rule = ruleFor(this.#rulesOf(change), eventName, change.name.key);
    const target = rule === undefined ? undefined : this.init.targets.find(rule, accountIdOf(change.bucket.owner));
    if (target !== undefined) this.init.onQueued(target.name);
  }

  #hasRoom(target: WebhookTarget | undefined, name: string): boolean {
    const { queues, counters, logger } = this.init;
    const isFull = target !== undefined && queues.depth(name) >= (target.maxQueued ?? defaultMaxQueued);
    if (target !== undefined && !isFull) {
      this.#reported.delete(name);
      return true;
    }
    counters.dropped(target?.name ?? 'unknown', isFull ? 'full' : 'unknown_target');
    if (!this.#reported.has(name) && this.#reported.size < maxReported) {
      const reason = isFull ? 'its queue is full' : 'the configuration of the gateway does not have it';
      logger.error({ target: name, reason }, 'events for a webhook target are dropped');
      this.#reported.add(name);
    }
    return false;
  }

  /** A stored document that cannot be read must not refuse the change. */
  #rulesOf({ name, bucket }: ObjectChange): Notifications {
    const none: Notifications = { rules: [] };
    try {
      return this.init.configurations.read(notificationConfiguration, { name: name.bucket, record: bucket }) ?? none;
    } catch (error) {
      const fields = { bucket: name.bucket, cause: messageOf(error) };
      this.init.logger.error(fields, 'the notification configuration of a bucket cannot be read');
      return none;
    }
  }
}
