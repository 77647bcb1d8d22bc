// STORE-6: what clients did is on record after kill -9, the chain commits the gateway to it, and a changed record is noticed.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { eventually } from '@cess/primitives/testing';
import { sdkClient } from './support/drivers.js';
import { TestNetwork } from './support/network.js';

interface Shown {
  readonly sequence: number;
  readonly operation: string;
  readonly key: string;
  readonly status: number;
  readonly errorCode: string;
}

interface Verified {
  readonly sound: boolean;
  readonly entries: number;
  readonly anchored: number;
}

describe('the audit log of a network', () => {
  let network: TestNetwork;
  let client: S3Client;

  before(async () => {
    network = await TestNetwork.create();
    await network.start();
    client = sdkClient(network.credentials);
    await client.send(new CreateBucketCommand({ Bucket: 'box' }));
  });
  after(async () => {
    client?.destroy();
    await network?.destroy();
  });

  const log = async (...filter: string[]) => (await network.cess('audit', 'log', ...filter)) as Shown[];
  const short = ({ operation, key, status, errorCode }: Shown) => `${operation} ${key} ${status} ${errorCode}`.trim();
  const verify = async () => (await network.cess('audit', 'verify')) as Verified;
  const folder = () => join(network.home, 'gateway', 'audit');

  it('shows what was done, and what was refused', async () => {
    await client.send(new PutObjectCommand({ Bucket: 'box', Key: 'a', Body: 'content' }));
    await (await client.send(new GetObjectCommand({ Bucket: 'box', Key: 'a' }))).Body?.transformToString();
    await client.send(new DeleteObjectCommand({ Bucket: 'box', Key: 'a' }));
    await assert.rejects(client.send(new GetObjectCommand({ Bucket: 'box', Key: 'a' })));
    const shown = await eventually(async () => {
      const found = await log('--key', 'a');
      return found.length >= 4 ? found : undefined;
    }, 'all four are written');
    assert.deepEqual(shown.map(short), [
      'PutObject a 200',
      'GetObject a 200',
      'DeleteObject a 204',
      'GetObject a 404 NoSuchKey',
    ]);
    assert.deepEqual((await log('--failed', '--bucket', 'box')).map(short), ['GetObject a 404 NoSuchKey']);
  });

  it('keeps every answered change over kill -9, and goes on', async () => {
    const keys = Array.from({ length: 20 }, (_, number) => `k${number}`);
    for (const Key of keys) await client.send(new PutObjectCommand({ Bucket: 'box', Key, Body: Key }));
    await network.kill();
    await network.start();
    client.destroy();
    client = sdkClient(network.credentials);
    await client.send(new PutObjectCommand({ Bucket: 'box', Key: 'later', Body: 'x' }));
    const written = (await log('--operation', 'PutObject', '--limit', '1000')).map(({ key }) => key);
    for (const key of [...keys, 'later']) assert.ok(written.includes(key), key);
  });

  it('is anchored on the chain, and a changed copy is not', async () => {
    const { entries } = await verify();
    const check = await eventually(async () => {
      const found = await verify();
      return found.anchored >= entries ? found : undefined;
    }, 'all entries are anchored');
    assert.ok(check.sound);
    const path = join(folder(), readdirSync(folder()).sort()[0] ?? '');
    const bytes = readFileSync(path);
    const at = bytes.indexOf('NoSuchKey');
    assert.ok(at > 0);
    const changed = Buffer.from(bytes);
    changed.write('AllWasOk!', at);
    await network.interrupt();
    writeFileSync(path, changed);
    await network.start();
    await assert.rejects(verify(), 'the log ends where it was changed, and the chain knows more of it');
  });
});
