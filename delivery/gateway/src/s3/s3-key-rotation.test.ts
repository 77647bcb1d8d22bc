// Rotation of bucket keys over real sockets: objects of every kind of encryption stay readable, and requests under way are not disturbed.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { MiB } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { admin } from '../test-support/admin-client.js';
import { RawConnection, signedHead } from '../test-support/raw-s3.js';
import { sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const Bucket = 'rotated';
const customer = () => {
  const key = Buffer.alloc(32, 7);
  const md5 = createHash('md5').update(key).digest('base64');
  return { SSECustomerAlgorithm: 'AES256', SSECustomerKey: key.toString('base64'), SSECustomerKeyMD5: md5 };
};

let test: TestGateway;
before(async () => {
  test = await startTestGateway({ s3CustomerKeysOverHttp: true });
  for (const name of [Bucket, 'other']) await client().send(new CreateBucketCommand({ Bucket: name }));
});
after(() => test.stop());

const client = () => sdkClient(test);
const put = (Key: string, Body: string | Uint8Array, more: object = {}) =>
  client().send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
async function text(Key: string, more: object = {}): Promise<string | undefined> {
  const { Body } = await client().send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Body?.transformToString();
}

interface Rotation {
  readonly state: string;
  readonly rewrappedKeys: number;
}

async function rotate(): Promise<void> {
  const { status, json } = await admin(test, 'POST', `/buckets/${Bucket}/rotate-key`);
  assert.deepEqual([status, (json['keyRotation'] as Rotation).state], [200, 'running']);
}

/** Waits until the old key is removed. */
function rotated(): Promise<Rotation> {
  return eventually(async () => {
    const { json } = await admin(test, 'GET', `/buckets/${Bucket}`);
    const rotation = json['keyRotation'] as Rotation;
    return rotation.state === 'finished' && rotation;
  }, 'the rotation ends');
}

async function upload(Key: string, parts: readonly Uint8Array[], between: () => Promise<unknown>): Promise<void> {
  const { UploadId } = await client().send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
  for (const [number, Body] of parts.entries()) {
    const PartNumber = number + 1;
    const { ETag } = await client().send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    Parts.push({ PartNumber, ETag });
    if (PartNumber === 1) await between();
  }
  const MultipartUpload = { Parts };
  await client().send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
}

describe('a bucket whose key was rotated', () => {
  it('serves the objects of before, with and without keys of their own, and copies of them', async () => {
    await put('plain', 'plain');
    await put('customer', 'customer', customer());
    await put('named', 'named', { ServerSideEncryption: 'aws:kms' });
    await client().send(new CopyObjectCommand({ Bucket: 'other', Key: 'copy', CopySource: `${Bucket}/plain` }));
    await rotate();
    const { rewrappedKeys } = await rotated();
    assert.equal(rewrappedKeys, 3);
    assert.equal(await text('plain'), 'plain');
    assert.equal(await text('customer', customer()), 'customer');
    assert.equal(await text('named'), 'named');
    assert.equal(await text('copy', { Bucket: 'other' }), 'plain');
    await client().send(new CopyObjectCommand({ Bucket, Key: 'back', CopySource: 'other/copy' }));
    assert.equal(await text('back'), 'plain');
    const { json } = await admin(test, 'GET', `/buckets/${Bucket}`);
    assert.deepEqual(json['configurations'], [], 'a rotation is no setting');
  });
});

describe('requests during a rotation', () => {
  it('an upload in parts goes on', async () => {
    const parts = [randomBytes(5 * MiB), randomBytes(1000)];
    await upload('parts', parts, async () => {
      await rotate();
      await rotated();
    });
    const { Body } = await client().send(new GetObjectCommand({ Bucket, Key: 'parts' }));
    assert.deepEqual(Buffer.from((await Body?.transformToByteArray()) ?? []), Buffer.concat(parts));
  });

  it('a body that began before the rotation and ends after it is stored', async () => {
    const connection = new RawConnection(test.gateway.s3Endpoint);
    const headers = { 'content-length': '8' };
    connection.write(await signedHead({ method: 'PUT', path: `/${Bucket}/slow`, headers }));
    connection.write('half');
    await eventually(() => test.gateway.usage().requests > 0, 'the request begins');
    await rotate();
    await rotated();
    connection.write('half');
    assert.equal((await connection.answer())?.status, 200);
    connection.close();
    assert.equal(await text('slow'), 'halfhalf');
  });

  it('a read that began before the rotation and ends after it is complete', async () => {
    const parts = Array.from({ length: 12 }, () => randomBytes(5 * MiB));
    await upload('long', parts, async () => {});
    const { Body } = await client().send(new GetObjectCommand({ Bucket, Key: 'long' }));
    const received: Uint8Array[] = [];
    const stream = Body as AsyncIterable<Uint8Array>;
    for await (const chunk of stream) {
      if (received.length === 0) {
        await rotate();
        await rotated();
      }
      received.push(chunk);
    }
    assert.ok(Buffer.concat(received).equals(Buffer.concat(parts)));
  });
});
