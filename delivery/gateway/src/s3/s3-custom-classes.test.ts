// STORE-2: storage classes beside Amazon's, with the unmodified AWS SDK: what is stored for each, what is refused, and the default
// class of a bucket.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  type S3Client,
  type StorageClass,
  type TransitionStorageClass,
} from '@aws-sdk/client-s3';
import { eventually } from '@cess/primitives/testing';
import { admin } from '../test-support/admin-client.js';
import { sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const Bucket = 'custom-classes';
const KiB = 1024;
const MiB = 1024 * KiB;
// The types of the SDK know Amazon's names alone; it sends any.
const custom = (name: string) => name as StorageClass;

class Gateway {
  readonly client: S3Client;

  constructor(readonly test: TestGateway) {
    this.client = sdkClient(test);
  }

  put(Key: string, Body: Buffer, StorageClass?: string) {
    const named = StorageClass === undefined ? {} : { StorageClass: custom(StorageClass) };
    return this.client.send(new PutObjectCommand({ Bucket, Key, Body, ...named }));
  }

  async read(Key: string): Promise<Buffer> {
    const { Body } = await this.client.send(new GetObjectCommand({ Bucket, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  async classOf(Key: string): Promise<string | undefined> {
    return (await this.client.send(new HeadObjectCommand({ Bucket, Key }))).StorageClass;
  }

  /** Data fragments and all fragments of the first segment. */
  async shapeOf(key: string): Promise<string> {
    const { index } = this.test.gateway;
    const fileId = (await index.getObject({ bucket: Bucket, key }))?.extents[0]?.fileId;
    assert.ok(fileId);
    const carrier = await index.packs.carrierOf(fileId);
    const segment = await index.getSegment(carrier?.fileId ?? fileId, 0);
    return `${segment?.k} of ${segment?.fragments.length}`;
  }

  setDefault(storageClass: unknown) {
    return admin(this.test, 'POST', `/buckets/${Bucket}/storage-class`, { body: { storageClass } });
  }

  async stop(): Promise<void> {
    this.client.destroy();
    await this.test.stop();
  }
}

async function start(options: Parameters<typeof startTestGateway>[0]): Promise<Gateway> {
  const gateway = new Gateway(await startTestGateway(options));
  await gateway.client.send(new CreateBucketCommand({ Bucket }));
  return gateway;
}

const invalid = (message: RegExp) => (error: unknown) => {
  const {
    name,
    message: text,
    $metadata,
  } = error as { name: string; message: string; $metadata: { httpStatusCode: number } };
  assert.deepEqual([name, $metadata.httpStatusCode], ['InvalidStorageClass', 400]);
  assert.match(text, message);
  return true;
};

describe('a storage class that the configuration names', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await start({ storageClasses: ['CESS_2_1', 'CESS_3_5', 'CESS_16_24'], batchBelowBytes: 64 * KiB });
  });
  after(() => gateway.stop());

  it('stores the fragments that it says, and is stated by answers and listings', async () => {
    const bytes = randomBytes(200 * KiB);
    for (const [name, shape] of [
      ['CESS_2_1', '2 of 3'],
      ['CESS_3_5', '3 of 8'],
    ] as const) {
      await gateway.put(name, bytes, name);
      assert.deepEqual([await gateway.shapeOf(name), await gateway.classOf(name)], [shape, name]);
      assert.deepEqual(await gateway.read(name), bytes);
      const { Contents } = await gateway.client.send(new ListObjectsV2Command({ Bucket, Prefix: name }));
      assert.equal(Contents?.[0]?.StorageClass, name);
    }
  });

  it('holds for small objects, which share a batch of their class', async () => {
    await gateway.put('small', Buffer.from('small'), 'CESS_2_1');
    assert.deepEqual([await gateway.shapeOf('small'), (await gateway.read('small')).toString()], ['2 of 3', 'small']);
  });

  it('is refused where the network has fewer providers than fragments, with both numbers', async () => {
    await assert.rejects(
      gateway.put('wide', Buffer.from('x'), 'CESS_16_24'),
      invalid(/needs 40 providers, and the network has 16/),
    );
  });

  it('is refused when it is not configured, or is outside of the bounds', async () => {
    for (const name of ['CESS_4_4', 'CESS_1_2', 'CESS_17_1', 'CESS_2_5', 'CESS_02_1', 'CESS_2', 'cess_2_1'])
      await assert.rejects(
        gateway.put('refused', Buffer.from('x'), name),
        invalid(/has the storage classes STANDARD, .*CESS_2_1/),
      );
  });

  it('is the default of a bucket when the admin API says so, until it is taken back', async () => {
    const set = await gateway.setDefault('CESS_2_1');
    assert.deepEqual([set.status, set.json['defaultStorageClass']], [200, 'CESS_2_1']);
    await gateway.put('by-default', randomBytes(100 * KiB));
    await gateway.put('stated', randomBytes(100 * KiB), 'REDUCED_REDUNDANCY');
    await gateway.client.send(new CopyObjectCommand({ Bucket, Key: 'copied', CopySource: `${Bucket}/stated` }));
    const shapes = await Promise.all(['by-default', 'stated', 'copied'].map((key) => gateway.shapeOf(key)));
    assert.deepEqual(shapes, ['2 of 3', '4 of 6', '2 of 3']);
    const cleared = await gateway.setDefault(null);
    assert.deepEqual([cleared.status, cleared.json['defaultStorageClass']], [200, undefined]);
    await gateway.put('standard', randomBytes(100 * KiB));
    assert.equal(await gateway.shapeOf('standard'), '4 of 12');
  });

  it('is no target of a lifecycle rule while new objects cannot have it', async () => {
    for (const to of ['CESS_4_4', 'CESS_16_24']) {
      const Transitions = [{ Days: 1, StorageClass: to as TransitionStorageClass }];
      const Rules = [{ Status: 'Enabled' as const, Filter: { Prefix: '' }, Transitions }];
      const rule = new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } });
      await assert.rejects(gateway.client.send(rule), invalid(/storage class/));
    }
  });

  it('is not made the default when new objects cannot have it', async () => {
    for (const name of ['CESS_4_4', 'CESS_16_24', 'GLACIER', 5, undefined]) {
      const { status, json } = await gateway.setDefault(name);
      assert.deepEqual([status, json['code']], [400, 'InvalidParameter']);
    }
  });
});

