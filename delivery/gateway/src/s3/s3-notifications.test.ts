// Bucket notifications through the S3 API: configurations that are stored and refused, and the events that a receiver gets.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  type Event,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type QueueConfiguration,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { accountIdOf } from '@cess/access';
import { eventually } from '@cess/primitives/testing';
import { sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway, testOwner, testRegion } from '../test-support/test-gateway.js';
import { webhookKey } from '../webhooks/signature.js';

const account = accountIdOf(testOwner);
const arn = (name = 'hook', service = 'sqs') => `arn:aws:${service}:${testRegion}:${account}:${name}`;
const all: Event[] = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:ObjectTagging:*', 's3:ObjectAcl:Put'];

interface Received {
  readonly eventName?: string;
  readonly Event?: string;
  readonly rule?: string;
  readonly subject?: string;
  readonly s3: {
    readonly configurationId: string;
    readonly bucket: { readonly name: string };
    readonly object: Readonly<Record<string, string | number | undefined>>;
  };
  readonly userIdentity: { readonly principalId: string };
  readonly requestParameters: { readonly sourceIPAddress: string };
  readonly responseElements: Readonly<Record<string, string>>;
}

let gateway: TestGateway;
let client: S3Client;
let hook: Server;
const received: Received[] = [];
before(async () => {
  hook = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Received & { Records?: Received[] };
      received.push(...(body.Records ?? [body]));
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const { port } = hook.address() as AddressInfo;
  const key = webhookKey(`whsec_${Buffer.alloc(32, 1).toString('base64')}`) ?? Buffer.alloc(0);
  const target = { url: `http://127.0.0.1:${port}/`, key, allowedAddresses: ['127.0.0.0/8'] };
  gateway = await startTestGateway({
    webhookTargets: [
      { ...target, name: 'hook' },
      { ...target, name: 'others', accounts: ['000000000000'] },
      { ...target, name: 'full', maxQueued: 1, allowedAddresses: [] },
    ],
    alerts: {
      target: 'hook',
      quietSeconds: 60,
      rules: [
        { name: 'guessing', kind: 'failed-sign-ins', count: 2, windowSeconds: 60 },
        { name: 'wiping', kind: 'mass-deletion', count: 3, windowSeconds: 60 },
      ],
    },
  });
  client = sdkClient(gateway);
});
after(async () => {
  await gateway.stop();
  hook.closeAllConnections();
  await new Promise((resolve) => hook.close(resolve));
});

