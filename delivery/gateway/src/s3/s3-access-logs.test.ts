// Server access logs: configurations, lines as an independent pattern reads them, keys, restarts, and a bucket that logs into itself.
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetBucketLoggingCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type LoggingEnabled,
  PutBucketLoggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { accountIdOf } from '@cess/access';
import { toHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { foreignCredentials, startTestGateway, type TestGateway, testOwner } from '../test-support/test-gateway.js';

/** The pattern that Amazon's documentation of Athena publishes for these logs, by its fields. */
const linePattern =
  /^(\S+) (\S+) \[(.*?)\] (\S+) (\S+) (\S+) (\S+) (\S+) "([^"]*)" (\S+) (\S+) (\S+) (\S+) (\S+) (\S+) "([^"]*)" "([^"]*)" (\S+) (\S+) (\S+) (\S+) (\S+) (\S+) (\S+) (\S+) (\S+)$/;

const account = accountIdOf(testOwner);
const folder = mkdtempSync(join(tmpdir(), 'cess-access-logs-'));
let gateway: TestGateway;
let client: S3Client;
let foreign: S3Client;
let buckets = 0;

async function open(over?: TestGateway): Promise<void> {
  const common = { accessLogDir: folder, accessLogDeliveryMs: 200, hasForeignAccount: true };
  gateway = await startTestGateway(over === undefined ? common : { ...common, over, kv: over.kv });
  client = sdkClient(gateway);
  foreign = sdkClient(gateway, { credentials: foreignCredentials });
}

before(() => open());
after(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function createBucket(of = client): Promise<string> {
  const Bucket = `logged-${++buckets}`;
  await of.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

const log = (Bucket: string, enabled: LoggingEnabled | undefined) =>
  client.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: enabled ? { LoggingEnabled: enabled } : {} }));

async function delivered(Bucket: string, Prefix: string): Promise<{ keys: string[]; lines: string[] }> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
  const keys = Contents.flatMap(({ Key }) => Key ?? []);
  const texts = await Promise.all(
    keys.map(async (Key) => (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()),
  );
  return { keys, lines: texts.join('').split('\n').slice(0, -1) };
}

/** The lines of a log, once there are `count`. */
function linesOf(bucket: string, prefix: string, count: number): Promise<{ keys: string[]; lines: string[] }> {
  return eventually(async () => {
    const found = await delivered(bucket, prefix);
    return found.lines.length >= count ? found : undefined;
  }, `${count} lines below ${prefix}`);
}

