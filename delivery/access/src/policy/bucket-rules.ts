// What Amazon S3 checks in bucket policies beyond the grammar: every resource lies in the bucket, every action is one of S3,
// and every action applies to some resource of its statement.
import { actionsMatching } from '../actions.js';
import { policyError } from '../errors.js';
import { ArnTemplate } from '../matching/arn.js';
import { createWork } from '../matching/parts.js';
import type { PolicyStatement } from './document.js';
import { join } from './elements.js';

/** Throws `POLICY_MALFORMED`. */
export function assertBucketStatement(statement: PolicyStatement, at: string, bucket: string): void {
  const { actions, resources } = statement;
  const patterns = resources?.patterns ?? [];
  const resourcesAt = join(at, resources?.isNegated === true ? 'NotResource' : 'Resource');
  for (const pattern of patterns)
    if (!liesIn(pattern, bucket))
      throw policyError(resourcesAt, `holds "${pattern}", which is not in the bucket ${bucket}`);
  const actionsAt = join(at, actions.isNegated ? 'NotAction' : 'Action');
  for (const pattern of actions.patterns) {
    const matched = actionsMatching(pattern);
    if (matched.length === 0) throw policyError(actionsAt, `holds "${pattern}", which is no action of S3`);
    if (actions.isNegated || resources === undefined || resources.isNegated) continue;
    const applies = matched.some(({ resource }) =>
      patterns.some((name) => (resource === 'object' ? mayBeObject(name) : mayBeBucket(name))),
    );
    if (!applies) throw policyError(actionsAt, `holds "${pattern}", which applies to no resource of the statement`);
  }
}

/** The resource after the fifth colon; `*` where the ARN is incomplete. */
function resourceOf(pattern: string): string {
  const parts = pattern.split(':');
  return pattern === '*' || parts.length < 6 ? '*' : parts.slice(5).join(':');
}

function mayBeObject(pattern: string): boolean {
  return /[/*?]/.test(resourceOf(pattern));
}

function mayBeBucket(pattern: string): boolean {
  return !resourceOf(pattern).includes('/');
}

/** Whether the part before the first slash can be the bucket. */
function liesIn(pattern: string, bucket: string): boolean {
  if (pattern === '*') return true;
  const parts = pattern.split(':');
  const name = resourceOf(pattern).split('/')[0] ?? '';
  const arn = [...parts.slice(0, 5), name].join(':');
  return (
    ArnTemplate.compile(arn, { allowsVariables: false })?.matches(`arn:aws:s3:::${bucket}`, undefined, createWork()) ===
    true
  );
}
