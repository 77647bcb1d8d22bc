// The network with every role in a process of its own: strangers' clients see no difference, a killed process comes back,
// nothing outlives its supervisor, and the same home runs in one process afterwards.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { eventually } from '@cess/primitives/testing';
import { sdkClient } from './support/drivers.js';
import { TestNetwork } from './support/network.js';
import { statusHeader } from './support/objects.js';
import { isAlive } from './support/processes.js';
import { holderOf, providerFolder, replaced, roleFolders, teeFolder } from './support/role-processes.js';

const bucket = 'processes';

interface Provider {
  readonly name: string;
  readonly running: boolean;
  readonly fragments: number;
}
interface Status {
  readonly pid: number;
  readonly chain: { readonly finalized: number };
  readonly gateway: { readonly undeclared: number };
  readonly tee: { readonly running: boolean; readonly worker: number };
  readonly providers: readonly Provider[];
}

describe('every role as a process of its own', () => {
  const acknowledged = new Map<string, string>();
  let network: TestNetwork;
  let client: S3Client;
  let pids: number[] = [];

  before(async () => {
    network = await TestNetwork.create({ environment: { CESS_PROCESSES: '1' } });
    await network.start();
    client = sdkClient(network.credentials);
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  });
  after(async () => {
    client?.destroy();
    await network?.destroy();
  });

  const status = async (): Promise<Status> => (await network.cess('status')) as Status;

  async function put(key: string, size: number): Promise<void> {
    const body = randomBytes(size);
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    acknowledged.set(key, createHash('sha256').update(body).digest('hex'));
  }

  async function readAllBack(): Promise<void> {
    for (const [key, digest] of acknowledged) {
      const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const bytes = await answer.Body!.transformToByteArray();
      assert.equal(createHash('sha256').update(bytes).digest('hex'), digest, key);
    }
  }

  /** Fragments at all providers. */
  const stored = async () => (await status()).providers.reduce((sum, { fragments }) => sum + fragments, 0);

  const restarted = (folder: string, before: number): Promise<number> =>
    replaced(() => holderOf(network.home, folder), before, folder);

  it('runs 19 roles in 19 processes besides the supervisor', async () => {
    pids = roleFolders(network.home).map((folder) => holderOf(network.home, folder)!);
    assert.equal(new Set(pids).size, 19);
    assert.ok(!pids.includes((await status()).pid));
  });

  it('stores and reads back', async () => {
    await put('small', 100);
    await put('large', 9_000_000);
    await readAllBack();
    // A provider that restarts keeps what it holds undeclared until no attestation of before can name it: ten minutes.
    await eventually(async () => {
      const isPacked = (await statusHeader(client, bucket, 'small')) !== 'stored';
      return isPacked && (await stored()) === 2 * 12;
    }, 'the small object is packed, and its batch discarded');
  });

  it('brings a provider back that was killed, while uploads and reads go on', async () => {
    const folder = providerFolder('provider-05');
    const killed = holderOf(network.home, folder)!;
    process.kill(killed, 'SIGKILL');
    await put('while-a-provider-is-gone', 300_000);
    await readAllBack();
    await restarted(folder, killed);
    await eventually(
      async () => ((await status()).providers.every(({ running }) => running) ? true : undefined),
      'all providers run',
    );
  });

  it('brings the gateway back with everything that was acknowledged', async () => {
    await put('last-before-the-kill', 1_500_000);
    const killed = holderOf(network.home, 'gateway')!;
    process.kill(killed, 'SIGKILL');
    await restarted('gateway', killed);
    await eventually(async () => {
      const answer = await fetch(network.credentials.endpoint).catch(() => undefined);
      return answer === undefined ? undefined : true;
    }, 'the gateway answers');
    await readAllBack();
  });

  it('keeps no fragments of uploads in whose middle the gateway was killed', async () => {
    await eventually(async () => (await status()).gateway.undeclared === 0, 'everything is declared');
    const before = await eventually(
      async () => ((await stored()) % 12 === 0 ? stored() : undefined),
      'no holes are left',
    );
    const keys = ['broken-0', 'broken-1', 'broken-2'];
    const body = randomBytes(40_000_000);
    const uploads = keys.map((key) => client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body })));
    const ended = Promise.allSettled(uploads);
    await eventually(async () => (await stored()) > before, 'providers store fragments of the uploads');
    const killed = holderOf(network.home, 'gateway')!;
    process.kill(killed, 'SIGKILL');
    await ended;
    await restarted('gateway', killed);
    await eventually(
      async () => (await fetch(network.credentials.endpoint).catch(() => undefined)) && true,
      'it answers',
    );
    const heads = keys.map((Key) => client.send(new HeadObjectCommand({ Bucket: bucket, Key })).catch(() => undefined));
    const entered = (await Promise.all(heads)).filter((head) => head !== undefined).length;
    const segments = 2;
    await eventually(
      async () => (await stored()) === before + entered * segments * 12,
      () => 'providers hold the fragments of entered uploads alone',
    );
    await readAllBack();
  });

  it('acknowledges while the chain node is gone, and declares when it is back', async () => {
    const killed = holderOf(network.home, 'chain')!;
    const { chain } = await status();
    process.kill(killed, 'SIGKILL');
    await put('while-the-chain-is-gone', 200_000);
    await restarted('chain', killed);
    await eventually(async () => {
      const now = await status();
      return now.chain.finalized > chain.finalized && now.gateway.undeclared === 0 ? true : undefined;
    }, 'the chain goes on and everything is declared');
    await readAllBack();
  });

  it('brings the TEE worker back, as the same worker', async () => {
    const folder = teeFolder;
    const { worker } = (await status()).tee;
    const killed = holderOf(network.home, folder)!;
    process.kill(killed, 'SIGKILL');
    await restarted(folder, killed);
    await eventually(async () => ((await status()).tee.running ? true : undefined), 'the TEE worker serves');
    const workers = (await network.cess('tee', 'list')) as { index: number; state: string }[];
    assert.deepEqual(
      workers.map(({ index, state }) => [index, state]),
      [[worker, 'Active']],
    );
  });

  it('obeys the admin socket', async () => {
    const folder = providerFolder('provider-02');
    const first = holderOf(network.home, folder)!;
    await network.cessText('devnet', 'provider', 'stop', 'provider-02');
    assert.ok(!isAlive(first));
    assert.equal((await status()).providers.find(({ name }) => name === 'provider-02')?.running, false);
    await network.cessText('devnet', 'provider', 'wipe', 'provider-02');
    const wiped = (await status()).providers.find(({ name }) => name === 'provider-02');
    assert.deepEqual([wiped?.running, wiped?.fragments], [true, 0]);
    await readAllBack();
  });

  it('stops cleanly on Ctrl-C, and no process is left', async () => {
    pids = roleFolders(network.home).map((folder) => holderOf(network.home, folder)!);
    assert.equal(await network.interrupt(), 0, network.output);
    assert.deepEqual(pids.filter(isAlive), []);
  });

  it('leaves no process behind when the supervisor is killed, and everything is there in one process', async () => {
    await network.start();
    pids = roleFolders(network.home).map((folder) => holderOf(network.home, folder)!);
    await network.kill();
    await eventually(async () => (pids.some(isAlive) ? undefined : true), 'all role processes are gone');
    const inOneProcess = await TestNetwork.create({
      home: network.home,
      environment: { ...network.environment, CESS_PROCESSES: '0' },
    });
    try {
      await inOneProcess.start();
      await readAllBack();
    } finally {
      await inOneProcess.interrupt();
    }
  });
});
