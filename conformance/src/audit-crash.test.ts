// Kill -9 of single processes of the audited network under load: nothing acknowledged is lost, nothing half is shown, no
// honest provider is punished, tagging, proving and repair go on. CESS_CRASH_ROUNDS sets the number of kills; `npm run soak`
// does 100, and loses a disk on the way. CESS_SEED repeats the choices of a run.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { ChainClient, query } from '@cess/client';
import { silentLogger } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { AuditLog } from './support/audit-log.js';
import { sdkClient } from './support/drivers.js';
import { TestNetwork } from './support/network.js';
import { StoredObjects, statusHeader } from './support/objects.js';
import { isAlive } from './support/processes.js';
import { enclaveOf, holderOf, providerFolder, providerNames, replaced, teeFolder } from './support/role-processes.js';
import { chosenSeed, pick, seededRandom, shuffled } from './support/seeded.js';
import { SteadyLoad } from './support/steady-load.js';

const rounds = Number(process.env['CESS_CRASH_ROUNDS'] ?? '4');
const seed = chosenSeed();
const [bucket, bucketOfKept] = ['audit-crash', 'audit-crash-kept'];
/** With fewer kills there is no time for a disk to be lost and found. */
const leastRoundsForALoss = 20;
const isLong = rounds >= leastRoundsForALoss;
/** Objects too large for packs that stay, so many that the victim holds more fragments than it repairs by itself to answer a round. */
const [keptObjects, keptSize] = [24, 150_000];

type Kind = 'provider' | 'node' | 'gateway' | 'tee' | 'enclave';
/** The enclave dies with its worker, so four kills reach every kind of process. */
const firstKinds: readonly Kind[] = ['provider', 'node', 'gateway', 'tee'];
const allKinds: readonly Kind[] = [...firstKinds, 'enclave'];

interface Status {
  readonly gateway: { readonly undeclared: number };
  readonly tee: { readonly running: boolean };
  readonly providers: readonly { readonly name: string; readonly running: boolean; readonly miner: number }[];
}

