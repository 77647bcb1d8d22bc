// The notification configuration of a bucket: which events go to which target. Targets are declared by the operator and named by
// ARNs (ADR 62); whether a target exists is checked when the configuration is stored, not here.
import { randomUUID } from 'node:crypto';
import { isEventPattern, matchesEvent, patternsOverlap } from '../../events/event-names.js';
import { S3Error } from '../errors.js';
import { childrenOf, document, element, parseXml, textFields, type XmlNode } from '../xml.js';
import type { BucketConfiguration } from './configuration.js';

const root = 'NotificationConfiguration';

/** The element of a configuration, and the element in it that names the target. */
const kinds = {
  TopicConfiguration: 'Topic',
  QueueConfiguration: 'Queue',
  CloudFunctionConfiguration: 'CloudFunction',
} as const;
type Kind = keyof typeof kinds;

export interface NotificationRule {
  readonly id: string;
  readonly kind: Kind;
  readonly arn: string;
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
}

export interface Notifications {
  readonly rules: readonly NotificationRule[];
}

const maxRules = 100;
const maxFilterLength = 1024;

export const notificationConfiguration: BucketConfiguration<Notifications> = {
  name: 'notification',
  maxBytes: 256 * 1024,
  parse: (body) => {
    const content = parseXml(body, root);
    textFields(content, [], [...Object.keys(kinds), 'EventBridgeConfiguration']);
    if (childrenOf(content, 'EventBridgeConfiguration').length > 0) {
      const message = 'This gateway has no EventBridge. Name a webhook target of the gateway in a QueueConfiguration.';
      throw new S3Error('InvalidArgument', { message });
    }
    const rules = (Object.keys(kinds) as Kind[]).flatMap((kind) =>
      childrenOf(content, kind).map((node) => readRule(node, kind)),
    );
    checkRules(rules);
    return { rules };
  },
  serialise: ({ rules }) => document(root, rules.map(ruleElement).join('')),
  contentType: 'application/xml',
  notFound: 'InternalError',
  initial: { rules: [] },
};

/** The rule that an event of a key falls under. Rules do not overlap, so there is one at most. */
export function ruleFor({ rules }: Notifications, eventName: string, key: string): NotificationRule | undefined {
  return rules.find(
    ({ events, prefix, suffix }) =>
      key.startsWith(prefix) && key.endsWith(suffix) && events.some((pattern) => matchesEvent(pattern, eventName)),
  );
}

function readRule(node: XmlNode, kind: Kind): NotificationRule {
  const target = kinds[kind];
  const { Id: id, [target]: arn } = textFields(node, ['Id', target], ['Event', 'Filter']);
  const events = childrenOf(node, 'Event').map((event) => (typeof event === 'string' ? event.trim() : ''));
  const unknown = events.find((event) => !isEventPattern(event));
  if (arn === undefined || events.length === 0) throw new S3Error('MalformedXML');
  if (unknown !== undefined) {
    const message = 'A specified event is not supported for notifications.';
    throw new S3Error('InvalidArgument', {
      message,
      details: { ArgumentName: 'Event', ArgumentValue: unknown.slice(0, 255) },
    });
  }
  if ((id ?? '').length > 255) throw new S3Error('InvalidArgument', { message: 'An Id has at most 255 characters.' });
  return { id: id ?? randomUUID(), kind, arn: arn.trim(), events: [...new Set(events)], ...readFilter(node) };
}

function readFilter(rule: XmlNode): Pick<NotificationRule, 'prefix' | 'suffix'> {
  const found: { prefix?: string; suffix?: string } = {};
  for (const filter of childrenOf(rule, 'Filter')) {
    textFields(filter, [], ['S3Key']);
    for (const s3Key of childrenOf(filter, 'S3Key')) {
      textFields(s3Key, [], ['FilterRule']);
      for (const node of childrenOf(s3Key, 'FilterRule')) {
        const { Name: name = '', Value: value = '' } = textFields(node, ['Name', 'Value']);
        const side = name.trim().toLowerCase();
        if (side !== 'prefix' && side !== 'suffix')
          throw new S3Error('InvalidArgument', { message: 'filter rule name must be either prefix or suffix' });
        if (found[side] !== undefined)
          throw new S3Error('InvalidArgument', {
            message: `Cannot specify more than one ${side} rule in a filter.`,
          });
        if (Buffer.byteLength(value) > maxFilterLength)
          throw new S3Error('InvalidArgument', {
            message: 'Size of filter rule value cannot exceed 1024 bytes in UTF-8',
          });
        found[side] = value;
      }
    }
  }
  return { prefix: found.prefix ?? '', suffix: found.suffix ?? '' };
}

function checkRules(rules: readonly NotificationRule[]): void {
  if (rules.length > maxRules)
    throw new S3Error('InvalidArgument', { message: `A bucket has at most ${maxRules} notification configurations.` });
  for (const [index, one] of rules.entries()) {
    for (const other of rules.slice(0, index)) {
      if (one.id === other.id)
        throw new S3Error('InvalidArgument', {
          message: 'Same ID used for multiple configurations. IDs must be unique',
        });
      if (rulesOverlap(one, other)) {
        throw new S3Error('InvalidArgument', {
          message:
            'Configurations overlap. Configurations on the same bucket cannot share a common event type when their prefixes and suffixes overlap.',
        });
      }
    }
  }
}

/** Whether one event of one key could fall under both. */
function rulesOverlap(one: NotificationRule, other: NotificationRule): boolean {
  const prefixes = one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix);
  const suffixes = one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix);
  const events = one.events.some((event) => other.events.some((another) => patternsOverlap(event, another)));
  return prefixes && suffixes && events;
}

function ruleElement({ id, kind, arn, events, prefix, suffix }: NotificationRule): string {
  const filterRule = (name: string, value: string) =>
    value === '' ? '' : `<FilterRule>${element('Name', name)}${element('Value', value)}</FilterRule>`;
  const filters = `${filterRule('Prefix', prefix)}${filterRule('Suffix', suffix)}`;
  const filter = filters === '' ? '' : `<Filter><S3Key>${filters}</S3Key></Filter>`;
  const names = events.map((event) => element('Event', event)).join('');
  return `<${kind}>${element('Id', id)}${element(kinds[kind], arn)}${names}${filter}</${kind}>`;
}
