// Which action of a lifecycle configuration is due for an object version or a multipart upload at a given time.
//
// Times (Amazon S3 User Guide, "Lifecycle rules: based on an object's age"): days are added to the time when the version was
// created or became noncurrent, and the sum is rounded up to the next midnight UTC; a sum at midnight stays. Dates count as
// they are, and go on to count for objects that come later.
//
// Conflicts ("How Amazon S3 handles conflicts in lifecycle configurations"): permanent deletion comes before transition,
// transition before a delete marker. Of several expirations the earliest counts. Of several transitions DEEP_ARCHIVE counts,
// then GLACIER, then INTELLIGENT_TIERING, then the cheapest.
//
// Classes that Amazon's rules do not lead to (STANDARD, CESS_2_1) have no place in that order. Where the transition that fell due last
// leads to one of them, it alone counts; where it leads to a class of Amazon's order, such earlier ones do not count. So what is due
// depends on the times and not on the present class, and an object does not go back and forth.
//
// Tests and development networks pass a shorter day, which is also what a midnight is rounded to.
//
// Whoever carries an action out checks again that the version is what it was, and that no lock retains it.
import { dayMs } from './fields.js';
import { matchesFilter, meetsTransitionMinimum, type VersionFacts } from './filter.js';
import {
  isOpenTarget,
  type LifecycleConfiguration,
  type LifecycleRule,
  type LifecycleTransition,
  type StorageClass,
  storageClasses,
} from './rules.js';

export interface ObjectVersion extends VersionFacts {
  readonly storageClass: StorageClass;
  readonly createdMs: number;
  /** Set for a noncurrent version: when the next version took its place, and how many noncurrent versions are newer. */
  readonly noncurrent?: { readonly sinceMs: number; readonly newerNoncurrentVersions: number };
  /** Whether the key has no other version. */
  readonly isOnlyVersion: boolean;
}

/** `never`: the bucket has never had versions. */
export type Versioning = 'never' | 'enabled' | 'suspended';

export type LifecycleAction =
  /** Deletes the version for good. */
  | { readonly action: 'delete-version'; readonly ruleId: string; readonly dueMs: number }
  /** Puts a delete marker on top; where versioning is suspended, it replaces the version with the id `null`. */
  | { readonly action: 'add-delete-marker'; readonly ruleId: string; readonly dueMs: number }
  | { readonly action: 'remove-delete-marker'; readonly ruleId: string; readonly dueMs: number }
  | {
      readonly action: 'transition';
      readonly ruleId: string;
      readonly dueMs: number;
      readonly storageClass: StorageClass;
    };

/** The one action that is due at `nowMs`; undefined if none is. */
export function dueAction(
  configuration: LifecycleConfiguration,
  version: ObjectVersion,
  versioning: Versioning,
  nowMs: number,
  lengthOfDayMs = dayMs,
): LifecycleAction | undefined {
  const due = plannedActions(configuration, version, versioning, lengthOfDayMs).filter(({ dueMs }) => dueMs <= nowMs);
  const transition = dueTransition(due.filter(isTransition), version.storageClass);
  const actions = due.filter(({ action }) => action !== 'transition');
  return [...actions, ...(transition === undefined ? [] : [transition])].sort(byPrecedence)[0];
}

/** When the current version will expire and by which rule, for the header x-amz-expiration. */
export function nextExpiration(
  configuration: LifecycleConfiguration,
  version: ObjectVersion,
  versioning: Versioning,
  lengthOfDayMs = dayMs,
): { readonly ruleId: string; readonly dueMs: number } | undefined {
  if (version.noncurrent !== undefined || version.isDeleteMarker) return undefined;
  const expirations = plannedActions(configuration, version, versioning, lengthOfDayMs).filter(
    ({ action }) => action !== 'transition',
  );
  const first = expirations.sort((left, right) => left.dueMs - right.dueMs)[0];
  return first === undefined ? undefined : { ruleId: first.ruleId, dueMs: first.dueMs };
}

/** Which rule aborts an upload, and when; also for the headers x-amz-abort-date and x-amz-abort-rule-id. */
export function uploadAbortion(
  { rules }: LifecycleConfiguration,
  upload: { readonly key: string; readonly initiatedMs: number },
  lengthOfDayMs = dayMs,
): { readonly ruleId: string; readonly dueMs: number } | undefined {
  const planned = rules.flatMap(({ id, isEnabled, filter, abortUploadsAfterDays: days }) =>
    isEnabled && days !== undefined && upload.key.startsWith(filter.prefix ?? '')
      ? [{ ruleId: id, dueMs: afterDays(upload.initiatedMs, days, lengthOfDayMs) }]
      : [],
  );
  return planned.sort((left, right) => left.dueMs - right.dueMs)[0];
}