describe('a lifecycle rule', () => {
  it('moves objects to a configured class and back to STANDARD, without a change of their entity tag', async () => {
    const gateway = await start({ lifecycleDaySeconds: 1, storageClasses: ['CESS_2_1'] });
    try {
      const bytes = randomBytes(200 * KiB);
      const setRule = (to: string) => {
        const Transitions = [{ Days: 1, StorageClass: to as TransitionStorageClass }];
        const Rules = [{ Status: 'Enabled' as const, Filter: { Prefix: '' }, Transitions }];
        const LifecycleConfiguration = { Rules };
        return gateway.client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
      };
      await gateway.put('moving', bytes);
      const { ETag } = await gateway.client.send(new HeadObjectCommand({ Bucket, Key: 'moving' }));
      for (const [to, shown, shape] of [
        ['CESS_2_1', 'CESS_2_1', '2 of 3'],
        ['STANDARD', undefined, '4 of 12'],
      ] as const) {
        await setRule(to);
        await eventually(async () => (await gateway.shapeOf('moving')) === shape, `the object is moved to ${to}`);
        const head = await gateway.client.send(new HeadObjectCommand({ Bucket, Key: 'moving' }));
        assert.deepEqual([head.StorageClass, head.ETag], [shown, ETag]);
        assert.deepEqual(await gateway.read('moving'), bytes);
      }
    } finally {
      await gateway.stop();
    }
  });
});

describe('in a network of 40 providers', () => {
  it('CESS_16_24 stores 16 of 40, and its content is copied back to STANDARD', async () => {
    const gateway = await start({ providers: 40, storageClasses: ['CESS_16_24'] });
    try {
      // Shards of a whole MiB: a stripe with its spares takes all of the memory that feeds copies.
      const bytes = randomBytes(17 * MiB);
      await gateway.put('wide', bytes, 'CESS_16_24');
      assert.equal(await gateway.shapeOf('wide'), '16 of 40');
      assert.deepEqual(await gateway.read('wide'), bytes);
      const StorageClass = custom('STANDARD');
      await gateway.client.send(
        new CopyObjectCommand({ Bucket, Key: 'wide', CopySource: `${Bucket}/wide`, StorageClass }),
      );
      assert.deepEqual([await gateway.shapeOf('wide'), await gateway.classOf('wide')], ['4 of 12', undefined]);
      assert.deepEqual(await gateway.read('wide'), bytes);
    } finally {
      await gateway.stop();
    }
  });
});