let buckets = 0;
async function createBucket(): Promise<string> {
  const Bucket = `notified-${++buckets}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

const put = (Bucket: string, ...rules: Partial<QueueConfiguration>[]) =>
  client.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      SkipDestinationValidation: true,
      NotificationConfiguration: {
        QueueConfigurations: rules.map((rule) => ({ QueueArn: arn(), Events: all, ...rule })),
      },
    }),
  );

const filter = (...rules: readonly (readonly [Name: string, Value: string])[]) =>
  ({ Key: { FilterRules: rules.map(([Name, Value]) => ({ Name, Value })) } }) as QueueConfiguration['Filter'];

/** The events of a bucket, once there are `count` of them. */
async function eventsOf(bucket: string, count: number): Promise<Received[]> {
  const ofBucket = () => received.filter(({ s3 }) => s3?.bucket.name === bucket);
  await eventually(() => ofBucket().length >= count, `${count} events of ${bucket}`);
  assert.equal(ofBucket().length, count);
  return ofBucket();
}

describe('events', () => {
  it('tell every change of an object in Amazon’s format', async () => {
    const Bucket = await createBucket();
    await put(Bucket, { Id: 'rule-1' });
    const Key = 'red flower/ä+.jpg';
    const { $metadata } = await client.send(new PutObjectCommand({ Bucket, Key, Body: 'abc' }));
    await eventsOf(Bucket, 1);
    await client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }));
    await client.send(new DeleteObjectTaggingCommand({ Bucket, Key }));
    await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: encodeURI(`${Bucket}/${Key}`) }));
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
    const events = await eventsOf(Bucket, 5);
    const inOrder = events.toSorted((a, b) =>
      String(a.s3.object['sequencer']) < String(b.s3.object['sequencer']) ? -1 : 1,
    );
    assert.deepEqual(
      inOrder.map(({ eventName, s3: { object } }) => [eventName, object['key']]),
      [
        ['ObjectCreated:Put', 'red+flower/%C3%A4%2B.jpg'],
        ['ObjectTagging:Put', 'red+flower/%C3%A4%2B.jpg'],
        ['ObjectTagging:Delete', 'red+flower/%C3%A4%2B.jpg'],
        ['ObjectCreated:Copy', 'copy'],
        ['ObjectRemoved:Delete', 'red+flower/%C3%A4%2B.jpg'],
      ],
    );
    const [first] = inOrder;
    assert.equal(first?.s3.configurationId, 'rule-1');
    assert.equal(first?.s3.object['size'], 3);
    assert.equal(first?.s3.object['eTag'], '900150983cd24fb0d6963f7d28e17f72');
    assert.equal(first?.s3.object['versionId'], undefined);
    assert.equal(first?.userIdentity.principalId, `arn:aws:iam::${account}:root`);
    assert.equal(first?.requestParameters.sourceIPAddress, '127.0.0.1');
    assert.equal(first?.responseElements['x-amz-request-id'], $metadata.requestId);
  });

  it('name versions, delete markers and completed uploads', async () => {
    const Bucket = await createBucket();
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    await put(Bucket, {});
    const Key = 'k';
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const part = { Bucket, Key, UploadId, PartNumber: 1 };
    const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: 'x' }));
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    const completed = await client.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload }));
    const marked = await client.send(new DeleteObjectCommand({ Bucket, Key }));
    await client.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: [{ Key, VersionId: completed.VersionId }, { Key: 'none' }] },
      }),
    );
    const events = await eventsOf(Bucket, 4);
    assert.deepEqual(
      events
        .filter(({ s3 }) => s3.object['key'] === Key)
        .map(({ eventName, s3 }) => [eventName, s3.object['versionId']]),
      [
        ['ObjectCreated:CompleteMultipartUpload', completed.VersionId],
        ['ObjectRemoved:DeleteMarkerCreated', marked.VersionId],
        ['ObjectRemoved:Delete', completed.VersionId],
      ],
    );
  });

  it('are those that the rules select by event, prefix and suffix', async () => {
    const Bucket = await createBucket();
    await put(
      Bucket,
      { Id: 'jpg', Events: ['s3:ObjectCreated:Put'], Filter: filter(['prefix', 'a/'], ['suffix', '.jpg']) },
      { Id: 'gone', Events: ['s3:ObjectRemoved:Delete'], Filter: filter(['prefix', 'a/']) },
    );
    for (const Key of ['a/1.jpg', 'a/2.png', 'b/3.jpg', 'a/4.jpg']) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body: '' }));
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    }
    const events = await eventsOf(Bucket, 5);
    assert.deepEqual(events.map(({ s3 }) => `${s3.configurationId} ${s3.object['key']}`).toSorted(), [
      'gone a/1.jpg',
      'gone a/2.png',
      'gone a/4.jpg',
      'jpg a/1.jpg',
      'jpg a/4.jpg',
    ]);
  });

  it('begin with a test event unless the request skips it', async () => {
    const Bucket = await createBucket();
    const QueueConfigurations = [{ QueueArn: arn(), Events: all }];
    const NotificationConfiguration = { QueueConfigurations };
    await client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
    await eventually(() => received.some((one) => one.Event === 's3:TestEvent'), 'a test event');
  });

  it('beyond the room of a queue are dropped, and the change is made', async () => {
    const Bucket = await createBucket();
    await put(Bucket, { QueueArn: arn('full') });
    for (const Key of ['1', '2', '3']) await client.send(new PutObjectCommand({ Bucket, Key, Body: '' }));
    assert.equal(gateway.gateway.index.messages.depth('full'), 1);
  });

  it('of another bucket and of a change that fails are not sent', async () => {
    const Bucket = await createBucket();
    await put(Bucket, {});
    const other = await createBucket();
    await client.send(new PutObjectCommand({ Bucket: other, Key: 'k', Body: '' }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '' }));
    await assert.rejects(client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '', IfNoneMatch: '*' })));
    await client.send(new PutObjectCommand({ Bucket, Key: 'last', Body: '' }));
    const events = await eventsOf(Bucket, 2);
    assert.deepEqual(events.map(({ s3 }) => s3.object['key']).toSorted(), ['k', 'last']);
    assert.equal(received.filter(({ s3 }) => s3?.bucket.name === other).length, 0);
  });
});

describe('alerts', () => {
  it('about wrong signatures and many deletions reach the target', async () => {
    const stranger = sdkClient(gateway, { credentials: { accessKeyId: 'TESTKEY', secretAccessKey: 'wrong' } });
    for (let attempt = 0; attempt < 2; attempt++)
      await assert.rejects(stranger.send(new DeleteObjectCommand({ Bucket: 'any', Key: 'k' })));
    const Bucket = await createBucket();
    const Objects = ['1', '2', '3'].map((Key) => ({ Key }));
    for (const { Key } of Objects) await client.send(new PutObjectCommand({ Bucket, Key, Body: '' }));
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    const alerts = () => received.map(({ rule, subject }) => `${rule} ${subject}`);
    await eventually(() => alerts().includes('guessing key TESTKEY'), 'the alert about signatures');
    await eventually(() => alerts().includes(`wiping arn:aws:iam::${account}:root`), 'the alert about deletions');
  });
});

describe('a notification configuration', () => {
  it('is answered as it was stored, with an Id for each rule; none is an empty one', async () => {
    const Bucket = await createBucket();
    const get = () => client.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
    assert.equal((await get()).QueueConfigurations, undefined);
    const NotificationConfiguration = {
      TopicConfigurations: [{ TopicArn: arn('hook', 'sns'), Events: ['s3:ObjectAcl:Put'] as Event[] }],
      QueueConfigurations: [
        { Id: 'q', QueueArn: arn(), Events: ['s3:ObjectCreated:*'] as Event[], Filter: filter(['suffix', '&<>']) },
      ],
    };
    const SkipDestinationValidation = true;
    await client.send(
      new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration, SkipDestinationValidation }),
    );
    const stored = await get();
    assert.deepEqual(stored.QueueConfigurations, [
      { ...NotificationConfiguration.QueueConfigurations[0], Filter: filter(['Suffix', '&<>']) },
    ]);
    assert.match(stored.TopicConfigurations?.[0]?.Id ?? '', /^[0-9a-f-]{36}$/);
    await put(Bucket);
    assert.equal((await get()).QueueConfigurations, undefined);
  });

  const overlapping: Readonly<Record<string, readonly Partial<QueueConfiguration>[]>> = {
    'two rules for all keys': [{}, {}],
    'a family and one event of it': [{ Events: ['s3:ObjectCreated:*'] }, { Events: ['s3:ObjectCreated:Put'] }],
    'a prefix and a longer one': [{ Filter: filter(['prefix', 'a']) }, { Filter: filter(['prefix', 'ab']) }],
    'overlapping suffixes': [{ Filter: filter(['suffix', 'g']) }, { Filter: filter(['suffix', 'jpg']) }],
    'a prefix and a suffix': [{ Filter: filter(['prefix', 'a']) }, { Filter: filter(['suffix', 'jpg']) }],
  };
  const wrong: Readonly<Record<string, readonly Partial<QueueConfiguration>[]>> = {
    'an event that does not exist': [{ Events: ['s3:ObjectCreated:Move' as Event] }],
    'a family that does not exist': [{ Events: ['s3:*' as Event] }],
    'a target that does not exist': [{ QueueArn: arn('nothing') }],
    'a target that its account may not use': [{ QueueArn: arn('others') }],
    'a target under another account': [{ QueueArn: arn().replace(account, '111111111111') }],
    'a target in another region': [{ QueueArn: arn().replace(testRegion, 'eu-west-1') }],
    'the ARN of a topic in a queue': [{ QueueArn: arn('hook', 'sns') }],
    'an unknown filter': [{ Filter: filter(['infix', 'a']) }],
    'two prefixes in one filter': [{ Filter: filter(['prefix', 'a'], ['Prefix', 'b']) }],
    'one Id twice': [
      { Id: 'a', Events: ['s3:ObjectCreated:*'] },
      { Id: 'a', Events: ['s3:ObjectRemoved:*'] },
    ],
  };
  for (const [what, rules] of Object.entries({ ...overlapping, ...wrong })) {
    it(`is refused with InvalidArgument for ${what}`, async () => {
      await assert.rejects(put(await createBucket(), ...rules), { name: 'InvalidArgument' });
    });
  }

  it('is refused for functions and for EventBridge', async () => {
    const Bucket = await createBucket();
    const LambdaFunctionConfigurations = [{ LambdaFunctionArn: arn('hook', 'lambda'), Events: all }];
    for (const NotificationConfiguration of [{ LambdaFunctionConfigurations }, { EventBridgeConfiguration: {} }])
      await assert.rejects(
        client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration })),
        { name: 'InvalidArgument' },
      );
  });

  it('may have rules that share a prefix when their suffixes or events differ', async () => {
    await put(
      await createBucket(),
      { Filter: filter(['prefix', 'a'], ['suffix', '.jpg']) },
      { Filter: filter(['prefix', 'a'], ['suffix', '.png']) },
      { Filter: filter(['prefix', 'b']), Events: ['s3:ObjectCreated:Put'] },
      { Filter: filter(['prefix', 'b']), Events: ['s3:ObjectCreated:Copy'] },
    );
  });
});
