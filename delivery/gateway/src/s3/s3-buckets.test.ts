// Buckets with the unmodified AWS SDK: creation, listing, ownership, deletion, and how requests address them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { exchange } from '../test-support/raw-exchange.js';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const bucket = 'buckets';

let test: TestGateway;
let client: S3Client;
before(async () => {
  test = await startTestGateway();
  client = sdkClient(test);
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
});
after(async () => {
  client.destroy();
  await test.stop();
});

const put = (Key: string, Body: string = Key) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));

describe('buckets', () => {
  it('buckets are created, listed, located and deleted', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'second.bucket-2' }));
    const { Buckets, Owner } = await client.send(new ListBucketsCommand({}));
    assert.deepEqual(
      Buckets?.map(({ Name }) => Name),
      [bucket, 'second.bucket-2'],
    );
    assert.ok(Buckets?.every(({ CreationDate }) => CreationDate instanceof Date));
    assert.ok(Owner?.ID);
    await client.send(new HeadBucketCommand({ Bucket: 'second.bucket-2' }));
    const location = await client.send(new GetBucketLocationCommand({ Bucket: bucket }));
    assert.ok(!location.LocationConstraint);
    await client.send(new DeleteBucketCommand({ Bucket: 'second.bucket-2' }));
    await refuses('NotFound', 404, client.send(new HeadBucketCommand({ Bucket: 'second.bucket-2' })));
  });

  it('a bucket answers that it has no versioning, access rules or policy', async () => {
    assert.equal((await client.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status, undefined);
    const acl = await client.send(new GetBucketAclCommand({ Bucket: bucket }));
    assert.equal(acl.Grants?.[0]?.Permission, 'FULL_CONTROL');
    await refuses('NoSuchBucketPolicy', 404, client.send(new GetBucketPolicyCommand({ Bucket: bucket })));
  });

  it('the buckets of an account are listed in pages, by prefix and by region', async () => {
    const names = ['page-a', 'page-b', 'page-c'];
    for (const Bucket of names) await client.send(new CreateBucketCommand({ Bucket }));
    const found: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(new ListBucketsCommand({ Prefix: 'page-', MaxBuckets: 2, ContinuationToken }));
      assert.ok((page.Buckets?.length ?? 0) <= 2);
      found.push(...(page.Buckets ?? []).map(({ Name }) => Name));
      ContinuationToken = page.ContinuationToken;
    } while (ContinuationToken !== undefined);
    assert.deepEqual(found, names);
    const elsewhere = await client.send(new ListBucketsCommand({ BucketRegion: 'eu-west-1' }));
    assert.equal(elsewhere.Buckets?.length ?? 0, 0);
    await refuses('InvalidArgument', 400, client.send(new ListBucketsCommand({ ContinuationToken: '*' })));
    for (const Bucket of names) await client.send(new DeleteBucketCommand({ Bucket }));
  });

  it('a request that expects another owner of the bucket is refused', async () => {
    const { Owner } = await client.send(new ListBucketsCommand({}));
    const head = (ExpectedBucketOwner: string | undefined) =>
      client.send(new HeadBucketCommand({ Bucket: bucket, ExpectedBucketOwner }));
    await head(Owner?.ID);
    // A HEAD has no body to name the error in.
    await refuses('Unknown', 403, head('123456789012'));
  });

  it('creating a bucket again succeeds, as at Amazon in us-east-1, and leaves it as it is', async () => {
    const before = await test.gateway.index.getBucket(bucket);
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    assert.deepEqual(await test.gateway.index.getBucket(bucket), before);
  });

  it('every bucket says that its objects are encrypted', async () => {
    const { ServerSideEncryptionConfiguration } = await client.send(new GetBucketEncryptionCommand({ Bucket: bucket }));
    const [rule] = ServerSideEncryptionConfiguration?.Rules ?? [];
    assert.equal(rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm, 'AES256');
  });

  it('a bucket with a name against the rules, or in another region, is not created', async () => {
    const malformed = ['ab', 'a..b', 'Upper', '192.168.0.1', '-a-', 'a'.repeat(64), 'foo.-bar', 'foo-.bar', 'foo.'];
    for (const name of malformed) {
      await refuses('InvalidBucketName', 400, client.send(new CreateBucketCommand({ Bucket: name })));
    }
    // The SDK addresses some of these as buckets of other kinds.
    const reserved = [
      'xn--foo',
      'sthree-foo',
      'amzn-s3-demo-foo',
      'foo-s3alias',
      'foo--ol-s3',
      'foo.mrap',
      'foo--x-s3',
    ];
    for (const name of [...reserved, 'foo--table-s3'])
      assert.equal((await exchange(test, { method: 'PUT', path: `/${name}` }))?.code, 'InvalidBucketName');
    const foreign = { Bucket: 'foreign', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' as const } };
    await refuses('IllegalLocationConstraintException', 400, client.send(new CreateBucketCommand(foreign)));
  });

  it('a bucket is deleted only when it is empty', async () => {
    await put('fills-the-bucket');
    await refuses('BucketNotEmpty', 409, client.send(new DeleteBucketCommand({ Bucket: bucket })));
    await refuses('NoSuchBucket', 404, client.send(new DeleteBucketCommand({ Bucket: 'nothing' })));
  });

  it('a bucket that is created anew has another key: copies into it are readable', async () => {
    await put('origin', 'shared bytes');
    const copy = () =>
      client.send(new CopyObjectCommand({ Bucket: 'again', Key: 'copy', CopySource: `${bucket}/origin` }));
    for (let round = 0; round < 2; round++) {
      await client.send(new CreateBucketCommand({ Bucket: 'again' }));
      await copy();
      const answer = await client.send(new GetObjectCommand({ Bucket: 'again', Key: 'copy' }));
      assert.equal(await answer.Body!.transformToString(), 'shared bytes');
      await client.send(new DeleteObjectCommand({ Bucket: 'again', Key: 'copy' }));
      await client.send(new DeleteBucketCommand({ Bucket: 'again' }));
    }
  });

  it('an upload into a bucket that is deleted and created anew meanwhile is refused', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'fleeting' }));
    const held = test.providers.map((provider) => provider.fault);
    let recreated: Promise<unknown> | undefined;
    for (const provider of test.providers) {
      provider.fault = (kind) => {
        if (kind === 'put') {
          recreated ??= client
            .send(new DeleteBucketCommand({ Bucket: 'fleeting' }))
            .then(() => client.send(new CreateBucketCommand({ Bucket: 'fleeting' })));
        }
        return 'none';
      };
    }
    const body = randomBytes(20_000_000);
    const outcome = client.send(new PutObjectCommand({ Bucket: 'fleeting', Key: 'a', Body: body })).then(
      () => 'stored',
      (error: { name: string }) => error.name,
    );
    const result = await outcome;
    await recreated;
    test.providers.forEach((provider, index) => {
      provider.fault = held[index]!;
    });
    // Either the upload was first, then the bucket was not empty and stayed; or it is refused.
    const object = await test.gateway.index.getObject({ bucket: 'fleeting', key: 'a' });
    assert.equal(object !== undefined, result === 'stored');
    assert.equal(result, 'NoSuchBucket');
  });
});

