// STORE-4, STORE-15: providers leave, shrink, stop and lose their disks while objects are uploaded. Every acknowledged file is
// declared, and none is refused.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ChainClient, query, tx } from '@cess/client';
import { present, silentLogger } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { roleAccount, submitAs } from './support/cheats.js';
import { TestNetwork } from './support/network.js';
import { StoredObjects } from './support/objects.js';
import { pick, seededRandom } from './support/seeded.js';

interface Status {
  readonly gateway: {
    readonly undeclared: number;
    readonly setAside: Readonly<Record<string, number>>;
    readonly unrecorded: Readonly<Record<string, number>>;
  };
  readonly providers: readonly { readonly name: string; readonly miner: number }[];
}

/** Load before, between and after the events. */
const phaseSeconds = Number(process.env['CESS_LEAVING_SECONDS'] ?? (process.env['CESS_SOAK'] ? 600 : 60)) / 6;
const lanes = 3;
const sizes = [1, 3_000, 70_000, 400_000, 1_500_000];

describe('providers that leave under load', () => {
  let network: TestNetwork;
  let objects: StoredObjects;
  let chain: ChainClient;

  before(async () => {
    network = await TestNetwork.create({ environment: { CESS_PROVIDERS: '20' } });
    await network.start();
    objects = new StoredObjects(network.credentials, 'leaving');
    await objects.createBucket();
    chain = await ChainClient.connect({ endpoint: network.rpc, logger: silentLogger });
  });
  after(async () => {
    await chain?.close();
    objects?.client.destroy();
    await network?.destroy();
  });

  const status = async () => (await network.cess('status')) as Status;
  const indexOf = async (name: string) =>
    present((await status()).providers.find((provider) => provider.name === name)?.miner, name);
  const as = async (name: string, call: Uint8Array) => submitAs(chain, await roleAccount(network.home, name), call);
  const phase = () => new Promise((resolve) => setTimeout(resolve, phaseSeconds * 1000));

  it('leave every acknowledged file declared within two minutes, and refuse none', async (t) => {
    const random = seededRandom(7);
    let isEnding = false;
    let stored = 0;
    const upload = async (lane: number) => {
      while (!isEnding) {
        await objects.put(`${lane}/${stored++}`, pick(random, sizes));
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    };
    const load = Promise.all(Array.from({ length: lanes }, (_, lane) => upload(lane)));
    await phase();
    // Uploads are answered while the chain stands, and one of their holders leaves before they are declared.
    await network.cessText('devnet', 'chain', 'pause');
    await phase();
    const leaving = as('provider-01', tx.Sminer.miner_exit_prep({}));
    await network.cessText('devnet', 'chain', 'resume');
    await leaving;
    await phase();
    // A provider declares no more space than what it holds.
    const shrinking = present(await chain.entry(query.Sminer.Miners, [await indexOf('provider-02')]), 'the provider');
    const spare = shrinking.declared_space - shrinking.service_space;
    const gib = 1n << 30n;
    await as('provider-02', tx.Sminer.decrease_declaration_space({ bytes: (spare / gib) * gib }));
    await phase();
    await network.cessText('devnet', 'provider', 'stop', 'provider-03');
    await phase();
    await network.cessText('devnet', 'provider', 'wipe', 'provider-04');
    await phase();
    isEnding = true;
    await load;
    const endedMs = Date.now();
    const isRecorded = async (key: string) => /^(declared|tagged|proven)$/.test((await objects.status(key)) ?? '');
    for (const key of objects.keys) await eventually(() => isRecorded(key), `${key} is declared`);
    const seconds = (Date.now() - endedMs) / 1000;
    t.diagnostic(`${objects.keys.length} objects, the last one declared ${seconds.toFixed(0)} s after the load ended`);
    const { gateway } = await status();
    assert.deepEqual([gateway.setAside, gateway.unrecorded], [{}, {}]);
    await objects.assertAllEqual();
  });
});
