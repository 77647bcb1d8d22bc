// CHAIN-5, DATA-13: a consortium of four machines, each a network namespace with a validator and a provider, and a gateway on the first. All
// talk over TLS and the peer-to-peer network; each role knows its chain node by a peer-to-peer address. Machines are cut off and come back.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { eventually } from '@cess/primitives/testing';
import { sdkClient } from './support/drivers.js';
import { MachineValidators, type PublicParts } from './support/machine-validators.js';
import { machinesUnavailable } from './support/machines.js';

const reason = machinesUnavailable();
const seats = [0, 1, 2, 3];
const cess = (n: number): string => `${n}${'0'.repeat(18)}`;
const storageClass = 'CESS_2_1' as 'STANDARD';

describe('a consortium of four machines', { skip: reason === undefined ? false : `NOT RUN: ${reason}` }, () => {
  let network: MachineValidators;
  let s3: S3Client;

  const reach = (number: number, of: readonly number[]) => network.reach(number, of);
  const finalized = (machine: number) => network.finalized(machine);

  async function store(name: string): Promise<void> {
    const body = randomBytes(400_000);
    await s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: name, Body: body, StorageClass: storageClass }));
    const answer = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: name }));
    assert.ok(body.equals(await answer.Body!.transformToByteArray()));
  }

  before(async () => {
    network = new MachineValidators(seats.length);
    const at = (machine: number): string => network.machines.address(machine);
    const providers: PublicParts[] = [];
    for (const seat of seats) providers.push(await network.key('provider', `provider-${seat}.json`));
    const owner = await network.key('owner', 'home/keys/owner.json');
    const gateway = await network.key('gateway', 'gateway.json');
    await network.start({
      count: seats.length,
      slotDurationMs: 1_000,
      balances: [
        [owner.address, cess(100_000_000)],
        [gateway.address, cess(10_000_000)],
        ...providers.map(({ address }) => [address, cess(100_000)] as const),
      ],
    });
    const common = (machine: number, keyFile: string) => ({
      ...{ chainSpecFile: 'spec.json', chainRpc: network.peers[machine], genesis: network.genesis, keyFile },
    });
    for (const seat of seats) {
      const endpoint = await network.startRole('provider', seat, {
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
    network.write('credentials.json', { accessKeyId: 'AKIDMACHINES', secretAccessKey: 'a-secret-of-this-test' });
    const s3Url = `http://${at(0)}:9000`;
    await network.startRole('gateway', 0, {
      ...common(0, 'gateway.json'),
      ...{ dataDir: 'gateway', s3Host: at(0), s3Port: 9000, endpoint: s3Url, storageClasses: [storageClass] },
      accounts: [
        {
          ...{ credentialsFile: 'credentials.json', owner: owner.address, territory: 'default' },
          ownerKey: owner['encryption key (X25519)'],
        },
      ],
    });
    const asOwner = ['--rpc', network.rpcs[0] ?? assert.fail()];
    await network.cess(...asOwner, 'territory', 'mint', 'default', '1', '365');
    await network.cess(...asOwner, 'gateway', 'authorize', gateway.address);
    await network.cess(...asOwner, 'territory', 'lock', 'default', gateway.address, '1');
    const keysOfS3 = { accessKeyId: 'AKIDMACHINES', secretAccessKey: 'a-secret-of-this-test' };
    s3 = sdkClient({ ...keysOfS3, endpoint: s3Url, region: 'us-east-1' });
    await s3.send(new CreateBucketCommand({ Bucket: 'bucket' }));
  });
  after(async () => {
    s3?.destroy();
    await network?.destroy();
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
    network.machines.unplug(3);
    await store('while one is away');
    const meanwhile = (await finalized(0)) + 8;
    await reach(meanwhile, [0, 1, 2]);
    network.machines.plugIn(3);
    await reach(meanwhile, seats);
    await reach((await finalized(0)) + 2, seats);
  });

  it('finalizes nothing while two machines are cut off, and goes on when they are back', async () => {
    for (const machine of [2, 3]) network.machines.unplug(machine);
    // What was voted before may still become final.
    const standing = (await finalized(0)) + 3;
    const best = () => network.best(0);
    const from = await best();
    await eventually(async () => (await best()) >= from + 4, 'blocks go on', 200);
    assert.ok((await finalized(0)) <= standing);
    for (const machine of [2, 3]) network.machines.plugIn(machine);
    await reach(from + 6, seats);
  });
});
