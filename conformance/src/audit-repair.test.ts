// PODR2-4, STORE-4, ECON-4 live, every role a process of its own: what is stored becomes tagged and proven; a provider whose
// disk is lost fails its challenge and pays; others rebuild what it held; what they rebuilt is tagged and proven again.
// `npm run soak` goes on with several losses at once.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ChainClient, query, stakeFor } from '@cess/client';
import { silentLogger } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { AuditLog } from './support/audit-log.js';
import { MiB } from './support/files.js';
import { TestNetwork } from './support/network.js';
import { StoredObjects } from './support/objects.js';

/** So many that some providers hold more fragments than one repairs by itself to answer a round. */
const objectCount = 14;
const objectSize = MiB;

interface Status {
  readonly providers: readonly { readonly name: string; readonly miner: number; readonly fragments: number }[];
}

describe('audit and repair over processes', () => {
  let network: TestNetwork;
  let objects: StoredObjects;
  let chain: ChainClient;
  let log: AuditLog;
  const wiped = new Set<number>();

  before(async () => {
    network = await TestNetwork.create({
      environment: {
        CESS_PROCESSES: 'true',
        CESS_AUDIT_CYCLE_SECONDS: '10',
        CESS_AUDIT_DISPUTE_SECONDS: '10',
        CESS_SLOT_MS: '500',
        // A provider that looks for rot may heal before it is asked; here it is to be asked.
        CESS_SCRUB_BYTES_PER_SECOND: '0',
      },
    });
    await network.start();
    objects = new StoredObjects(network.credentials, 'audit');
    await objects.createBucket();
    chain = await ChainClient.connect({ endpoint: network.rpc, logger: silentLogger });
    log = new AuditLog(chain);
  });
  after(async () => {
    await log?.stop();
    await chain?.close();
    objects?.client.destroy();
    await network?.destroy();
  });

  /** Those that hold the most fragments and were not wiped yet. */
  const richest = async (count: number) => {
    const { providers } = (await network.cess('status')) as Status;
    const left = providers.filter(({ miner }) => !wiped.has(miner)).sort((a, b) => b.fragments - a.fragments);
    return left.slice(0, count);
  };
  const wipe = async ({ name, miner }: Status['providers'][number]) => {
    wiped.add(miner);
    await network.cessText('devnet', 'provider', 'wipe', name);
  };
  const info = async (index: number) => (await chain.entry(query.Sminer.Miners, [index]))!;
  const openOrders = async () => {
    let count = 0;
    for await (const _ of chain.entries(query.FileBank.RestoralOrders, [])) count++;
    return count;
  };
  /** Over all providers. */
  const metricSum = async (name: string): Promise<number> => {
    const answer = await fetch(`http://127.0.0.1:${network.environment['CESS_METRICS_PORT']}/metrics`);
    const lines = (await answer.text()).split('\n').filter((line) => line.startsWith(`${name}{`));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  const allProven = () =>
    eventually(
      async () => ((await objects.statuses())['proven'] === objects.keys.length ? true : undefined),
      `all objects proven; ${JSON.stringify(log.counts)}`,
    );
  const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

  it('PODR2-6: every stored file becomes tagged and proven, seen by the header x-cess-status', async () => {
    for (let i = 0; i < objectCount; i++) await objects.put(`object-${i}`, objectSize);
    const started = performance.now();
    await allProven();
    console.log(`${objectCount} objects proven ${seconds(started)} after the last upload`);
    assert.equal(log.counts.slashed, 0);
  });

  const assertHealed = async (indices: readonly number[], started: number): Promise<void> => {
    for (const index of indices) {
      await eventually(async () => (log.failedRounds.has(index) ? true : undefined), `provider ${index} fails`);
    }
    console.log(`detected ${seconds(started)} after the loss`);
    for (const index of indices) {
      const { staked, declared_space } = await info(index);
      assert.ok(staked < stakeFor(declared_space), 'it has lost stake');
      assert.ok((log.refunds.get(index) ?? 0n) > 0n, 'owners were paid back');
    }
    assert.ok(log.counts.ordersOpened > 0);
    await eventually(async () => ((await openOrders()) === 0 ? true : undefined), 'all orders carried out');
    console.log(`restored ${seconds(started)} after the loss: ${JSON.stringify(log.counts)}`);
    await allProven();
    console.log(`tagged and proven again ${seconds(started)} after the loss`);
    const [read, rebuilt] = [
      await metricSum('cess_provider_rebuild_read_bytes_total'),
      await metricSum('cess_provider_rebuilt_bytes_total'),
    ];
    console.log(`${(read / rebuilt).toFixed(2)} bytes read from others per byte rebuilt; k is 4`);
    assert.ok(rebuilt > 0 && read >= rebuilt);
    await objects.assertAllEqual();
  };

  it('PODR2-4, STORE-4, ECON-4: a wiped provider fails, pays, and its fragments are rebuilt, tagged and proven', async () => {
    const [victim] = await richest(1);
    const started = performance.now();
    await wipe(victim!);
    await assertHealed([victim!.miner], started);
    assert.ok(log.counts.ordersCompleted >= 8, 'others have rebuilt its fragments');
  });

  const atLength = { skip: process.env['CESS_SOAK'] !== '1' && 'npm run soak runs it' };
  it('STORE-4: two at once, and a third during the repair', atLength, async () => {
    const [first, second, third] = await richest(3);
    const started = performance.now();
    const before = log.counts.ordersCompleted;
    await wipe(first!);
    await wipe(second!);
    await eventually(async () => (log.counts.ordersCompleted > before ? true : undefined), 'the repair has begun');
    await wipe(third!);
    await assertHealed([...wiped], started);
    const others = [...log.failedRounds].filter((index) => !wiped.has(index));
    assert.deepEqual(others, [], 'nobody honest failed a round');
  });
});
