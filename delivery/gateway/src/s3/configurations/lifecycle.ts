// The lifecycle rules of a bucket: XML in and out. @cess/access validates them and decides what is due.
import {
  type LifecycleConfiguration,
  type LifecycleExpiration,
  type LifecycleFilter,
  type LifecycleRule,
  type LifecycleTransition,
  type NoncurrentTransition,
  parseLifecycle,
  type RawExpiration,
  type RawFilter,
  type RawLifecycleRule,
  type RawNoncurrent,
  type RawPredicates,
  type RawTransition,
  storageClasses,
} from '@cess/access';
import { isStorageClass, standardClasses } from '../../storage-classes.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { childrenOf, document, element, parseXml, textFields, type XmlNode } from '../xml.js';
import type { BucketConfiguration, NamedBucket } from './configuration.js';
import { requireNoMfaDelete } from './mfa-delete.js';

const root = 'LifecycleConfiguration';
const predicates = ['Prefix', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan'] as const;
const ruleParts = [
  'Filter',
  'Expiration',
  'Transition',
  'NoncurrentVersionExpiration',
  'NoncurrentVersionTransition',
  'AbortIncompleteMultipartUpload',
];

export const lifecycleConfiguration: BucketConfiguration<LifecycleConfiguration> = {
  name: 'lifecycle',
  maxBytes: 1024 * 1024,
  parse: (body) => {
    const content = parseXml(body, root);
    textFields(content, [], ['Rule']);
    return parseLifecycle(childrenOf(content, 'Rule').map(readRule));
  },
  serialise: ({ rules }) => document(root, rules.map(ruleElement).join('')),
  contentType: 'application/xml',
  notFound: 'NoSuchLifecycleConfiguration',
  requireFit: requireNoMfaDelete,
};

/** Throws InvalidStorageClass for a rule that leads to a class which new objects cannot have now. */
export function requireOfferedTargets(
  { classes }: Pick<S3Context, 'classes'>,
  _bucket: NamedBucket,
  { rules }: LifecycleConfiguration,
): void {
  for (const { transitions, noncurrentTransitions } of rules)
    for (const { storageClass } of [...transitions, ...noncurrentTransitions]) classes.require(storageClass);
}

function readRule(node: XmlNode): RawLifecycleRule {
  const { ID: id, Status: status, Prefix: prefix } = textFields(node, ['ID', 'Status', 'Prefix'], ruleParts);
  const noncurrent = only(node, 'NoncurrentVersionExpiration');
  const abort = only(node, 'AbortIncompleteMultipartUpload');
  const expiration = only(node, 'Expiration');
  const filter = only(node, 'Filter');
  return {
    id,
    status,
    prefix,
    filter: filter === undefined ? undefined : readFilter(filter),
    expiration: expiration === undefined ? undefined : readExpiration(expiration),
    transitions: readTransitions(node),
    noncurrentVersionTransitions: readNoncurrentTransitions(node),
    noncurrentVersionExpiration: noncurrent === undefined ? undefined : readNoncurrent(noncurrent),
    abortIncompleteMultipartUpload:
      abort === undefined
        ? undefined
        : { daysAfterInitiation: textFields(abort, ['DaysAfterInitiation']).DaysAfterInitiation?.trim() },
  };
}

/** A rule that is accepted must be carried out: its class has to exist here. */
function readTransitions(node: XmlNode): RawTransition[] {
  return childrenOf(node, 'Transition').map((transition) => {
    const fields = textFields(transition, ['Days', 'Date', 'StorageClass']);
    return { days: fields.Days?.trim(), date: fields.Date?.trim(), storageClass: requireClass(fields.StorageClass) };
  });
}

function readNoncurrentTransitions(node: XmlNode): RawNoncurrent[] {
  return childrenOf(node, 'NoncurrentVersionTransition').map((transition) => {
    const fields = textFields(transition, ['NoncurrentDays', 'NewerNoncurrentVersions', 'StorageClass']);
    return {
      noncurrentDays: fields.NoncurrentDays?.trim(),
      newerNoncurrentVersions: fields.NewerNoncurrentVersions?.trim(),
      storageClass: requireClass(fields.StorageClass),
    };
  });
}

/** Throws InvalidStorageClass for a class of Amazon that the gateway does not have. */
function requireClass(text: string | undefined): string | undefined {
  const name = text?.trim();
  if (name === undefined || isStorageClass(name) || !storageClasses.some((known) => known === name)) return name;
  throw new S3Error('InvalidStorageClass', {
    message: `This gateway has the storage classes ${standardClasses.join(', ')}.`,
    details: { StorageClassRequested: name },
  });
}

function readFilter(node: XmlNode): RawFilter {
  const own = readPredicates(node, ['And']);
  const and = only(node, 'And');
  return and === undefined ? own : { ...own, and: readPredicates(and, []) };
}

function readPredicates(node: XmlNode, others: readonly string[]): RawPredicates {
  const fields = textFields(node, predicates, ['Tag', ...others]);
  const tags = childrenOf(node, 'Tag').map((tag) => {
    const { Key: key, Value: value } = textFields(tag, ['Key', 'Value']);
    return { key, value };
  });
  return {
    prefix: fields.Prefix,
    objectSizeGreaterThan: fields.ObjectSizeGreaterThan?.trim(),
    objectSizeLessThan: fields.ObjectSizeLessThan?.trim(),
    tags,
  };
}

function readExpiration(node: XmlNode): RawExpiration {
  const fields = textFields(node, ['Days', 'Date', 'ExpiredObjectDeleteMarker']);
  return {
    days: fields.Days?.trim(),
    date: fields.Date?.trim(),
    expiredObjectDeleteMarker: fields.ExpiredObjectDeleteMarker?.trim(),
  };
}

function readNoncurrent(node: XmlNode): RawNoncurrent {
  const fields = textFields(node, ['NoncurrentDays', 'NewerNoncurrentVersions']);
  return {
    noncurrentDays: fields.NoncurrentDays?.trim(),
    newerNoncurrentVersions: fields.NewerNoncurrentVersions?.trim(),
  };
}

function only(node: XmlNode, name: string): XmlNode | undefined {
  const [child, ...more] = childrenOf(node, name);
  if (more.length > 0) throw new S3Error('MalformedXML');
  return child;
}

function ruleElement(rule: LifecycleRule): string {
  const { expiration, transitions, noncurrentExpiration, noncurrentTransitions, abortUploadsAfterDays } = rule;
  const noncurrent =
    noncurrentExpiration === undefined
      ? ''
      : `<NoncurrentVersionExpiration>${element('NoncurrentDays', noncurrentExpiration.noncurrentDays)}${element('NewerNoncurrentVersions', noncurrentExpiration.newerNoncurrentVersions)}</NoncurrentVersionExpiration>`;
  const abort =
    abortUploadsAfterDays === undefined
      ? ''
      : `<AbortIncompleteMultipartUpload>${element('DaysAfterInitiation', abortUploadsAfterDays)}</AbortIncompleteMultipartUpload>`;
  const fields = [
    element('ID', rule.id),
    element('Status', rule.isEnabled ? 'Enabled' : 'Disabled'),
    `<Filter>${filterContent(rule.filter)}</Filter>`,
    expiration === undefined ? '' : `<Expiration>${expirationContent(expiration)}</Expiration>`,
    ...transitions.map(transitionElement),
    noncurrent,
    ...noncurrentTransitions.map(noncurrentTransitionElement),
    abort,
  ];
  return `<Rule>${fields.join('')}</Rule>`;
}

function transitionElement(transition: LifecycleTransition): string {
  const when =
    'days' in transition
      ? element('Days', transition.days)
      : element('Date', new Date(transition.dateMs).toISOString());
  return `<Transition>${when}${element('StorageClass', transition.storageClass)}</Transition>`;
}

function noncurrentTransitionElement(transition: NoncurrentTransition): string {
  const { noncurrentDays, newerNoncurrentVersions, storageClass } = transition;
  return `<NoncurrentVersionTransition>${element('NoncurrentDays', noncurrentDays)}${element('NewerNoncurrentVersions', newerNoncurrentVersions)}${element('StorageClass', storageClass)}</NoncurrentVersionTransition>`;
}

function filterContent({ prefix, tags = [], sizeGreaterThan, sizeLessThan }: LifecycleFilter): string {
  const parts = [
    element('Prefix', prefix),
    ...tags.map(({ key, value }) => `<Tag>${element('Key', key)}${element('Value', value)}</Tag>`),
    element('ObjectSizeGreaterThan', sizeGreaterThan),
    element('ObjectSizeLessThan', sizeLessThan),
  ].filter((part) => part !== '');
  if (parts.length === 0) return element('Prefix', '');
  return parts.length === 1 ? parts.join('') : `<And>${parts.join('')}</And>`;
}

function expirationContent(expiration: LifecycleExpiration): string {
  if ('days' in expiration) return element('Days', expiration.days);
  if ('dateMs' in expiration) return element('Date', new Date(expiration.dateMs).toISOString());
  return element('ExpiredObjectDeleteMarker', expiration.expiredObjectDeleteMarker);
}
