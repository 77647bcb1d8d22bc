// Validation of lifecycle configurations (Amazon S3 API Reference, PutBucketLifecycleConfiguration; Amazon S3 User Guide,
// "Lifecycle configuration elements" and "Transitioning objects: constraints").
import { combinationError, lifecycleError, readInteger, readMidnight, readStorageClass, valueError } from './fields.js';
import { readFilter } from './parse-filter.js';
import type { RawExpiration, RawLifecycleRule, RawNoncurrent, RawTransition } from './raw.js';
import type {
  LifecycleConfiguration,
  LifecycleExpiration,
  LifecycleRule,
  LifecycleTransition,
  NoncurrentExpiration,
  NoncurrentTransition,
  StorageClass,
  TransitionMinimum,
} from './rules.js';

export const maxLifecycleRules = 1000;
const maxIdLength = 255;
const maxNewerVersions = 100;
/** Amazon keeps objects in STANDARD for 30 days before they become infrequent access. */
const infrequentAccessDays = 30;

/**
 * Validates a configuration. Rules without an id get `rule-<position>`, which stays the same as long as the configuration
 * does. Throws `LIFECYCLE_MALFORMED`, `LIFECYCLE_INVALID_VALUE` and `LIFECYCLE_INVALID_COMBINATION`.
 */
export function parseLifecycle(
  rules: readonly RawLifecycleRule[],
  transitionMinimum: TransitionMinimum = 'all_storage_classes_128K',
): LifecycleConfiguration {
  if (rules.length === 0) throw lifecycleError('LifecycleConfiguration', 'must have at least one rule');
  if (rules.length > maxLifecycleRules)
    throw lifecycleError('LifecycleConfiguration', `may have at most ${maxLifecycleRules} rules`);
  const parsed = rules.map(parseRule);
  const ids = new Set<string>();
  for (const [index, { id }] of parsed.entries()) {
    if (ids.has(id)) throw valueError(`Rule[${index}].ID`, `repeats "${id}"`);
    ids.add(id);
  }
  return { rules: parsed, transitionMinimum };
}

function parseRule(raw: RawLifecycleRule, index: number): LifecycleRule {
  const at = `Rule[${index}]`;
  const { id = '', status } = raw;
  if (id.length > maxIdLength) throw valueError(`${at}.ID`, `may have at most ${maxIdLength} characters`);
  if (status !== 'Enabled' && status !== 'Disabled')
    throw lifecycleError(`${at}.Status`, 'must be "Enabled" or "Disabled"');
  const { expiration, noncurrentVersionExpiration, abortIncompleteMultipartUpload: abort } = raw;
  const rule: LifecycleRule = {
    id: id === '' ? `rule-${index + 1}` : id,
    isEnabled: status === 'Enabled',
    filter: readFilter(raw, at),
    ...(expiration === undefined ? {} : { expiration: readExpiration(expiration, `${at}.Expiration`) }),
    transitions: (raw.transitions ?? []).map((entry, place) => readTransition(entry, `${at}.Transition[${place}]`)),
    ...(noncurrentVersionExpiration === undefined
      ? {}
      : {
          noncurrentExpiration: readNoncurrent(noncurrentVersionExpiration, `${at}.NoncurrentVersionExpiration`),
        }),
    noncurrentTransitions: (raw.noncurrentVersionTransitions ?? []).map((entry, place) =>
      readNoncurrentTransition(entry, `${at}.NoncurrentVersionTransition[${place}]`),
    ),
    ...(abort === undefined
      ? {}
      : {
          abortUploadsAfterDays: readInteger(
            abort.daysAfterInitiation,
            `${at}.AbortIncompleteMultipartUpload.DaysAfterInitiation`,
            1,
          ),
        }),
  };
  assertConsistent(rule, raw, at);
  return rule;
}

function readExpiration(raw: RawExpiration, at: string): LifecycleExpiration {
  const present = [raw.days, raw.date, raw.expiredObjectDeleteMarker].filter((value) => value !== undefined);
  if (present.length !== 1) throw lifecycleError(at, 'must have one of Days, Date and ExpiredObjectDeleteMarker');
  if (raw.days !== undefined) return { days: readInteger(raw.days, `${at}.Days`, 1) };
  if (raw.date !== undefined) return { dateMs: readMidnight(raw.date, `${at}.Date`) };
  if (raw.expiredObjectDeleteMarker !== 'true' && raw.expiredObjectDeleteMarker !== 'false')
    throw lifecycleError(`${at}.ExpiredObjectDeleteMarker`, 'must be "true" or "false"');
  return { expiredObjectDeleteMarker: raw.expiredObjectDeleteMarker === 'true' };
}

