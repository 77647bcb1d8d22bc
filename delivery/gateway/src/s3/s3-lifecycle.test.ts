// Lifecycle rules and settings of buckets with the unmodified AWS SDK: documents, errors, headers, and a rule that is carried out.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketReplicationCommand,
  GetBucketRequestPaymentCommand,
  GetBucketWebsiteCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type LifecycleRule,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { readAuditLog } from '@cess/audit-log';
import { eventually } from '@cess/primitives/testing';
import { exchange } from '../test-support/raw-exchange.js';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const Bucket = 'rules';
let test: TestGateway;
let client: S3Client;
before(async () => {
  test = await startTestGateway();
  client = sdkClient(test);
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(async () => {
  client.destroy();
  await test.stop();
});

const set = (Rules: LifecycleRule[], to = client) =>
  to.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
const read = async () => (await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules;
const rule = (more: Partial<LifecycleRule>): LifecycleRule => ({
  ID: 'one',
  Status: 'Enabled',
  Filter: { Prefix: '' },
  ...more,
});

describe('the lifecycle rules of a bucket', () => {
  it('are absent at first, then read as they were written, and removed', async () => {
    await refuses('NoSuchLifecycleConfiguration', 404, read());
    const rules = [
      rule({
        ID: 'all',
        Filter: { And: { Prefix: 'a/', Tags: [{ Key: 'k', Value: 'v' }], ObjectSizeGreaterThan: 1 } },
        Expiration: { Days: 3 },
        NoncurrentVersionExpiration: { NoncurrentDays: 4, NewerNoncurrentVersions: 2 },
      }),
      rule({ ID: 'marker', Status: 'Disabled', Expiration: { ExpiredObjectDeleteMarker: true } }),
      rule({ ID: 'date', Filter: { Prefix: 'd/' }, Expiration: { Date: new Date('2030-01-01T00:00:00Z') } }),
      rule({ ID: 'abort', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }),
    ];
    await set(rules);
    assert.deepEqual(await read(), rules);
    await client.send(new DeleteBucketLifecycleCommand({ Bucket }));
    await refuses('NoSuchLifecycleConfiguration', 404, read());
  });

  it('are refused with transitions, because there is one storage class', async () => {
    const Transitions = [{ Days: 30, StorageClass: 'GLACIER' as const }];
    await refuses('InvalidStorageClass', 400, set([rule({ Transitions })]));
    await refuses('NoSuchLifecycleConfiguration', 404, read());
  });

  it('are refused where they contradict themselves', async () => {
    await refuses('InvalidArgument', 400, set([rule({ Expiration: { Days: 0 } })]));
    await refuses('InvalidArgument', 400, set([rule({ Expiration: { Days: 1 } }), rule({ Expiration: { Days: 2 } })]));
    await refuses('MalformedXML', 400, set([rule({ Status: 'Sometimes' as 'Enabled', Expiration: { Days: 1 } })]));
  });

  it('show in the headers of answers', async () => {
    const AbortIncompleteMultipartUpload = { DaysAfterInitiation: 2 };
    await set([rule({ ID: 'week', Expiration: { Days: 7 }, AbortIncompleteMultipartUpload })]);
    const at = { Bucket, Key: 'expiring' };
    const expiry = /^expiry-date="\w{3}, \d{2} \w{3} \d{4} 00:00:00 GMT", rule-id="week"$/;
    assert.match((await client.send(new PutObjectCommand({ ...at, Body: 'x' }))).Expiration ?? '', expiry);
    assert.match((await client.send(new HeadObjectCommand(at))).Expiration ?? '', expiry);
    assert.match((await client.send(new GetObjectCommand(at))).Expiration ?? '', expiry);
    const { AbortDate, AbortRuleId } = await client.send(new CreateMultipartUploadCommand(at));
    assert.ok(AbortDate !== undefined && AbortDate.getTime() % 86_400_000 === 0);
    assert.equal(AbortRuleId, 'week');
  });

  it('are carried out by the gateway, and noted in the audit log', async () => {
    const auditDir = mkdtempSync(join(tmpdir(), 'cess-audit-'));
    const short = await startTestGateway({ lifecycleDaySeconds: 1, auditDir });
    const own = sdkClient(short);
    try {
      await own.send(new CreateBucketCommand({ Bucket }));
      await own.send(new PutObjectCommand({ Bucket, Key: 'due/k', Body: 'x' }));
      await own.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'x' }));
      await set([rule({ Filter: { Prefix: 'due/' }, Expiration: { Days: 1 } })], own);
      const isGone = async () => (await short.gateway.index.getObject({ bucket: Bucket, key: 'due/k' })) === undefined;
      await eventually(isGone, 'the rule removes the object');
      assert.ok(await short.gateway.index.getObject({ bucket: Bucket, key: 'kept' }));
      const isNoted = async () => {
        for await (const { entry } of readAuditLog(auditDir))
          if (entry.operation === 'LifecycleExpiration')
            return [entry.principal, entry.bucket, entry.key].join(' ') === `s3.amazonaws.com ${Bucket} due/k`;
        return false;
      };
      await eventually(isNoted, 'the expiration has an entry');
    } finally {
      own.destroy();
      await short.stop();
      rmSync(auditDir, { recursive: true });
    }
  });
});

describe('settings that all buckets share', () => {
  it('are read as Amazon answers for a bucket without them', async () => {
    const payer = await client.send(new GetBucketRequestPaymentCommand({ Bucket }));
    assert.equal(payer.Payer, 'BucketOwner');
    assert.equal((await client.send(new GetBucketAccelerateConfigurationCommand({ Bucket }))).Status, undefined);
    assert.equal((await client.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled, undefined);
    const events = await client.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
    assert.equal(events.TopicConfigurations, undefined);
    const replication = client.send(new GetBucketReplicationCommand({ Bucket }));
    await refuses('ReplicationConfigurationNotFoundError', 404, replication);
    await refuses('NoSuchWebsiteConfiguration', 404, client.send(new GetBucketWebsiteCommand({ Bucket })));
  });

  it('accept encryption with AES256, and refuse keys that the gateway does not have', async () => {
    const encrypt = (ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' | 'aws:kms' }) =>
      client.send(
        new PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault }] },
        }),
      );
    await encrypt({ SSEAlgorithm: 'AES256' });
    await refuses('NotImplemented', 501, encrypt({ SSEAlgorithm: 'aws:kms' }));
    await client.send(new DeleteBucketEncryptionCommand({ Bucket }));
  });

  it('refuse a read that states an encryption', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'plain', Body: 'x' }));
    const headers = { 'x-amz-server-side-encryption': 'AES256' };
    const answer = await exchange(test, { method: 'GET', path: `/${Bucket}/plain`, headers });
    assert.deepEqual([answer?.status, answer?.code], [400, 'InvalidArgument']);
  });

  it('allow a copy of an object onto itself that states its storage class', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'itself', Body: 'x' }));
    const copy = (more: object) =>
      client.send(new CopyObjectCommand({ Bucket, Key: 'itself', CopySource: `${Bucket}/itself`, ...more }));
    await refuses('InvalidRequest', 400, copy({}));
    await copy({ StorageClass: 'STANDARD' });
    await copy({ ServerSideEncryption: 'AES256' });
  });
});
