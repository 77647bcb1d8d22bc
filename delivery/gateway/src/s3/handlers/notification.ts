// GetBucketNotificationConfiguration and PutBucketNotificationConfiguration.
import { accountIdOf } from '@cess/access';
import { testEventBody } from '../../events/event-record.js';
import type { EventService } from '../../events/event-service.js';
import { readWholeBody } from '../body/payload.js';
import { requireNamedBucket } from '../bucket-access.js';
import { replaceConfiguration } from '../configurations/configuration.js';
import { type NotificationRule, notificationConfiguration } from '../configurations/notification.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { sendEmpty } from '../responses.js';

/** Stores the configuration, and sends each target a test event unless the request says not to. */
export async function putBucketNotificationConfiguration(context: S3Context): Promise<void> {
  const { index, events, headers } = context;
  const bucket = requireNamedBucket(context);
  const body = await readWholeBody(context, notificationConfiguration.maxBytes);
  const value = notificationConfiguration.parse(body, bucket.name);
  const account = accountIdOf(bucket.record.owner);
  const names = value.rules.map((rule) => requireTarget(events, rule, account));
  await replaceConfiguration(index, bucket, notificationConfiguration, { value, body });
  const skips = headers['x-amz-skip-destination-validation']?.trim().toLowerCase() === 'true';
  if (!skips) for (const name of new Set(names)) await sendTestEvent(context, name);
  sendEmpty(context.response, 200);
}

function requireTarget(events: EventService, rule: NotificationRule, account: string): string {
  const target = events.targets.find(rule, account);
  if (target !== undefined) return target.name;
  throw new S3Error('InvalidArgument', {
    message: 'Unable to validate the following destination configurations',
    details: {
      ArgumentName1: rule.arn.slice(0, 255),
      ArgumentValue1: 'The destination does not exist, or this account may not use it.',
    },
  });
}

/** The test event is queued like all others: an unreachable target does not refuse the configuration. */
async function sendTestEvent({ events, target, requestId, nowMs }: S3Context, name: string): Promise<void> {
  const createdAtMs = nowMs();
  const body = testEventBody(target.bucket, requestId, createdAtMs);
  await events.enqueue(name, { id: `evt_test_${requestId}_${name}`, createdAtMs, lane: target.bucket, body });
}
