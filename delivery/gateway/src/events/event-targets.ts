// The webhook targets of a gateway as buckets name them. Every account sees a target under its own account id:
// `arn:aws:sqs:<region>:<account>:<name>` in a QueueConfiguration, `arn:aws:sns:…` in a TopicConfiguration.
import type { NotificationRule } from '../s3/configurations/notification.js';
import type { WebhookTarget } from '../webhooks/webhook-target.js';

const services: Readonly<Partial<Record<NotificationRule['kind'], string>>> = {
  QueueConfiguration: 'sqs',
  TopicConfiguration: 'sns',
};

export class EventTargets {
  readonly #targets: ReadonlyMap<string, WebhookTarget>;

  constructor(
    targets: readonly WebhookTarget[],
    private readonly region: string,
  ) {
    this.#targets = new Map(targets.map((target) => [target.name, target]));
  }

  /** The target that a rule of a bucket of `account` names, if the account may use it. */
  find({ kind, arn }: Pick<NotificationRule, 'kind' | 'arn'>, account: string): WebhookTarget | undefined {
    const target = this.#targets.get(arn.slice(arn.lastIndexOf(':') + 1));
    const service = services[kind];
    if (target === undefined || service === undefined) return undefined;
    if (arn !== `arn:aws:${service}:${this.region}:${account}:${target.name}`) return undefined;
    return target.accounts === undefined || target.accounts.includes(account) ? target : undefined;
  }
}
