// STORE-4, STORE-15: everything at once. Objects are stored, read and deleted all the time while processes die and stop, disks fill up,
// fail and rot, clocks jump and providers lose everything. Nothing acknowledged is lost, wrong or back from deletion, nobody honest
// is punished, and requests succeed except while the gateway itself is away. CESS_CHAOS_SECONDS sets the duration; `npm run soak`
// takes an hour. CESS_SEED repeats the choices of a run.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { ChainClient } from '@cess/client';
import { delay, silentLogger } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { AuditLog } from './support/audit-log.js';
import { Chaos } from './support/chaos.js';
import { sdkClient } from './support/drivers.js';
import { Faults, noFaultKit } from './support/fault-kit.js';
import { LoopDelays } from './support/loop-delays.js';
import { TestNetwork } from './support/network.js';
import { chosenSeed, seededRandom } from './support/seeded.js';
import { SteadyLoad } from './support/steady-load.js';

const isWhole = process.env['CESS_SOAK'] !== undefined;
const seconds = Number(process.env['CESS_CHAOS_SECONDS'] ?? (isWhole ? 3_600 : 60));
const bucket = 'chaos';
const seed = chosenSeed();
/** Share of requests that may fail while the gateway is there. In a short run one request is more than this. */
const mostFailures = 0.001;

interface Status {
  readonly gateway: { readonly undeclared: number };
  readonly providers: readonly { readonly name: string; readonly miner: number; readonly running: boolean }[];
}

describe(`${seconds} s of chaos (CESS_SEED=${seed})`, { skip: noFaultKit }, () => {
  const random = seededRandom(seed);
  let faults: Faults;
  let delays: LoopDelays;
  let network: TestNetwork;
  let client: S3Client;
  let chain: ChainClient;
  let log: AuditLog;
  let load: SteadyLoad;
  let chaos: Chaos;
  let providers: Status['providers'];

  before(async () => {
    faults = new Faults();
    delays = new LoopDelays();
    network = await TestNetwork.create({
      environment: {
        CESS_PROCESSES: '1',
        CESS_AUDIT_CYCLE_SECONDS: '30',
        ...faults.environment,
        ...delays.environment,
      },
    });
    await network.start();
    client = sdkClient(network.credentials);
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    chain = await ChainClient.connect({ endpoint: network.rpc, logger: silentLogger });
    log = new AuditLog(chain);
    ({ providers } = await status());
    load = new SteadyLoad({ client, bucket, lanes: 4, keysPerLane: 25, pauseMs: 100, random });
    chaos = new Chaos({ network, load, faults, random, pauseMs: 3_000, wipes: isWhole ? 5 : 1 });
  });
  after(async () => {
    await load?.stop();
    await log?.stop();
    await chain?.close();
    client?.destroy();
    await network?.destroy();
    delays?.destroy();
    faults?.destroy();
  });

  const status = async () => (await network.cess('status')) as Status;

  it('goes on', async (t) => {
    load.start();
    chaos.start();
    const until = performance.now() + seconds * 1000;
    while (performance.now() < until && load.wrong.length === 0 && chaos.failure === undefined) await delay(500);
    await chaos.stop();
    await load.stop();
    const { answered, counts, failures } = load;
    const share = failures.length / (answered + failures.length);
    t.diagnostic(JSON.stringify(chaos.counts));
    t.diagnostic(`${JSON.stringify(counts)}; ${failures.length} failed while the gateway was there`);
    for (const failure of failures.slice(0, 20)) t.diagnostic(failure);
    t.diagnostic(
      `the gateway answered ${(Math.max(0, ...chaos.gatewayOutagesMs) / 1000).toFixed(1)} s after its fault at the latest`,
    );
    for (const line of delays.summary()) t.diagnostic(line);
    assert.equal(chaos.failure, undefined);
    assert.ok(counts.puts > 10, 'uploads went on');
    assert.ok(failures.length <= 1 || share <= mostFailures, `${failures.length} of ${answered} requests failed`);
  });

  it('lost nothing, and brought nothing back', async () => {
    await load.assertContents();
    await eventually(async () => {
      const { gateway, providers } = await status();
      return gateway.undeclared === 0 && providers.every(({ running }) => running);
    }, 'everything runs and is declared');
    await load.assertContents();
  });

  it('punished nobody who kept what it was given', async () => {
    const head = (await chain.header(await chain.finalizedHash())).number;
    await eventually(() => log.height >= head, 'all blocks were looked at');
    const damaged = new Set(providers.filter(({ name }) => chaos.damaged.has(name)).map(({ miner }) => miner));
    assert.deepEqual(
      log.punishments.filter(({ provider }) => !damaged.has(provider)),
      [],
    );
  });
});