function readTransition(raw: RawTransition, at: string): LifecycleTransition {
  const storageClass = readStorageClass(raw.storageClass, `${at}.StorageClass`);
  if ((raw.days === undefined) === (raw.date === undefined)) throw lifecycleError(at, 'must have either Days or Date');
  if (raw.date !== undefined) return { storageClass, dateMs: readMidnight(raw.date, `${at}.Date`) };
  return { storageClass, days: readInteger(raw.days, `${at}.Days`, leastDays(storageClass)) };
}

function leastDays(storageClass: StorageClass): number {
  return storageClass === 'STANDARD_IA' || storageClass === 'ONEZONE_IA' ? infrequentAccessDays : 0;
}

function readNoncurrent(raw: RawNoncurrent, at: string, least = 1): NoncurrentExpiration {
  const noncurrentDays = readInteger(raw.noncurrentDays, `${at}.NoncurrentDays`, least);
  if (raw.newerNoncurrentVersions === undefined) return { noncurrentDays };
  const place = `${at}.NewerNoncurrentVersions`;
  return {
    noncurrentDays,
    newerNoncurrentVersions: readInteger(raw.newerNoncurrentVersions, place, 1, maxNewerVersions),
  };
}

function readNoncurrentTransition(raw: RawNoncurrent, at: string): NoncurrentTransition {
  const storageClass = readStorageClass(raw.storageClass, `${at}.StorageClass`);
  return { storageClass, ...readNoncurrent(raw, at, leastDays(storageClass)) };
}

function assertConsistent(rule: LifecycleRule, raw: RawLifecycleRule, at: string): void {
  const { expiration, transitions, noncurrentExpiration, noncurrentTransitions, abortUploadsAfterDays, filter } = rule;
  const hasAction = [expiration, noncurrentExpiration, abortUploadsAfterDays].some((action) => action !== undefined);
  if (!hasAction && transitions.length === 0 && noncurrentTransitions.length === 0)
    throw combinationError(at, 'must have at least one action');
  const hasTags = (filter.tags ?? []).length > 0;
  const hasSize = filter.sizeGreaterThan !== undefined || filter.sizeLessThan !== undefined;
  if (abortUploadsAfterDays !== undefined && (hasTags || hasSize))
    throw combinationError(`${at}.AbortIncompleteMultipartUpload`, 'cannot stand beside a filter by tags or size');
  if (expiration !== undefined && 'expiredObjectDeleteMarker' in expiration && hasTags)
    throw combinationError(`${at}.Expiration.ExpiredObjectDeleteMarker`, 'cannot stand beside a filter by tags');
  const keepsVersions = [noncurrentExpiration, ...noncurrentTransitions].some(
    (action) => action?.newerNoncurrentVersions !== undefined,
  );
  if (keepsVersions && raw.filter === undefined)
    throw combinationError(`${at}.Filter`, 'must stand beside NewerNoncurrentVersions');
  assertOrder(rule, at);
}

/** Days and dates are not mixed, each class stands once, and objects expire after their last transition. */
function assertOrder(
  { expiration, transitions, noncurrentExpiration, noncurrentTransitions }: LifecycleRule,
  at: string,
): void {
  const timed = [...transitions, ...(expiration === undefined ? [] : [expiration])];
  if (timed.some((action) => 'days' in action) && timed.some((action) => 'dateMs' in action))
    throw combinationError(at, 'mixes Days and Date');
  for (const list of [transitions, noncurrentTransitions])
    if (new Set(list.map(({ storageClass }) => storageClass)).size < list.length)
      throw combinationError(at, 'has two transitions to one storage class');
  const when = (action: LifecycleTransition | LifecycleExpiration) =>
    'days' in action ? action.days : 'dateMs' in action ? action.dateMs : undefined;
  const end = expiration === undefined ? undefined : when(expiration);
  if (end !== undefined && transitions.some((transition) => (when(transition) ?? 0) >= end))
    throw valueError(`${at}.Expiration`, 'must be later than every transition of the rule');
  if (
    noncurrentExpiration !== undefined &&
    noncurrentTransitions.some(({ noncurrentDays }) => noncurrentDays >= noncurrentExpiration.noncurrentDays)
  )
    throw valueError(`${at}.NoncurrentVersionExpiration`, 'must be later than every transition of the rule');
}