describe('virtual-hosted addressing', () => {
  it('buckets are served below a configured domain, and in path style on every other host', async () => {
    const own = await startTestGateway({ s3Domains: ['s3.example.com'] });
    const body = 'abc';
    const send = (method: string, host: string, path: string) =>
      method === 'PUT'
        ? exchange(own, { method, host, path, headers: { 'content-length': String(body.length) } }, body)
        : exchange(own, { method, host, path });
    try {
      for (const path of ['/storage', '/other']) await exchange(own, { method: 'PUT', path });
      const hosted = await send('PUT', 'storage.s3.example.com', '/k');
      assert.equal(hosted?.status, 200, hosted?.body);
      assert.equal((await send('GET', 's3.example.com', '/storage/k'))?.body, body);
      // The first label names a bucket, but the domain is not configured: path style, as on any host.
      assert.equal((await send('GET', 'storage.example.com', '/storage/k'))?.body, body);
      assert.equal((await send('GET', 'storage.example.com', '/k'))?.code, 'NoSuchBucket');
    } finally {
      await own.stop();
    }
  });

  it('bucket.localhost is served, so that SDKs work in their default style', async () => {
    await put('hosted', 'by the host');
    const { port } = new URL(test.gateway.s3Endpoint);
    const answer = await exchange(test, { method: 'GET', host: `${bucket}.localhost:${port}`, path: '/hosted' });
    assert.equal(answer?.body, 'by the host');
  });
});
