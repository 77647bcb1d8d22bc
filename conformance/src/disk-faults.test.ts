// Fault kit over the network of processes: the disk of one role fails under load. Its part of the service degrades with the
// documented error, no process ends but the chain node, nothing acknowledged is lost, and everything heals when the fault ends.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { eventually } from '@cess/primitives/testing';
import { sdkClient } from './support/drivers.js';
import { type FaultRule, Faults, noFaultKit } from './support/fault-kit.js';
import { TestNetwork } from './support/network.js';
import { holderOf, roleFolders } from './support/role-processes.js';

const Bucket = 'disk-faults';

describe('a network with failing disks', { skip: noFaultKit }, () => {
  let faults: Faults;
  let network: TestNetwork;
  let client: S3Client;
  /** By key: the bodies that a read may return. */
  const expected = new Map<string, Set<string>>();

  before(async () => {
    faults = new Faults();
    network = await TestNetwork.create({ environment: { CESS_PROCESSES: '1', ...faults.environment } });
    await network.start();
    client = sdkClient(network.credentials, { maxAttempts: 1 });
    await client.send(new CreateBucketCommand({ Bucket }));
  });
  after(async () => {
    client?.destroy();
    await network?.destroy();
    faults?.destroy();
  });
  beforeEach(() => faults.clear());

  /** Uploads; undefined if that succeeded, else the status of the response. Afterwards the old or the new body is expected. */
  async function put(Key: string, Body: string): Promise<number | undefined> {
    try {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
      expected.set(Key, new Set([Body]));
      return undefined;
    } catch (error) {
      if (!(error instanceof S3ServiceException)) throw error;
      expected.set(Key, new Set([...(expected.get(Key) ?? []), Body]));
      return error.$metadata.httpStatusCode;
    }
  }

  async function readAll(): Promise<void> {
    for (const [Key, bodies] of expected) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      const body = (await Body?.transformToString()) ?? '';
      assert.ok(bodies.has(body), `${Key} reads as ${body.slice(0, 20)} of ${body.length} bytes`);
    }
  }

  const processes = () => roleFolders(network.home).map((folder) => holderOf(network.home, folder));
  const injected = () => faults.hits().length;

  for (const [what, rule] of [
    ['fails to synchronise', { call: 'fsync', files: '*/gateway/data.mdb', error: 'EIO' }],
    ['fails at the meta page', { call: 'write-sync', files: '*/gateway/data.mdb', error: 'EIO' }],
    ['is full', { call: 'space', files: '*/gateway', error: 'ENOSPC' }],
    ['becomes full', { call: 'write', files: '*/gateway/data.mdb', error: 'SHORT' }],
  ] as const satisfies (readonly [string, FaultRule])[]) {
    it(`STORE-4: overwrites while the index ${what} answer 503 and lose neither object without the other`, async () => {
      for (let i = 0; i < 4; i++) assert.equal(await put(`overwritten ${i}`, `before: ${what}`), undefined);
      const running = processes();
      const before = injected();
      faults.set(rule);
      for (let i = 0; i < 4; i++) assert.equal(await put(`overwritten ${i}`, `during: ${what}`), 503);
      faults.clear();
      await eventually(async () => (await put('after', what)) === undefined, 'an upload after the fault');
      await readAll();
      assert.ok(injected() > before);
      assert.deepEqual(processes(), running);
    });
  }

  it('STORE-4: uploads go on while the disks of two providers are full, and no process ends', async () => {
    const running = processes();
    const before = injected();
    faults.set(
      { call: 'write', files: '*/provider-03/*', error: 'ENOSPC' },
      { call: 'write', files: '*/provider-04/*', error: 'EIO' },
    );
    for (let i = 0; i < 4; i++) {
      assert.equal(await put(`large ${i}`, 'x'.repeat(9_000_000)), undefined);
      assert.equal(await put(`small ${i}`, 'small'), undefined);
    }
    await readAll();
    assert.ok(injected() > before);
    faults.clear();
    assert.equal(await put('large again', 'y'.repeat(9_000_000)), undefined);
    assert.deepEqual(processes(), running);
  });

  it('a full disk of the logs ends and delays no process', async () => {
    const running = processes();
    const before = injected();
    faults.set({ call: 'write', files: '*/logs/*', error: 'ENOSPC' });
    for (let i = 0; i < 8; i++) assert.equal(await put(`unlogged ${i}`, 'unlogged'), undefined);
    await readAll();
    await eventually(() => injected() > before + 2, 'lines that are not written');
    faults.clear();
    assert.deepEqual(processes(), running);
  });

  it('S3 serves while the disk of the chain fails, and the chain goes on afterwards', async () => {
    const finalized = async () => ((await network.cess('status')) as { chain: { finalized: number } }).chain.finalized;
    const height = await finalized();
    const before = injected();
    faults.set({ call: 'fsync', files: '*/chain/chain/data.mdb', error: 'EIO' });
    await eventually(() => injected() > before, 'a block that is not written');
    assert.equal(await put('without the chain', 'body'), undefined);
    await readAll();
    faults.clear();
    await eventually(async () => (await finalized().catch(() => 0)) > height, 'a later block');
    await readAll();
  });

  it('stops cleanly', async () => {
    assert.equal(await network.interrupt(), 0);
  });
});