describe('an access log', () => {
  it('has a line in Amazon’s format for every request to the bucket', async () => {
    const Bucket = await createBucket();
    const target = await createBucket();
    await log(Bucket, { TargetBucket: target, TargetPrefix: 'a/' });
    const Key = 'a b/"c';
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'abcdef' }));
    await client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [] } }));
    const { $metadata } = await client.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=1-3' }));
    await client.send(new HeadObjectCommand({ Bucket, Key }));
    await assert.rejects(client.send(new GetObjectCommand({ Bucket, Key: 'missing' })));
    await refuses('AccessDenied', 403, foreign.send(new ListObjectsV2Command({ Bucket })));
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } }));
    const { lines } = await linesOf(target, 'a/', 7);
    const fields = lines.map((line) => linePattern.exec(line)?.slice(1) ?? assert.fail(line));
    // Lines come in several objects, whose keys have no order within a second. The length of an XML body does not matter.
    const short = fields
      .map((field) => [6, 7, 9, 10, 11, 12].map((at) => field[at]).join(' '))
      .map((line) => line.replace(/(NoSuchKey|AccessDenied|DELETE - 200 -) \d+/, '$1 n'));
    const key = 'a%20b/%22c';
    assert.deepEqual(
      short.toSorted(),
      [
        `REST.PUT.OBJECT ${key} 200 - - 6`,
        `REST.PUT.OBJECT_TAGGING ${key} 200 - - -`,
        `REST.GET.OBJECT ${key} 206 - 3 6`,
        `REST.HEAD.OBJECT ${key} 200 - - 6`,
        'REST.GET.OBJECT missing 404 NoSuchKey n -',
        'REST.GET.BUCKET - 403 AccessDenied n -',
        'REST.POST.MULTI_OBJECT_DELETE - 200 - n -',
      ].toSorted(),
    );
    const read = fields.find((field) => field[9] === '206') ?? [];
    assert.equal(read[0], toHex(testOwner));
    assert.equal(read[1], Bucket);
    assert.match(read[2] ?? '', /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    assert.equal(read[3], '127.0.0.1');
    assert.equal(read[4], `arn:aws:iam::${account}:root`);
    assert.equal(read[5], $metadata.requestId);
    assert.match(read[16] ?? '', /aws-sdk-js/);
    assert.deepEqual(read.slice(19, 22), ['SigV4', '-', 'AuthHeader']);
  });

  it('has keys with the time, below the prefix or in folders by account, region, bucket and day', async () => {
    const Bucket = await createBucket();
    const target = await createBucket();
    const dated = String.raw`\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}`;
    const folders = String.raw`${account}/us-east-1/${Bucket}/\d{4}/\d\d/\d\d/`;
    const formats = {
      simple: [undefined, new RegExp(`^simple/${dated}$`)],
      event: ['EventTime', new RegExp(`^event/${folders}\\d{4}-\\d\\d-\\d\\d-00-00-00-[0-9A-F]{16}$`)],
      delivery: ['DeliveryTime', new RegExp(`^delivery/${folders}${dated}$`)],
    } as const;
    for (const [prefix, [PartitionDateSource, pattern]] of Object.entries(formats)) {
      const PartitionedPrefix = PartitionDateSource && { PartitionDateSource };
      const format = PartitionedPrefix && { TargetObjectKeyFormat: { PartitionedPrefix } };
      await log(Bucket, { TargetBucket: target, TargetPrefix: `${prefix}/`, ...format });
      await client.send(new ListObjectsV2Command({ Bucket }));
      const { keys } = await linesOf(target, `${prefix}/`, 1);
      for (const key of keys) assert.match(key, pattern);
    }
  });

  it('of a bucket that logs into itself does not log its own deliveries', async () => {
    const Bucket = await createBucket();
    await log(Bucket, { TargetBucket: Bucket, TargetPrefix: 'log/' });
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '' }));
    const { lines } = await linesOf(Bucket, 'log/', 1);
    assert.ok(lines.every((line) => !/PUT\.OBJECT log\//.test(line)));
  });

  it('ends when logging is switched off', async () => {
    const Bucket = await createBucket();
    const target = await createBucket();
    await log(Bucket, { TargetBucket: target, TargetPrefix: '' });
    await log(Bucket, undefined);
    await client.send(new PutObjectCommand({ Bucket, Key: 'unseen', Body: '' }));
    const other = await createBucket();
    await log(other, { TargetBucket: target, TargetPrefix: '' });
    await client.send(new PutObjectCommand({ Bucket: other, Key: 'seen', Body: '' }));
    const { lines } = await linesOf(target, '', 1);
    assert.ok(!lines.some((line) => line.includes('unseen')));
  });

  it('delivers after a restart what a crash left, once, but for a line that was cut off', async () => {
    const Bucket = await createBucket();
    const target = await createBucket();
    await log(Bucket, { TargetBucket: target, TargetPrefix: 'left/' });
    await eventually(() => readdirSync(folder).length === 0, 'an empty spool');
    await gateway.gateway.stop();
    const spooled = (line: string) => JSON.stringify({ source: Bucket, timeMs: 1_700_000_000_000, line });
    const file = join(folder, '1700000000000-0123abcd.log');
    appendFileSync(file, `${spooled('one\n')}\n${spooled('two\n')}\n${spooled('cut').slice(0, 20)}`);
    await open(gateway);
    const { keys, lines } = await linesOf(target, 'left/', 2);
    assert.deepEqual(lines, ['one', 'two']);
    assert.match(keys.join(), /^left\/2023-11-14-22-13-20-[0-9A-F]{16}$/);
    await eventually(() => readdirSync(folder).length === 0, 'an empty spool');
  });
});

describe('PutBucketLogging', () => {
  it('is answered by GetBucketLogging as it was stored', async () => {
    const Bucket = await createBucket();
    const get = async () => (await client.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled;
    assert.equal(await get(), undefined);
    await log(Bucket, { TargetBucket: Bucket, TargetPrefix: 'p&' });
    const stored = await get();
    assert.deepEqual([stored?.TargetBucket, stored?.TargetPrefix], [Bucket, 'p&']);
  });

  it('refuses a target that is missing, of another owner, or with a default retention, and grants', async () => {
    const Bucket = await createBucket();
    const invalid = (TargetBucket: string) =>
      refuses('InvalidTargetBucketForLogging', 400, log(Bucket, { TargetBucket, TargetPrefix: '' }));
    await invalid('missing-bucket');
    await invalid(await createBucket(foreign));
    const TargetGrants = [
      { Grantee: { Type: 'CanonicalUser' as const, ID: toHex(testOwner) }, Permission: 'READ' as const },
    ];
    await refuses('NotImplemented', 501, log(Bucket, { TargetBucket: Bucket, TargetPrefix: '', TargetGrants }));
  });
});
