import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { createDeferred, toHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { headerOf, sender } from '../test-support/requests.js';
import { sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

let gateway: TestGateway;
let client: S3Client;

beforeEach(async () => {
  gateway = await startTestGateway({ indexExportMs: 20 });
  client = sdkClient(gateway);
  await client.send(new CreateBucketCommand({ Bucket: 'bucket' }));
});
afterEach(async () => {
  client.destroy();
  await gateway.stop();
});

const indexAnchors = () => gateway.chain.anchors.filter(([log]) => log.startsWith('index/'));
const exported = () =>
  eventually(
    async () => (gateway.gateway.unexportedSeconds() === 0 && indexAnchors().length > 0 ? true : undefined),
    'an anchored export without later changes',
  );

describe('the export of an index', () => {
  it('STORE-13: every anchor is a file that the chain records, and numbers rise', async () => {
    await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body: 'x' }));
    await exported();
    const positions = indexAnchors().map(([, position]) => position);
    const newest = positions.at(-1);
    assert.ok(newest !== undefined && gateway.chain.files.has(toHex(newest.head)));
    const numbers = positions.map(({ sequence }) => sequence);
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
    );
  });

  it('keeps few files: those that were replaced are deleted on the chain', async () => {
    for (let i = 0; i < 8; i++) {
      await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: `k${i}`, Body: 'x' }));
      await exported();
    }
    const ofObjects = 8;
    const isFew = async () => (gateway.chain.files.size <= ofObjects + 6 ? true : undefined);
    await eventually(isFew, 'the deletion of replaced files');
  });

  it('deletes a file on the chain only when an anchored export is without it', async () => {
    await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body: 'x' }));
    await exported();
    const fileId = headerOf(await sender(() => gateway)('GET', '/bucket/k'), 'x-cess-file-id') ?? assert.fail();
    await eventually(() => gateway.chain.files.has(fileId), 'the declaration of the file');
    const mayAnchor = createDeferred<void>();
    const { chain } = gateway;
    const anchor = chain.anchor.bind(chain);
    const reached = createDeferred<void>();
    chain.anchor = async (log, position) => {
      if (log.startsWith('index/')) {
        reached.resolve();
        await mayAnchor.promise;
      }
      await anchor(log, position);
    };
    await client.send(new DeleteObjectCommand({ Bucket: 'bucket', Key: 'k' }));
    await reached.promise;
    const isKept = chain.files.has(fileId);
    mayAnchor.resolve();
    assert.ok(isKept);
    await eventually(() => !chain.files.has(fileId), 'the deletion on the chain');
  });

  it('goes on after the chain was away', async () => {
    await exported();
    gateway.chain.isAway = true;
    await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body: 'x' }));
    assert.notEqual(gateway.gateway.unexportedSeconds(), undefined);
    gateway.chain.isAway = false;
    await exported();
  });

  it('is not said to be complete while the territory of an owner takes nothing', async () => {
    gateway.chain.barrier = 'territory-expired';
    await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body: 'x' }));
    const isGivenUp = async () => {
      const { unrecorded } = gateway.gateway;
      return Object.keys(await unrecorded()).length > 0 ? true : undefined;
    };
    await eventually(isGivenUp, 'files that the chain does not record');
    assert.notEqual(gateway.gateway.unexportedSeconds(), 0);
    gateway.chain.barrier = undefined;
  });
});
