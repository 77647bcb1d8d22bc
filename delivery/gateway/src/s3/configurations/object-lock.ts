// The object lock of a bucket: that it is enabled, and the retention that new objects get if their write states none.
import { type BucketRecord, hasObjectLock, objectLockConfiguration, type Retention } from '@cess/object-index';
import { S3Error } from '../errors.js';
import { childrenOf, document, element, parseXml, textFields, type XmlNode } from '../xml.js';
import type { BucketConfiguration, NamedBucket } from './configuration.js';
import type { ConfigurationCache } from './configuration-cache.js';

export type RetentionMode = Retention['mode'];

interface DefaultRetention {
  readonly mode: RetentionMode;
  readonly unit: 'Days' | 'Years';
  readonly count: number;
}

interface ObjectLockSettings {
  readonly defaultRetention: DefaultRetention | undefined;
}

const root = 'ObjectLockConfiguration';
/** Amazon's limits. */
const most = { Days: 36_500, Years: 100 } as const;
const dayMs = 86_400_000;

export const objectLock: BucketConfiguration<ObjectLockSettings> = {
  name: objectLockConfiguration,
  maxBytes: 8 * 1024,
  parse: (body) => {
    const content = parseXml(body, root);
    const { ObjectLockEnabled: enabled } = textFields(content, ['ObjectLockEnabled'], ['Rule']);
    const [rule, ...more] = childrenOf(content, 'Rule');
    if (enabled !== 'Enabled' || more.length > 0) throw new S3Error('MalformedXML');
    return { defaultRetention: rule === undefined ? undefined : readRule(rule) };
  },
  serialise: settingsDocument,
  contentType: 'application/xml',
  notFound: 'ObjectLockConfigurationNotFoundError',
};

/** What a bucket gets that is created with object lock. */
export const lockWithoutDefault: ObjectLockSettings = { defaultRetention: undefined };

export function settingsDocument({ defaultRetention }: ObjectLockSettings): string {
  const rule =
    defaultRetention === undefined
      ? ''
      : `<Rule><DefaultRetention>${element('Mode', defaultRetention.mode)}${element(defaultRetention.unit, defaultRetention.count)}</DefaultRetention></Rule>`;
  return document(root, `${element('ObjectLockEnabled', 'Enabled')}${rule}`);
}

/** Locks are possible only where the versions of a bucket are kept. */
export function requireVersioning({ record }: NamedBucket): void {
  if (record.versioning === 'enabled') return;
  throw new S3Error('InvalidBucketState', {
    message: "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
  });
}

export function requireObjectLock(bucket: Pick<BucketRecord, 'configurations'>): void {
  if (hasObjectLock(bucket)) return;
  throw new S3Error('InvalidRequest', { message: 'Bucket is missing Object Lock Configuration' });
}

/** The retention of an object that is written at `nowMs` and states none. */
export function defaultRetention(
  configurations: ConfigurationCache,
  bucket: NamedBucket,
  nowMs: number,
): Retention | undefined {
  const stated = configurations.read(objectLock, bucket)?.defaultRetention;
  if (stated === undefined) return undefined;
  const { mode, unit, count } = stated;
  const until = new Date(nowMs);
  if (unit === 'Years') until.setUTCFullYear(until.getUTCFullYear() + count);
  return { mode, untilMs: until.getTime() + (unit === 'Days' ? count * dayMs : 0) };
}

export function parseMode(text: string | undefined): RetentionMode | undefined {
  return text === 'GOVERNANCE' || text === 'COMPLIANCE' ? text : undefined;
}

function readRule(node: XmlNode): DefaultRetention {
  textFields(node, [], ['DefaultRetention']);
  const [retention, ...more] = childrenOf(node, 'DefaultRetention');
  if (retention === undefined || more.length > 0) throw new S3Error('MalformedXML');
  const { Mode: modeText, Days: days, Years: years } = textFields(retention, ['Mode', 'Days', 'Years']);
  const mode = parseMode(modeText);
  const text = days ?? years;
  if (mode === undefined || text === undefined || (days !== undefined && years !== undefined))
    throw new S3Error('MalformedXML');
  const unit = days === undefined ? 'Years' : 'Days';
  const count = Number(text);
  if (!/^-?\d{1,10}$/.test(text.trim())) throw new S3Error('MalformedXML');
  if (count < 1)
    throw new S3Error('InvalidArgument', { message: 'Default retention period must be a positive integer value.' });
  if (count > most[unit])
    throw new S3Error('InvalidArgument', {
      message: `Default retention period is too large: at most ${most[unit]} ${unit.toLowerCase()}.`,
    });
  return { mode, unit, count };
}
