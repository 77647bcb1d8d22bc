// Small objects through the S3 interface: stored in batches, packed, read, deleted, over a restart.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, it } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { eventually } from '@cess/primitives/testing';
import { ciphertextLength } from '@cess/sealing';
import { createMemoryKv } from '@cess/store';
import { assertAnswer, headerOf, sender } from '../test-support/requests.js';
import { sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../test-support/test-gateway.js';

const Bucket = 'small';
const threshold = 128 * 1024;
const sizes = [1, 17, 4096, 65_519, 65_520, 65_521, 100_000, threshold];

let test: TestGateway;
let client: S3Client;

async function start(options: TestGatewayOptions = {}): Promise<void> {
  test = await startTestGateway({
    kv: createMemoryKv(),
    batchBelowBytes: threshold,
    packAfterMs: 0,

    ...options,
  });
  client = sdkClient(test);
}
async function stop(): Promise<void> {
  client.destroy();
  await test.stop();
}
afterEach(stop);

const put = (Key: string, Body: Uint8Array) => client.send(new PutObjectCommand({ Bucket, Key, Body }));
async function get(Key: string, Range?: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, Range }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}
const isGone = (Key: string) =>
  assert.rejects(client.send(new HeadObjectCommand({ Bucket, Key })), { name: 'NotFound' });
const declared = () => test.chain.files.size;
const storedOrders = () =>
  new Set(test.providers.flatMap(({ places }) => [...places.keys()].map((path) => path.split('/')[3])));

/** Bytes of the fragments that the chain records. */
const declaredBytes = () =>
  [...test.chain.files.values()].reduce(
    (sum, { declaration }) =>
      sum +
      declaration.segments.reduce((all, { fragmentLength, fragments }) => all + fragmentLength * fragments.length, 0),
    0,
  );
/** Every object is in a pack that is declared. */
const packed = () =>
  eventually(async () => {
    const { gateway } = test;
    return (await gateway.index.packs.listPacking(1)).length === 0 && (await gateway.backlog()) === 0;
  }, 'the declaration of the packs');

/** One object of each size, stored at once. */
async function putAll(): Promise<Map<string, Buffer>> {
  await client.send(new CreateBucketCommand({ Bucket }));
  const objects = new Map(sizes.map((size) => [`object-${size}`, randomBytes(size)]));
  await Promise.all([...objects].map(([key, body]) => put(key, body)));
  return objects;
}
async function assertAll(objects: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [key, body] of objects) {
    assert.ok((await get(key)).equals(body), key);
    const middle = body.length >> 1;
    assert.ok((await get(key, `bytes=${middle}-${middle}`)).equals(body.subarray(middle, middle + 1)), key);
  }
}

