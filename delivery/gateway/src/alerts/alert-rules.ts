// Rules that raise an alert: which events count, for whom, and how many in which time are too many.
import type { AuditEntry } from '@cess/audit-log';
import type { ObjectChange } from '@cess/object-index';

interface Threshold {
  /** Stands in alerts and metrics; unique. */
  readonly name: string;
  /** So many within the window raise an alert. */
  readonly count: number;
  readonly windowSeconds: number;
}

/**
 * `failed-sign-ins`: wrong keys and signatures, by access key and by address. `mass-deletion`: objects and versions removed or marked
 * by clients, by caller. `reads`: objects read, by caller. `changed-rights`: changes of users, keys, policies and lists, by caller.
 * `operations`: what `operations`, `statuses` and `errorCodes` select, by caller, or by address if there is none.
 */
export type AlertRule = Threshold &
  (
    | { readonly kind: 'failed-sign-ins' | 'mass-deletion' | 'reads' | 'changed-rights' }
    | {
        readonly kind: 'operations';
        /** Names as the audit log has them; `*` at the end stands for any rest. Absent: all. */
        readonly operations?: readonly string[] | undefined;
        /** Such as `403` or `5xx`. Absent: all. */
        readonly statuses?: readonly string[] | undefined;
        readonly errorCodes?: readonly string[] | undefined;
      }
  );

const failedSignIns: ReadonlySet<string> = new Set([
  'AuthFailure',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidToken',
  'SignatureDoesNotMatch',
]);
const reads: ReadonlySet<string> = new Set(['GetObject', 'Website']);
const rightsOfBuckets: ReadonlySet<string> = new Set([
  'DeleteBucketPolicy',
  'DeletePublicAccessBlock',
  'PutBucketAcl',
  'PutBucketOwnershipControls',
  'PutBucketPolicy',
  'PutObjectAcl',
  'PutPublicAccessBlock',
]);
const readingAccounts = /^iam:(Get|List|Simulate|Generate)/;

/** For whom an entry of the audit log counts under a rule; empty: for nobody. */
export function subjectsOf(rule: AlertRule, entry: AuditEntry): readonly string[] {
  const isDone = entry.status > 0 && entry.status < 400;
  switch (rule.kind) {
    case 'failed-sign-ins':
      if (!failedSignIns.has(entry.errorCode)) return [];
      return [entry.accessKeyId === '' ? '' : `key ${entry.accessKeyId}`, `address ${entry.source}`].filter(isNamed);
    case 'reads':
      return isDone && reads.has(entry.operation) ? [callerOf(entry)] : [];
    case 'changed-rights':
      return isDone && changesRights(entry.operation) ? [callerOf(entry)] : [];
    case 'operations':
      return isSelected(rule, entry) ? [callerOf(entry)] : [];
    case 'mass-deletion':
      return [];
  }
}

/** For whom a change of an object counts under a rule. */
export function subjectOfChange({ kind }: AlertRule, change: ObjectChange): string | undefined {
  const isDeletion = (change.kind === 'removed' || change.kind === 'marked') && change.origin.operation !== 'Lifecycle';
  return kind === 'mass-deletion' && isDeletion ? change.origin.principalId : undefined;
}

function changesRights(operation: string): boolean {
  return rightsOfBuckets.has(operation) || (operation.startsWith('iam:') && !readingAccounts.test(operation));
}

function isSelected(rule: AlertRule & { readonly kind: 'operations' }, entry: AuditEntry): boolean {
  const { operations, statuses, errorCodes } = rule;
  const status = String(entry.status);
  return (
    (operations === undefined || operations.some((pattern) => matches(pattern, entry.operation))) &&
    (statuses === undefined || statuses.some((one) => one === status || one === `${status.slice(0, 1)}xx`)) &&
    (errorCodes === undefined || errorCodes.includes(entry.errorCode))
  );
}

function matches(pattern: string, operation: string): boolean {
  return pattern.endsWith('*') ? operation.startsWith(pattern.slice(0, -1)) : pattern === operation;
}

function callerOf({ principal, source }: AuditEntry): string {
  return principal === '' || principal === 'anonymous' ? `address ${source}` : principal;
}

function isNamed(subject: string): boolean {
  return subject !== '';
}