/** All that the rules will do with the version, due or not. */
function plannedActions(
  configuration: LifecycleConfiguration,
  version: ObjectVersion,
  versioning: Versioning,
  day: number,
): LifecycleAction[] {
  return configuration.rules
    .filter(({ isEnabled, filter }) => isEnabled && matchesFilter(filter, version))
    .flatMap((rule) => [
      ...(version.noncurrent === undefined
        ? currentExpiration(rule, version, versioning, day)
        : noncurrentExpiration(rule, version, day)),
      ...transitions(rule, version, configuration, day),
    ]);
}

function currentExpiration(
  rule: LifecycleRule,
  version: ObjectVersion,
  versioning: Versioning,
  day: number,
): LifecycleAction[] {
  const { id: ruleId, expiration } = rule;
  if (expiration === undefined) return [];
  if (version.isDeleteMarker && !version.isOnlyVersion) return [];
  if ('expiredObjectDeleteMarker' in expiration) {
    const removes = expiration.expiredObjectDeleteMarker && version.isDeleteMarker;
    return removes ? [{ action: 'remove-delete-marker', ruleId, dueMs: version.createdMs }] : [];
  }
  const dueMs = 'days' in expiration ? afterDays(version.createdMs, expiration.days, day) : expiration.dateMs;
  // An expiration by time removes a delete marker that is left alone, too.
  if (version.isDeleteMarker) return [{ action: 'remove-delete-marker', ruleId, dueMs }];
  return [{ action: versioning === 'never' ? 'delete-version' : 'add-delete-marker', ruleId, dueMs }];
}

function noncurrentExpiration(
  { id: ruleId, noncurrentExpiration: expiration }: LifecycleRule,
  version: ObjectVersion,
  day: number,
): LifecycleAction[] {
  const { noncurrent } = version;
  if (expiration === undefined || noncurrent === undefined) return [];
  if (noncurrent.newerNoncurrentVersions < (expiration.newerNoncurrentVersions ?? 0)) return [];
  return [{ action: 'delete-version', ruleId, dueMs: afterDays(noncurrent.sinceMs, expiration.noncurrentDays, day) }];
}

function transitions(
  rule: LifecycleRule,
  version: ObjectVersion,
  { transitionMinimum }: LifecycleConfiguration,
  day: number,
): LifecycleAction[] {
  const { noncurrent } = version;
  if (version.isDeleteMarker) return [];
  const planned =
    noncurrent === undefined
      ? rule.transitions.map((transition) => ({ ...transition, dueMs: transitionTime(transition, version, day) }))
      : rule.noncurrentTransitions
          .filter(({ newerNoncurrentVersions = 0 }) => noncurrent.newerNoncurrentVersions >= newerNoncurrentVersions)
          .map((transition) => ({
            ...transition,
            dueMs: afterDays(noncurrent.sinceMs, transition.noncurrentDays, day),
          }));
  return planned
    .filter(({ storageClass }) => meetsTransitionMinimum(rule.filter, version.size, storageClass, transitionMinimum))
    .map(({ storageClass, dueMs }) => ({ action: 'transition', ruleId: rule.id, dueMs, storageClass }));
}

function transitionTime(transition: LifecycleTransition, { createdMs }: ObjectVersion, day: number): number {
  return 'days' in transition ? afterDays(createdMs, transition.days, day) : transition.dateMs;
}

type Transition = Extract<LifecycleAction, { readonly action: 'transition' }>;

function isTransition(action: LifecycleAction): action is Transition {
  return action.action === 'transition';
}

function dueTransition(due: readonly Transition[], present: StorageClass): Transition | undefined {
  // Of several at one time Amazon's come first.
  const [latest] = [...due].sort((left, right) => right.dueMs - left.dueMs || byPrecedence(right, left));
  if (latest !== undefined && isOpenTarget(latest.storageClass))
    return latest.storageClass === present ? undefined : latest;
  return due
    .filter(({ storageClass }) => !isOpenTarget(storageClass) && isCheaper(storageClass, present))
    .sort(byPrecedence)[0];
}

/** Transitions lead down the list only, and nothing returns from an archive. */
function isCheaper(target: StorageClass, present: StorageClass): boolean {
  const order: readonly StorageClass[] = storageClasses;
  return order.indexOf(target) > order.indexOf(present);
}

function afterDays(startMs: number, days: number, day: number): number {
  return Math.ceil((startMs + days * day) / day) * day;
}

const precedence = {
  'delete-version': 0,
  'remove-delete-marker': 0,
  transition: 1,
  'add-delete-marker': 2,
} as const satisfies Readonly<Record<LifecycleAction['action'], number>>;

const transitionPreference: readonly StorageClass[] = [
  'DEEP_ARCHIVE',
  'GLACIER',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'ONEZONE_IA',
  'STANDARD_IA',
];

function byPrecedence(left: LifecycleAction, right: LifecycleAction): number {
  const difference = precedence[left.action] - precedence[right.action];
  if (difference !== 0) return difference;
  if (left.action === 'transition' && right.action === 'transition') {
    const preferred =
      transitionPreference.indexOf(left.storageClass) - transitionPreference.indexOf(right.storageClass);
    if (preferred !== 0) return preferred;
  }
  return left.dueMs - right.dueMs;
}
