// Object lock inside an index transaction (ADR 57). Every removal and every change of a version passes here, so that no caller can
// forget it: a version under a legal hold or a retention is not removed, and a retention is not shortened.
import { indexError } from './errors.js';
import type { BucketRecord, ObjectRecord, Retention } from './records.js';

/** The configuration of a bucket with object lock; its presence is what enables locks. */
export const objectLockConfiguration = 'object-lock';

export interface LockRules {
  /** The time by which retentions end. */
  readonly lockTimeMs: number;
  /** The caller may end a retention in governance mode, and asks for it. */
  readonly bypassesGovernance: boolean;
}

type Locked = Pick<ObjectRecord, 'retention' | 'legalHold'>;

/** Throws `OBJECT_LOCKED` for a version that is kept. */
export function assertRemovable({ retention, legalHold }: Locked, rules: LockRules): void {
  if (legalHold || holds(retention, rules)) throw indexError('OBJECT_LOCKED');
}

/** Throws `OBJECT_LOCKED` for a change that would end a retention earlier, or weaken its mode. */
export function assertRetentionKept(before: Locked, after: Locked, rules: LockRules): void {
  const { retention } = before;
  if (retention === undefined || !holds(retention, rules)) return;
  const isKept = after.retention?.mode === retention.mode && after.retention.untilMs >= retention.untilMs;
  if (!isKept) throw indexError('OBJECT_LOCKED');
}

/** Throws `OBJECT_LOCK_PERMANENT` for a change of a bucket that would end its object lock. */
export function assertLockKept(before: BucketRecord, after: BucketRecord): void {
  const isBroken = hasObjectLock(after) ? after.versioning !== 'enabled' : hasObjectLock(before);
  if (isBroken) throw indexError('OBJECT_LOCK_PERMANENT');
}

export function hasObjectLock({ configurations }: Pick<BucketRecord, 'configurations'>): boolean {
  return configurations.some(([name]) => name === objectLockConfiguration);
}

function holds(retention: Retention | undefined, { lockTimeMs, bypassesGovernance }: LockRules): boolean {
  if (retention === undefined || retention.untilMs <= lockTimeMs) return false;
  return retention.mode === 'COMPLIANCE' || !bypassesGovernance;
}
