// A gateway that follows another one: it serves a copy that arrives bit by bit.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { IndexAnchor, RecoveryChain } from '@cess/index-export';
import { eventually } from '@cess/primitives/testing';
import { createMemoryKv } from '@cess/store';
import { sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

describe('a gateway that follows another one', () => {
  let release: (anchors: readonly IndexAnchor[]) => void = () => {};
  const arriving = new Promise<readonly IndexAnchor[]>((resolve) => {
    release = resolve;
  });
  const chain: RecoveryChain = {
    genesis: new Uint8Array(32).fill(7),
    anchors: () => arriving,
    fileRecord: async () => undefined,
  };
  let gateway: TestGateway;
  let client: S3Client;

  before(async () => {
    gateway = await startTestGateway({ follows: { gateway: new Uint8Array(32), chain, periodMs: 20 } });
    client = sdkClient(gateway);
  });
  after(async () => {
    client.destroy();
    await gateway.stop();
  });

  const get = () => client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }));
  const list = () => client.send(new ListObjectsV2Command({ Bucket: 'b' }));

  it('answers 503 to reads of what it does not have yet, and to lists, until its copy is complete', async () => {
    await assert.rejects(get(), { name: 'SlowDown' });
    await assert.rejects(list(), { name: 'SlowDown' });
    release([]);
    const isComplete = async () => {
      const error = await get().catch((thrown: unknown) => thrown);
      return error instanceof Error && error.name === 'NoSuchBucket' ? true : undefined;
    };
    await eventually(isComplete, 'the answer of a complete copy');
    await assert.rejects(list(), { name: 'NoSuchBucket' });
  });

  it('refuses every change', async () => {
    const create = client.send(new CreateBucketCommand({ Bucket: 'own' }));
    await assert.rejects(create, { name: 'MethodNotAllowed' });
    const put = client.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x' }));
    await assert.rejects(put, { name: 'MethodNotAllowed' });
  });

  it('does not start over an index that is no copy', async () => {
    const kv = createMemoryKv();
    const own = await startTestGateway({ kv });
    const ownClient = sdkClient(own);
    await ownClient.send(new CreateBucketCommand({ Bucket: 'mine' }));
    ownClient.destroy();
    await own.stop();
    const follows = { gateway: new Uint8Array(32), chain, periodMs: 20 };
    await assert.rejects(startTestGateway({ kv, follows }), { code: 'RECOVERY_FOLDER_NOT_EMPTY' });
  });
});
