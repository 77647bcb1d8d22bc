// No acknowledged file is given up (STORE-4): one that the chain refuses for its owner's reasons waits readable until the
// reason ends, and one whose holders the chain does not accept gets others.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { elementAt, toHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { createMemoryKv, type Kv } from '@cess/store';
import { sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const Bucket = 'unrecorded';
const bodyBytes = 2_000;

describe('acknowledged files that the chain does not record', () => {
  let network: TestGateway;
  let client: S3Client;
  let kv: Kv;
  let status = '';

  async function open(barrier?: TestGateway['chain']['barrier']): Promise<void> {
    network = await startTestGateway({ kv, barrier });
    client = sdkClient(network);
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        status = (result.response as { headers: Record<string, string> }).headers['x-cess-status'] ?? '';
        return result;
      },
      { step: 'deserialize', name: 'status' },
    );
  }

  async function close(): Promise<void> {
    client.destroy();
    await network.stop();
  }

  before(async () => {
    kv = createMemoryKv();
    await open();
    await client.send(new CreateBucketCommand({ Bucket }));
  });
  after(close);

  async function put(Key: string, size = bodyBytes): Promise<{ fileId: Uint8Array; body: Uint8Array }> {
    const body = randomBytes(size);
    await client.send(new PutObjectCommand({ Bucket, Key, Body: body }));
    const object = await network.gateway.index.getObject({ bucket: Bucket, key: Key });
    return { fileId: elementAt(object?.extents ?? [], 0).fileId, body };
  }

  async function statusOf(Key: string): Promise<string> {
    await client.send(new HeadObjectCommand({ Bucket, Key }));
    return status;
  }

  async function read(Key: string): Promise<Buffer> {
    const answer = await client.send(new GetObjectCommand({ Bucket, Key }));
    return Buffer.from(await (answer.Body?.transformToByteArray() ?? []));
  }

  const isDeclared = (fileId: Uint8Array) => network.chain.files.has(toHex(fileId));

  it('a file that waits for its owner is readable, shown, costs no further calls, and is recorded in the end', async () => {
    network.chain.barrier = 'territory-expired';
    const first = await put('waits/1');
    await put('waits/2');
    await eventually(
      async () => (await network.gateway.unrecorded())['territory-expired'] === 2,
      'both files are held',
    );
    assert.equal(await network.gateway.backlog(), 0);
    assert.deepEqual(network.gateway.setAside(), {});
    assert.equal(await statusOf('waits/1'), 'unrecorded');
    assert.deepEqual(await read('waits/1'), first.body);
    const calls = network.chain.declarations;
    await put('waits/3');
    await eventually(async () => (await network.gateway.unrecorded())['territory-expired'] === 3, 'the third is held');
    assert.equal(network.chain.declarations, calls + 1, 'held files are not declared again');
    const disks = network.providers.map(({ fragments }) => fragments);
    await close();
    await open('territory-expired');
    for (const [index, disk] of disks.entries())
      for (const [root, bytes] of disk) elementAt(network.providers, index).fragments.set(root, bytes);
    assert.deepEqual(await network.gateway.unrecorded(), { 'territory-expired': 3 }, 'a restart keeps the holds');
    assert.equal(network.chain.declarations, 0);
    network.chain.barrier = undefined;
    network.gateway.retrySetAside();
    await eventually(() => isDeclared(first.fileId), 'the file is declared when the reason ended');
    await eventually(async () => (await statusOf('waits/1')) === 'declared', 'the status is declared');
    assert.deepEqual(await network.gateway.unrecorded(), {});
  });

  it('files that fit the quota are recorded, and the chain is called a few times only for many that do not', async () => {
    network.chain.stalled = true;
    const small = await put('quota/small');
    for (let i = 0; i < 20; i++) await put(`quota/large ${i}`, 20_000);
    const stored = (await network.gateway.index.getFile(small.fileId))?.storedBytes ?? 0;
    network.chain.quotaBytes = stored;
    network.chain.declarations = 0;
    network.chain.stalled = false;
    await eventually(
      async () => (await network.gateway.unrecorded())['quota-exceeded'] === 20,
      'the large files are held',
    );
    await eventually(() => isDeclared(small.fileId), 'the small file is declared');
    assert.ok(network.chain.declarations <= 10, `${network.chain.declarations} calls`);
    network.chain.quotaBytes = 2 ** 40;
    network.gateway.retrySetAside();
    await eventually(async () => (await network.gateway.unrecorded())['quota-exceeded'] === undefined, 'the holds end');
  });

  it('a file that the chain refuses although there seems to be room is held as well, and not declared all the time', async () => {
    await eventually(async () => (await network.gateway.backlog()) === 0, 'nothing waits');
    network.chain.declarations = 0;
    network.chain.refusal = 'NotActive';
    const { fileId } = await put('lagging');
    await eventually(async () => (await network.gateway.unrecorded())['territory-expired'] === 1, 'the file is held');
    const { declarations } = network.chain;
    assert.ok(declarations <= 2, `${declarations} calls`);
    network.chain.refusal = undefined;
    network.gateway.retrySetAside();
    await eventually(() => isDeclared(fileId), 'the file is declared in the end');
  });

  it('a held file that is deleted is gone, and its space is free again', async () => {
    await eventually(async () => (await network.gateway.backlog()) === 0, 'nothing waits');
    const before = Object.values(network.gateway.usage().availableBytes);
    network.chain.barrier = 'not-authorized';
    const { fileId } = await put('deleted');
    await eventually(async () => (await network.gateway.unrecorded())['not-authorized'] === 1, 'the file is held');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'deleted' }));
    await eventually(async () => (await network.gateway.index.getFile(fileId)) === undefined, 'the file is forgotten');
    assert.deepEqual(await network.gateway.unrecorded(), {});
    assert.deepEqual(Object.values(network.gateway.usage().availableBytes), before);
    network.chain.barrier = undefined;
  });

  it('a file of which the chain accepts too few holders gets others, also from holders that are leaving', async () => {
    network.chain.stalled = true;
    const { fileId, body } = await put('leaving', 300_000);
    const fragments = (await network.gateway.index.getSegment(fileId, 0))?.fragments ?? [];
    const holders = fragments.flatMap(({ holder }) => (holder === undefined ? [] : [holder]));
    const leaving = holders.slice(0, holders.length - 3);
    assert.ok(holders.length - leaving.length < 4, 'fewer than k are left');
    for (const index of leaving) network.chain.refusedHolders.add(index);
    const spares = network.providers.filter(({ index }) => !holders.includes(index));
    assert.ok(spares.length + 3 >= 4);
    network.chain.leaving = new Set(leaving);
    network.chain.stalled = false;
    await eventually(() => isDeclared(fileId), 'the file is declared with holders that the chain accepts');
    const declared = network.chain.files.get(toHex(fileId))?.declaration.segments[0]?.fragments ?? [];
    const recorded = declared.flatMap(({ holder }) => (holder === undefined ? [] : [holder]));
    assert.ok(recorded.length >= 4 && recorded.every((holder) => !leaving.includes(holder)));
    assert.deepEqual(await read('leaving'), Buffer.from(body));
    network.chain.refusedHolders.clear();
    network.chain.leaving.clear();
  });

  it('a file that fewer than k of its holders attest gets others, as long as k can be read', async () => {
    network.chain.stalled = true;
    // The list of providers is refreshed every few seconds.
    const { fileId, body } = await eventually(() => put('silent', 300_000).catch(() => undefined), 'the upload');
    const fragments = (await network.gateway.index.getSegment(fileId, 0))?.fragments ?? [];
    const holders = fragments.flatMap(({ holder }) => (holder === undefined ? [] : [holder]));
    for (const index of holders.slice(0, -3))
      elementAt(network.providers, index).fault = (kind) => (kind === 'holdings' ? 'refuse' : 'none');
    network.chain.stalled = false;
    await eventually(() => isDeclared(fileId), 'the file is declared');
    assert.deepEqual(await read('silent'), Buffer.from(body));
    for (const provider of network.providers) provider.fault = () => 'none';
  });
});
