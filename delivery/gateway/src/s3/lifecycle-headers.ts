// What lifecycle rules will do, in the headers of answers: the expiry of an object, and the abortion of an upload.
import { nextExpiration, uploadAbortion } from '@cess/access';
import { factsOf, type VersionRecord } from '../lifecycle/version-facts.js';
import type { NamedBucket } from './configurations/configuration.js';
import { lifecycleConfiguration } from './configurations/lifecycle.js';
import type { S3Context } from './context.js';
import { headerText } from './request.js';

type LifecycleContext = Pick<S3Context, 'configurations' | 'lifecycleDayMs'>;

/** Of the current object of a key. */
export function expirationHeaders(
  { configurations, lifecycleDayMs }: LifecycleContext,
  bucket: NamedBucket,
  key: string,
  object: VersionRecord,
): Record<string, string> {
  const rules = configurations.read(lifecycleConfiguration, bucket);
  if (rules === undefined) return {};
  const facts = factsOf(key, object, { isOnlyVersion: false });
  const next = nextExpiration(rules, facts, bucket.record.versioning, lifecycleDayMs);
  if (next === undefined) return {};
  const date = new Date(next.dueMs).toUTCString();
  return { 'x-amz-expiration': `expiry-date="${date}", rule-id="${headerText(encodeURIComponent(next.ruleId))}"` };
}

export function abortionHeaders(
  { configurations, lifecycleDayMs }: LifecycleContext,
  bucket: NamedBucket,
  upload: { readonly key: string; readonly initiatedMs: number },
): Record<string, string> {
  const rules = configurations.read(lifecycleConfiguration, bucket);
  const next = rules === undefined ? undefined : uploadAbortion(rules, upload, lifecycleDayMs);
  if (next === undefined) return {};
  return {
    'x-amz-abort-date': new Date(next.dueMs).toUTCString(),
    'x-amz-abort-rule-id': headerText(encodeURIComponent(next.ruleId)),
  };
}