describe(`kill -9 of single processes under audit and load, ${rounds} times, seed ${seed}`, () => {
  const random = seededRandom(seed);
  let network: TestNetwork;
  let client: S3Client;
  let chain: ChainClient;
  let log: AuditLog;
  let load: SteadyLoad;
  let kept: StoredObjects;
  const victim = { name: 'provider-03', index: -1 };

  before(async () => {
    network = await TestNetwork.create({
      environment: {
        CESS_PROCESSES: '1',
        CESS_SLOT_MS: '500',
        CESS_AUDIT_CYCLE_SECONDS: '10',
        CESS_AUDIT_DISPUTE_SECONDS: '10',
      },
    });
    await network.start();
    client = sdkClient(network.credentials);
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    chain = await ChainClient.connect({ endpoint: network.rpc, logger: silentLogger });
    log = new AuditLog(chain, 1);
    kept = new StoredObjects(network.credentials, bucketOfKept);
    await kept.createBucket();
    load = new SteadyLoad({ client, bucket, lanes: 2, keysPerLane: isLong ? 10 : 5, pauseMs: 300, random });
  });
  after(async () => {
    await load?.stop();
    await log?.stop();
    await chain?.close();
    client?.destroy();
    kept?.client.destroy();
    await network?.destroy();
  });

  const status = async () => (await network.cess('status')) as Status;
  const finders: Record<Kind, () => { readonly name: string; readonly find: () => number | undefined }> = {
    node: () => ({ name: 'the chain node', find: () => holderOf(network.home, 'chain') }),
    gateway: () => ({ name: 'the gateway', find: () => holderOf(network.home, 'gateway') }),
    tee: () => ({ name: 'the TEE worker', find: () => holderOf(network.home, teeFolder) }),
    enclave: () => ({ name: 'the enclave', find: () => enclaveOf(network.home) }),
    provider: () => {
      const name = pick(random, providerNames(network.home));
      return { name, find: () => holderOf(network.home, providerFolder(name)) };
    },
  };

  async function killOne(kind: Kind): Promise<void> {
    const { name, find } = finders[kind]();
    const pid = await eventually(async () => find(), `${name} runs`);
    const enclave = kind === 'tee' ? enclaveOf(network.home) : undefined;
    const endOutage = kind === 'gateway' ? load.beginOutage() : () => {};
    process.kill(pid, 'SIGKILL');
    await replaced(find, pid, name);
    if (enclave !== undefined)
      await eventually(async () => (isAlive(enclave) ? undefined : true), 'no enclave outlives its worker');
    if (kind !== 'gateway') return;
    const { endpoint } = network.credentials;
    await eventually(async () => (await fetch(endpoint).catch(() => undefined)) && true, 'the gateway answers');
    endOutage();
  }

  it('kills, again and again, while objects are stored, read and deleted', async () => {
    victim.index = (await status()).providers.find(({ name }) => name === victim.name)!.miner;
    if (isLong) {
      for (let i = 0; i < keptObjects; i++) await kept.put(`kept-${i}`, keptSize);
      const isTagged = async () => (log.counts.tagged >= 12 * keptObjects ? true : undefined);
      await eventually(isTagged, 'what is lost later is tagged');
    }
    load.start();
    let deck: Kind[] = shuffled(random, firstKinds);
    const killed: Record<string, number> = {};
    for (let round = 0; round < rounds; round++) {
      await delay(500 + 2_500 * random());
      const kind = deck.pop()!;
      if (deck.length === 0) deck = shuffled(random, allKinds);
      await killOne(kind);
      killed[kind] = (killed[kind] ?? 0) + 1;
      if (isLong && round === Math.floor(rounds / 4)) await network.cessText('devnet', 'provider', 'wipe', victim.name);
      assert.deepEqual(load.failures, [], `after kill ${round + 1}, of ${kind}`);
    }
    await load.stop();
    console.log(`killed ${JSON.stringify(killed)}; answered ${JSON.stringify(load.counts)}`);
    assert.ok(load.counts.puts >= rounds, 'uploads went on');
  });

  it('has every acknowledged object, whole, and lists nothing else', async () => {
    await load.assertAll();
  });

  it('tags, repairs and proves everything', async () => {
    const started = performance.now();
    const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
    await eventually(async () => {
      const { gateway, tee, providers } = await status();
      return gateway.undeclared === 0 && tee.running && providers.every(({ running }) => running) ? true : undefined;
    }, 'everything runs and is declared');
    console.log(`declared after ${seconds()}`);
    await eventually(
      async () => ((await openOrders()) === 0 ? true : undefined),
      `all orders carried out; ${JSON.stringify(log.counts)}`,
    );
    console.log(`no order is left after ${seconds()}`);
    await eventually(unprovenIsNone, `all objects proven; ${JSON.stringify(log.counts)}`);
    console.log(`${load.keys.length} objects proven after ${seconds()}: ${JSON.stringify(log.counts)}`);
    await load.assertAll();
    await kept.assertAllEqual();
    if (isLong) assert.ok(log.counts.ordersCompleted > 0, 'others have rebuilt what the lost disk held');
  });

  it('has punished nobody who kept what it was given', async () => {
    const head = (await chain.header(await chain.finalizedHash())).number;
    await eventually(async () => (log.height >= head ? true : undefined), 'all blocks were looked at');
    assert.deepEqual(
      log.punishments.filter(({ provider }) => !isLong || provider !== victim.index),
      [],
    );
    assert.deepEqual(log.workerPunishments, []);
    assert.ok(log.counts.proofs > 0, 'rounds were answered');
  });

  async function openOrders(): Promise<number> {
    let count = 0;
    for await (const _ of chain.entries(query.FileBank.RestoralOrders, [])) count++;
    return count;
  }

  async function unprovenIsNone(): Promise<true | undefined> {
    if (((await kept.statuses())['proven'] ?? 0) !== kept.keys.length) return undefined;
    for (const key of load.keys) if ((await statusHeader(client, bucket, key)) !== 'proven') return undefined;
    return true;
  }
});
