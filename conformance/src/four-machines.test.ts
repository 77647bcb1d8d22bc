// CHAIN-5, DATA-13: a consortium of four machines, each a network namespace with a validator and a provider, and a gateway on the first. All
// talk over TLS and the peer-to-peer network; each role knows its chain node by a peer-to-peer address. Machines are cut off and come back.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ChainClient } from '@cess/client';
import { silentLogger, toHex0x } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { sdkClient } from './support/drivers.js';
import { Machines, machinesUnavailable } from './support/machines.js';
import { cessProgram, type RoleProcess, spawnRole } from './support/spawn-role.js';

const reason = machinesUnavailable();
const seats = [0, 1, 2, 3];
const cess = (n: number): string => `${n}${'0'.repeat(18)}`;
const storageClass = 'CESS_2_1' as 'STANDARD';

interface PublicParts {
  readonly address: string;
  readonly 'authority key (ed25519)': string;
  readonly 'encryption key (X25519)': string;
}

describe('a consortium of four machines', { skip: reason === undefined ? false : `NOT RUN: ${reason}` }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-machines-'));
  const path = (name: string): string => join(folder, name);
  const environment = { ...process.env, CESS_HOME: path('home') };
  const running: RoleProcess[] = [];
  const chains: ChainClient[] = [];
  const rpcs: string[] = [];
  const peers: string[] = [];
  let machines: Machines | undefined;
  let s3: S3Client;
  let genesis = '';

  const at = (machine: number): string => (machines ?? assert.fail()).address(machine);
  const write = (name: string, content: unknown): void => writeFileSync(path(name), JSON.stringify(content));

  async function run(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [cessProgram, '--json', ...args], {
      env: environment,
    });
    return stdout;
  }

  async function key(purpose: string, name: string): Promise<PublicParts> {
    return JSON.parse(await run('key', 'new', purpose, path(name), '--plaintext-development')) as PublicParts;
  }

  async function start(role: string, machine: number, config: object): Promise<string> {
    const file = `${role}-${machine}.cfg`;
    write(file, config);
    const started = spawnRole(role, path(file), environment, machines?.within(machine));
    running.push(started);
    return started.ready();
  }

  async function startValidator(machine: number): Promise<void> {
    const rpc = await start('node', machine, {
      ...{ chainSpecFile: 'spec.json', dataDir: `chain-${machine}`, authorityKeyFile: `authority-${machine}.json` },
      ...{ host: at(machine), rpcPort: 9944 },
      p2p: {
        ...{ listen: [`/ip4/${at(machine)}/tcp/30333`], bootstrap: peers.slice(0, 1), privateAddresses: true },
        place: `site/rack-${machine}`,
      },
    });
    assert.match(rpc, /^wss:\/\/[0-9a-f]{64}@10\./);
    const chain = await ChainClient.connect({ endpoint: rpc, logger: silentLogger });
    chains[machine] = chain;
    rpcs[machine] = rpc;
    peers[machine] = (await chain.networkState()).addresses[0] ?? assert.fail();
    genesis = toHex0x(chain.genesisHash);
  }

  async function finalized(machine: number): Promise<number> {
    const chain = chains[machine] ?? assert.fail();
    return (await chain.header(await chain.finalizedHash())).number;
  }

  /** Resolves when all of them have finalized this block; it is the same one everywhere. */
  async function reach(number: number, of: readonly number[]): Promise<void> {
    for (const machine of of)
      await eventually(async () => (await finalized(machine)) >= number, `block ${number} is final at ${machine}`, 200);
    const hashes = await Promise.all(of.map((machine) => chains[machine]?.blockHash(number)));
    assert.equal(new Set(hashes.map((hash) => toHex0x(hash ?? assert.fail()))).size, 1);
  }

  async function store(name: string): Promise<void> {
    const body = randomBytes(400_000);
    await s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: name, Body: body, StorageClass: storageClass }));
    const answer = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: name }));
    assert.ok(body.equals(await answer.Body!.transformToByteArray()));
  }

  before(async () => {
    machines = new Machines(seats.length);
    const keys = await Promise.all(seats.map((seat) => key('authority', `authority-${seat}.json`)));
    const providers = await Promise.all(seats.map((seat) => key('provider', `provider-${seat}.json`)));
    const [owner, gateway] = await Promise.all([key('owner', 'home/keys/owner.json'), key('gateway', 'gateway.json')]);
    write('spec.json', {
      ...{ name: 'Consortium', id: 'consortium', type: 'development', slotDurationMs: 1_000 },
      authorities: keys.map((one) => ({
        key: one['authority key (ed25519)'],
        account: one['authority key (ed25519)'],
      })),
      balances: [
        [owner.address, cess(100_000_000)],
        [gateway.address, cess(10_000_000)],
        ...providers.map(({ address }) => [address, cess(100_000)]),
      ],
    });
    for (const seat of seats) await startValidator(seat);
    const common = (machine: number, keyFile: string) => ({
      ...{ chainSpecFile: 'spec.json', chainRpc: peers[machine], genesis, keyFile },
    });
    for (const seat of seats) {
      const endpoint = await start('provider', seat, {
        ...common(seat, `provider-${seat}.json`),
        ...{
          dataDir: `provider-${seat}`,
          host: at(seat),
          port: 9100,
          declaredBytes: 2 ** 30,
          minFreeBytes: 100_000_000,
        },
      });
      assert.equal(endpoint, `https://${at(seat)}:9100`);
    }
    write('credentials.json', { accessKeyId: 'AKIDMACHINES', secretAccessKey: 'a-secret-of-this-test' });
    const s3Url = `http://${at(0)}:9000`;
    await start('gateway', 0, {
      ...common(0, 'gateway.json'),
      ...{ dataDir: 'gateway', s3Host: at(0), s3Port: 9000, endpoint: s3Url, storageClasses: [storageClass] },
      accounts: [
        {
          ...{ credentialsFile: 'credentials.json', owner: owner.address, territory: 'default' },
          ownerKey: owner['encryption key (X25519)'],
        },
      ],
    });
    const asOwner = ['--rpc', rpcs[0] ?? assert.fail()];
    await run(...asOwner, 'territory', 'mint', 'default', '1', '365');
    await run(...asOwner, 'gateway', 'authorize', gateway.address);
    await run(...asOwner, 'territory', 'lock', 'default', gateway.address, '1');
    const keysOfS3 = { accessKeyId: 'AKIDMACHINES', secretAccessKey: 'a-secret-of-this-test' };
    s3 = sdkClient({ ...keysOfS3, endpoint: s3Url, region: 'us-east-1' });
    await s3.send(new CreateBucketCommand({ Bucket: 'bucket' }));
  });
  after(async () => {
    s3?.destroy();
    for (const chain of chains) await chain.close();
    for (const { child, ended } of running) {
      child.kill('SIGKILL');
      await ended;
    }
    machines?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('stores and reads over TLS, and all machines finalize the same blocks', async () => {
    await eventually(
      () =>
        store('first').then(
          () => true,
          () => false,
        ),
      'the gateway sees its space',
      1_000,
    );
    await reach((await finalized(0)) + 2, seats);
  });

  it('goes on without a machine that is cut off, which then catches up', async () => {
    machines?.unplug(3);
    await store('while one is away');
    const meanwhile = (await finalized(0)) + 8;
    await reach(meanwhile, [0, 1, 2]);
    machines?.plugIn(3);
    await reach(meanwhile, seats);
    await reach((await finalized(0)) + 2, seats);
  });

  it('finalizes nothing while two machines are cut off, and goes on when they are back', async () => {
    for (const machine of [2, 3]) machines?.unplug(machine);
    const chain = chains[0] ?? assert.fail();
    // What was voted before may still become final.
    const standing = (await finalized(0)) + 3;
    const best = async () => (await chain.header()).number;
    const from = await best();
    await eventually(async () => (await best()) >= from + 4, 'blocks go on', 200);
    assert.ok((await finalized(0)) <= standing);
    for (const machine of [2, 3]) machines?.plugIn(machine);
    await reach(from + 6, seats);
  });
});
