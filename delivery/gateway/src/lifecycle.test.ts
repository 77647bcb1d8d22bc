// The life of files between clients, index and chain: races of deletion and declaration, restarts, quota.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { prefixEnd, utf8 } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { createMemoryKv } from '@cess/store';
import { startTestGateway, type TestGateway, testCredentials, testRegion } from './test-support/test-gateway.js';

const Bucket = 'lifecycle';

const clientOf = (test: TestGateway) =>
  new S3Client({
    endpoint: test.gateway.s3Endpoint,
    region: testRegion,
    credentials: testCredentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });

const available = (test: TestGateway) => test.gateway.usage().availableBytes[testCredentials.accessKeyId];
const fileCount = (test: TestGateway) => [...test.kv.entries({ gte: utf8('f/'), lt: prefixEnd(utf8('f/'))! })].length;

describe('lifecycle of files', () => {
  it('STORE-5: whatever the order of puts, copies, overwrites and deletions, in the end nothing remains on chain', async () => {
    const test = await startTestGateway();
    const client = clientOf(test);
    try {
      await client.send(new CreateBucketCommand({ Bucket }));
      const before = available(test);
      await Promise.all(
        Array.from({ length: 24 }, async (_, n) => {
          const Key = `k${n % 8}`;
          await client.send(new PutObjectCommand({ Bucket, Key, Body: randomBytes(3000) }));
          await client
            .send(new CopyObjectCommand({ Bucket, Key: `${Key} copy`, CopySource: `${Bucket}/${Key}` }))
            .catch((error: { name: string }) =>
              assert.ok(['NoSuchKey', 'PreconditionFailed'].includes(error.name), error.name),
            );
          await client.send(new DeleteObjectCommand({ Bucket, Key }));
        }),
      );
      for (let n = 0; n < 8; n++) await client.send(new DeleteObjectCommand({ Bucket, Key: `k${n} copy` }));
      await eventually(async () => (await test.gateway.backlog()) === 0, 'the chain has been told');
      assert.equal(test.chain.files.size, 0);
      assert.equal(fileCount(test), 0);
      assert.equal(available(test), before);
      await eventually(() => test.gateway.usage().memoryBytes === 0, 'memory that is free');
    } finally {
      client.destroy();
      await test.stop();
    }
  });

  it('a hole that was filled just before a crash is settled by what the chain says, without another copy', async () => {
    const test = await startTestGateway();
    const client = clientOf(test);
    try {
      await client.send(new CreateBucketCommand({ Bucket }));
      for (const provider of test.providers.slice(0, 6)) {
        provider.fault = (kind) => (kind === 'holdings' ? 'refuse' : 'none');
      }
      await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: randomBytes(1000) }));
      // The chain knows all holders, the index believes in holes: as after a crash between the two.
      const stored = (await test.gateway.index.getObject({ bucket: Bucket, key: 'k' }))!.extents[0]!.fileId;
      const { fragments } = (await test.gateway.index.getSegment(stored, 0))!;
      fragments.forEach(({ holder }, fragment) => {
        test.chain.placements.push({
          fileId: stored,
          segment: 0,
          fragment,
          provider: holder!,
          until: 600,
          signature: new Uint8Array(64),
        });
      });
      const reported = test.chain.placements.length;
      const stores = test.providers.reduce((sum, { puts }) => sum + puts.length, 0);
      await eventually(async () => (await test.gateway.backlog()) === 0, 'the declaration');
      await eventually(async () => (await test.gateway.index.listHoles(10)).length === 0, 'the settling');
      const now = (await test.gateway.index.getSegment(stored, 0))!.fragments;
      assert.deepEqual(
        now.map(({ holder }) => holder),
        fragments.map(({ holder }) => holder),
      );
      assert.equal(test.chain.placements.length, reported);
      const after = test.providers.reduce((sum, { puts }) => sum + puts.length, 0);
      assert.equal(after, stores);
    } finally {
      client.destroy();
      await test.stop();
    }
  });

  it('a restart with the chain at a standstill keeps what is acknowledged, in quota and outbox', async () => {
    const kv = createMemoryKv();
    const first = await startTestGateway({ kv, quotaBytes: 1_000_000 });
    const client = clientOf(first);
    first.chain.stalled = true;
    await client.send(new CreateBucketCommand({ Bucket }));
    const body = randomBytes(100_000);
    for (const Key of ['a', 'b']) await client.send(new PutObjectCommand({ Bucket, Key, Body: body }));
    const left = available(first);
    client.destroy();
    await first.stop();
    const second = await startTestGateway({ kv, quotaBytes: 1_000_000 });
    const again = clientOf(second);
    try {
      assert.ok(left !== undefined && left < 1_000_000 - 2 * 3 * 100_000);
      assert.ok(available(second)! <= left, 'what the chain does not know yet is not given out twice');
      assert.equal(await second.gateway.backlog(), 2);
      // New providers stand at other ports and hold nothing: the objects are there, their bytes are not.
      await assert.rejects(again.send(new GetObjectCommand({ Bucket, Key: 'a' })), { name: 'ServiceUnavailable' });
      await eventually(() => second.gateway.usage().memoryBytes === 0, 'the memory of the read');
    } finally {
      again.destroy();
      await second.stop();
    }
  });

  it('refuses an empty index while the chain has files of this gateway, until the loss is accepted', async () => {
    const hasFiles = true;
    const kv = createMemoryKv();
    await assert.rejects(startTestGateway({ kv, hasFiles }), { code: 'GATEWAY_INDEX_LOST' });
    await assert.rejects(startTestGateway({ kv, hasFiles }), { code: 'GATEWAY_INDEX_LOST' });
    await (await startTestGateway({ kv, hasFiles, acceptLostIndex: true })).stop();
    await (await startTestGateway({ kv, hasFiles })).stop();
  });

  it('starts without the chain: serves reads, and accepts uploads within the quota that it knew', async () => {
    const kv = createMemoryKv();
    const first = await startTestGateway({ kv, quotaBytes: 1_000_000 });
    const before = clientOf(first);
    await before.send(new CreateBucketCommand({ Bucket }));
    const Body = randomBytes(50_000);
    await before.send(new PutObjectCommand({ Bucket, Key: 'old', Body }));
    await eventually(async () => (await first.gateway.backlog()) === 0, 'the chain has been told');
    before.destroy();
    await first.gateway.stop();
    first.chain.isAway = true;
    const second = await startTestGateway({ kv, over: first });
    const client = clientOf(second);
    try {
      const answer = await client.send(new GetObjectCommand({ Bucket, Key: 'old' }));
      assert.deepEqual(Buffer.from((await answer.Body?.transformToByteArray()) ?? []), Body);
      assert.equal(available(second), 1_000_000);
      await client.send(new PutObjectCommand({ Bucket, Key: 'new', Body }));
      await assert.rejects(client.send(new PutObjectCommand({ Bucket, Key: 'more', Body: randomBytes(400_000) })));
      assert.equal(await second.gateway.backlog(), 1);
      first.chain.isAway = false;
      await eventually(
        async () => (await second.gateway.backlog()) === 0,
        'the file is declared when the chain is back',
      );
    } finally {
      client.destroy();
      await second.stop();
    }
  });
});
