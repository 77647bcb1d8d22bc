// Entries of the audit log for what the gateway does by itself to objects of its clients: lifecycle rules. They are written once the change is
// durable; a crash between the two leaves the change without its entry.
import type { AuditEntry } from '@cess/audit-log';
import type { ChangeKind, ObjectChange } from '@cess/object-index';

const operations: Readonly<Record<ChangeKind, string | undefined>> = {
  created: undefined,
  removed: 'LifecycleExpiration',
  marked: 'LifecycleExpiration',
  described: 'LifecycleTransition',
};

/** Undefined for changes that a request asked for, which have entries of their own. */
export function entryOfOwnChange({
  kind,
  name,
  versionId,
  origin,
  timeMs,
  sequence,
}: ObjectChange): AuditEntry | undefined {
  const operation = origin.operation === 'Lifecycle' ? operations[kind] : undefined;
  if (operation === undefined) return undefined;
  return {
    phase: 'ended',
    timeMs,
    requestId: `lifecycle-${sequence}`,
    operation,
    principal: origin.principalId,
    accessKeyId: '',
    source: '',
    userAgent: '',
    bucket: name.bucket,
    key: name.key,
    versionId: versionId ?? '',
    status: 204,
    errorCode: '',
    durationMs: 0,
    requests: 1,
  };
}