describe('small objects', () => {
  it('that are stored at once share a batch, are not declared, and are read back', async () => {
    await start({ packAfterMs: 3_600_000 });
    const objects = await putAll();
    assert.ok(storedOrders().size < objects.size, `${storedOrders().size} batches`);
    await assertAll(objects);
    assert.equal(declared(), 0);
    await eventually(() => test.gateway.usage().memoryBytes === 0, 'memory that is free');
  });

  it('that were stored last are read, and packed, without asking a provider', async () => {
    await start({ packAfterMs: 3_600_000, smallCacheBytes: 32 * 1024 * 1024 });
    const objects = await putAll();
    for (const provider of test.providers) provider.fault = (kind) => (kind === 'get' ? 'reset' : 'none');
    await assertAll(objects);
  });

  it('become packs, which are declared; their batches are deleted at the providers', async () => {
    await start();
    const objects = await putAll();
    await packed();
    await eventually(() => storedOrders().size === declared(), 'the deletion of the batches');
    for (const Key of objects.keys()) {
      const answer = await sender(() => test)('GET', `/${Bucket}/${Key}`);
      assert.ok(
        test.chain.files.has(String(headerOf(answer, 'x-cess-file-id'))),
        'the header names the pack, which is on the chain',
      );
    }
    await assertAll(objects);
    await eventually(() => test.gateway.usage().memoryBytes === 0, 'memory that is free');
  });

  it('are read around providers that fail, lie or lost them', async () => {
    await start({ packAfterMs: 3_600_000 });
    const objects = await putAll();
    const [a, b, c, d] = test.providers;
    a!.fault = () => 'stall';
    b!.fault = (kind) => (kind === 'get' ? 'lie' : 'none');
    c!.wipe();
    d!.rot();
    client.destroy();
    // All providers share this thread: where it is busy, good ones count as slow too, and clients ask again.
    client = sdkClient(test, { maxAttempts: 4 });
    await assertAll(objects);
  });

  it('are gone when they are deleted, and with the last one their packs', async () => {
    await start();
    const objects = await putAll();
    await packed();
    for (const Key of objects.keys()) await client.send(new DeleteObjectCommand({ Bucket, Key }));
    for (const key of objects.keys()) await isGone(key);
    await eventually(() => declared() === 0, 'the deletion of the packs');
  });

  it('take at most 1.2 times the space of those that are left after the others were deleted', async () => {
    await start();
    const objects = await putAll();
    await packed();
    for (const Key of [`object-${threshold}`, 'object-65520', 'object-17']) {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
      objects.delete(Key);
    }
    const liveBytes = [...objects.values()].reduce((sum, { length }) => sum + length, 0);
    await eventually(
      () => declaredBytes() <= 1.2 * 3 * liveBytes,
      () => `${declaredBytes()} of ${liveBytes} bytes`,
    );
    await assertAll(objects);
  });

  it('have receipts that name their streams within the packs', async () => {
    await start();
    const objects = await putAll();
    await packed();
    const send = sender(() => test);
    for (const [key, body] of objects) {
      const answer = await send('GET', `/${Bucket}/${key}?receipt`);
      assertAnswer(answer, 200);
      const { statement } = JSON.parse(answer.body) as {
        readonly statement: {
          readonly extents: readonly { readonly file: string; readonly offset: number }[];
          readonly files: readonly { readonly id: string; readonly streams: readonly Record<string, unknown>[] }[];
        };
      };
      const [extent] = statement.extents;
      const [file] = statement.files;
      assert.ok(test.chain.files.has(file!.id.slice(2)), 'a receipt names a declared file');
      assert.deepEqual(statement.extents, [{ file: file!.id, offset: extent!.offset, length: body.length }]);
      const [{ id, ...stream }, ...others] = file!.streams as [Record<string, unknown>];
      assert.match(String(id), /^0x[0-9a-f]{64}$/);
      const { offset } = extent!;
      const sealed = ciphertextLength(body.length);
      const expected = { plaintextOffset: offset, ciphertextOffset: offset, ciphertextLength: sealed, key: null };
      assert.deepEqual([stream, others], [expected, []]);
    }
  });

  it('are copied without a second pack, and outlive their source', async () => {
    await start();
    const objects = await putAll();
    await packed();
    await client.send(new CreateBucketCommand({ Bucket: 'other' }));
    await client.send(new CopyObjectCommand({ Bucket: 'other', Key: 'copy', CopySource: `${Bucket}/object-4096` }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'object-4096' }));
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'other', Key: 'copy' }));
    assert.ok(objects.get('object-4096')!.equals(await Body!.transformToByteArray()));
  });

  it('fill the quota to the last that fits, and are packed then', async () => {
    const size = 10_000;
    const fragments = 12 * Math.ceil(ciphertextLength(size) / 4);
    await start({ quotaBytes: 6 * fragments });
    await client.send(new CreateBucketCommand({ Bucket }));
    const bodies = Array.from({ length: 9 }, () => randomBytes(size));
    const outcomes = await Promise.allSettled(bodies.map((body, at) => put(`object-${at}`, body)));
    const stored = new Map(bodies.map((body, at) => [`object-${at}`, body] as const));
    outcomes.forEach(({ status }, at) => {
      if (status === 'rejected') stored.delete(`object-${at}`);
    });
    assert.equal(stored.size, 6);
    await packed();
    await assertAll(stored);
  });

  it('move to another storage class as they are sealed', async () => {
    await start({ lifecycleDaySeconds: 1 });
    const objects = await putAll();
    await packed();
    const Transitions = [{ Date: new Date('2020-01-01T00:00:00Z'), StorageClass: 'ONEZONE_IA' as const }];
    // Without it, small objects stay in their class.
    const Filter = { ObjectSizeGreaterThan: 0 };
    const LifecycleConfiguration = { Rules: [{ Status: 'Enabled' as const, Filter, Transitions }] };
    await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
    for (const Key of objects.keys()) {
      const classOf = async () => (await client.send(new HeadObjectCommand({ Bucket, Key }))).StorageClass;
      await eventually(async () => (await classOf()) === 'ONEZONE_IA', `the transition of ${Key}`);
    }
    await assertAll(objects);
  });

  it('are there after a restart in the middle, and are packed then', async () => {
    await start({ packAfterMs: 3_600_000 });
    const objects = await putAll();
    const over = test;
    client.destroy();
    await test.gateway.stop();
    await start({ over, kv: over.kv });
    await packed();
    await assertAll(objects);
  });
});
