// IFACE-1: the view of the network in Chromium, over a real chain with rounds, a loss and its repair, and places that nodes have published:
// what it shows is what the chain client reads.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { ChainClient, query, SS58_PREFIX, tx } from '@cess/client';
import { encodeSs58, systemRng } from '@cess/crypto';
import { type NetworkHost, openNetworkHost } from '@cess/network';
import { isCessError, noMetrics, present, silentLogger, systemTimers, throwFatal, toHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import type { Page } from 'playwright-core';
import { roleAccount, roleNodeSeed, submitAs } from './support/cheats.js';
import { chromiumMissing } from './support/chromium.js';
import { ConsoleKeys } from './support/console-keys.js';
import { ConsoleBrowser } from './support/console-page.js';
import { EndedRepairs } from './support/ended-repairs.js';
import { freePorts, TestNetwork } from './support/network.js';
import { StoredObjects } from './support/objects.js';

const skip = chromiumMissing;
const objectCount = 4;
/** Providers that publish a place. */
const places = { 'provider-01': 'eu/de/fra-1', 'provider-02': 'eu/de/fra-1', 'provider-03': 'us/east' };

interface Status {
  readonly providers: readonly { readonly name: string; readonly miner: number }[];
}
interface NetworkShown {
  readonly addresses: readonly string[];
}

describe('the network in the console', () => {
  let network: TestNetwork;
  let objects: StoredObjects;
  let browser: ConsoleBrowser;
  let page: Page;
  let keys: ConsoleKeys;
  let chain: ChainClient;
  let ended: EndedRepairs;
  const hosts: NetworkHost[] = [];

  before(async () => {
    if (chromiumMissing) return;
    const [p2p] = await freePorts(1);
    network = await TestNetwork.create({
      environment: {
        CESS_P2P_PORT: String(p2p),
        CESS_AUDIT_CYCLE_SECONDS: '10',
        CESS_AUDIT_DISPUTE_SECONDS: '10',
      },
    });
    await network.start();
    chain = await ChainClient.connect({ endpoint: network.rpc, logger: silentLogger });
    ended = new EndedRepairs(chain);
    objects = new StoredObjects(network.credentials, 'watched');
    await objects.createBucket();
    for (let i = 0; i < objectCount; i++) await objects.put(`object-${i}`, 1_000_000);
    await publishPlaces();
    await eventually(() => ended.ended.some(({ kind }) => kind === 'Verdict'), 'a round has been judged');
    browser = await ConsoleBrowser.ofRoot(network);
    ({ page } = browser);
    keys = new ConsoleKeys(page);
  });
  after(async () => {
    await browser?.close();
    for (const host of hosts) await host.stop();
    await ended?.stop();
    await chain?.close();
    objects?.client.destroy();
    await network?.destroy();
  });
  afterEach(() => {
    if (chromiumMissing) return;
    browser.assertQuiet();
  });

  /** Records under the keys that the chain has of these providers, and one under a key that nobody knows. */
  async function publishPlaces(): Promise<void> {
    const { addresses } = (await network.cess('network', 'show')) as NetworkShown;
    const open = async (seed: Uint8Array, place: string) => {
      const host = await openNetworkHost({
        ...{ seed, genesis: chain.genesisHash, listen: ['/ip4/127.0.0.1/tcp/0'], bootstrap: addresses },
        ...{ usesPrivateAddresses: true, dht: 'server', limits: { isPrivateExempt: true } },
        ...{ timers: systemTimers, rng: systemRng, logger: silentLogger, metrics: noMetrics, onFatal: throwFatal },
      });
      hosts.push(host);
      const capacity = { storageBytes: 2 ** 50, bytesPerSecond: 0, threads: 1 };
      const record = { roles: ['provider' as const], place, endpoints: ['https://192.0.2.1:9100'], capacity };
      // A connection is in the routing table of the DHT only some time after it was opened.
      const publish = () =>
        host.records.publish(record).catch((error: unknown) => {
          if (!isCessError(error, 'NETWORK_RECORD_NOT_STORED')) throw error;
          return undefined;
        });
      await eventually(publish, 'the chain node has stored the record');
    };
    for (const [name, place] of Object.entries(places)) await open(await roleNodeSeed(network.home, name), place);
    await open(systemRng.bytes(32), 'ap/stranger');
  }

  const region = (name: string) => page.getByRole('region', { name, exact: true });
  /** Cells of the row of a table that begins with this text. */
  const row = (within: string, name: string) =>
    region(within)
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader', { name, exact: true }) })
      .getByRole('cell')
      .allTextContents();
  const figure = (label: string) =>
    region('Who and where').locator('.figure').filter({ hasText: label }).locator('dd').first().textContent();

  async function allOf<T>(entries: AsyncIterable<readonly [unknown, T]>): Promise<T[]> {
    const found: T[] = [];
    for await (const [, value] of entries) found.push(value);
    return found;
  }

  /** With the key of a provider whose round is open: it loses the fragments that it is asked about, and others rebuild them. */
  async function concedeSome(): Promise<boolean> {
    const { providers } = (await network.cess('status')) as Status;
    const names = new Map(providers.map(({ name, miner }) => [miner, name]));
    for await (const [[miner, key_id], { round, state }] of chain.entries(query.Audit.Challenges, [])) {
      if (state.type !== 'Open') continue;
      const account = await roleAccount(network.home, present(names.get(miner), 'its name'));
      // The provider may answer first.
      const isDone = await submitAs(chain, account, tx.Audit.concede({ key_id, round })).then(
        () => true,
        (error: unknown) => {
          if (isCessError(error)) return false;
          throw error;
        },
      );
      if (isDone) return true;
    }
    return false;
  }

  it('IFACE-1: groups the nodes by operator, with the share of the largest', { skip }, async () => {
    await page.getByRole('link', { name: 'Network', exact: true }).click();
    await region('Who and where').getByRole('table', { name: 'Operators' }).waitFor();
    const declared = new Map<string, number>();
    let total = 0;
    for (const { beneficiary, declared_space } of await allOf(chain.entries(query.Sminer.Miners, []))) {
      const operator = encodeSs58(beneficiary, SS58_PREFIX);
      declared.set(operator, (declared.get(operator) ?? 0) + Number(declared_space));
      total += Number(declared_space);
    }
    const percent = (share: number) => share.toLocaleString('en-US', { style: 'percent', maximumFractionDigits: 1 });
    assert.equal(await figure('Largest share'), percent(Math.max(...declared.values()) / total));
    const [worker] = await allOf(chain.entries(query.TeeWorker.Workers, []));
    const controller = encodeSs58(present(worker, 'a worker').controller, SS58_PREFIX);
    const operators = region('Who and where').getByRole('rowheader');
    const shown = await operators.allTextContents();
    assert.ok(shown.some((name) => declared.has(name)) && shown.length <= 21);
    if (shown.includes(controller)) assert.equal((await row('Who and where', controller))[3], '1');
    await browser.photograph('network-operators');
  });

  it('CHAIN-3: groups them by the places that their own keys have published, and says who has published none', {
    skip,
  }, async () => {
    const group = 'Who and where';
    await eventually(async () => {
      await browser.open('/explorer');
      await browser.open('/network');
      await keys.reach(region(group).getByRole('tab', { name: 'Operators' }));
      await keys.strike('ArrowRight');
      await region(group).getByRole('table', { name: 'Places' }).waitFor();
      return (await region(group).getByText('3 of ').count()) > 0;
    }, 'three places are found');
    const { length: providers } = await allOf(chain.entries(query.Sminer.Miners, []));
    assert.equal((await row(group, 'eu/de/fra-1'))[0], '2');
    assert.equal((await row(group, 'us/east'))[0], '1');
    assert.equal((await row(group, 'No place published'))[0], String(providers - 3));
    assert.equal(await region(group).getByText('ap/stranger').count(), 0, 'a key that the chain does not know');
    await browser.photograph('network-places');
    await keys.strike('ArrowRight');
    await region(group).getByRole('table', { name: 'Networks' }).waitFor();
    assert.equal((await row(group, '127.0.0.0/16'))[0], String(providers));
  });

  it('STORE-4: shows how many fragments files can lose, as the chain holds them', { skip }, async () => {
    const expected = async () => {
      const margins = new Map<string, number>();
      for await (const [[file, segment], { k }] of chain.entries(query.FileBank.Segments, [])) {
        const fragments = await allOf(chain.entries(query.FileBank.Fragments, [file, segment]));
        const margin = fragments.filter(({ holder }) => holder !== undefined).length - k;
        const name = toHex(file);
        margins.set(name, Math.min(margin, margins.get(name) ?? margin));
      }
      return [...margins.values()].sort((a, b) => a - b);
    };
    await eventually(async () => {
      await browser.open('/explorer');
      await browser.open('/network');
      const margins = await expected();
      const least = String(present(margins[0], 'a file'));
      const rows = region('Protection of files').getByRole('row');
      await rows.nth(1).waitFor();
      if ((await rows.nth(1).getByRole('rowheader').textContent()) !== least) return false;
      const [files] = await row('Protection of files', least);
      return files === String(margins.filter((margin) => String(margin) === least).length);
    }, 'margins of the page are those of the chain');
  });

  it('STORE-4, PODR2-4: measures the time to detect and to repair a loss, live', { skip }, async () => {
    await browser.open('/network');
    const times = 'Time to detect and to repair';
    await region(times).getByRole('row').nth(1).waitFor();
    const [verdicts] = await row(times, 'Question to verdict');
    assert.ok(Number(verdicts) > 0, 'rounds have been judged');
    assert.equal((await row(times, 'Question to detected loss'))[0], '0');
    await eventually(concedeSome, 'a provider concedes a round');
    const count = async (name: string) => Number((await row(times, name))[0]);
    await eventually(async () => (await count('Question to detected loss')) > 0, 'the loss appears by itself');
    await eventually(async () => (await count('Detected loss to repair')) > 0, 'the repair appears by itself');
    await eventually(async () => {
      for await (const _ of chain.entries(query.FileBank.RestoralOrders, [])) return false;
      return true;
    }, 'everything is repaired');
    await browser.photograph('network-times');
    const rows = {
      Verdict: 'Question to verdict',
      Failure: 'Question to detected loss',
      Repair: 'Detected loss to repair',
    } as const;
    const text = present(await region(times).textContent(), 'the section');
    const period = /in blocks ([\d,]+) to ([\d,]+) /.exec(text) ?? assert.fail(text);
    const [first = 0, last = 0] = period.slice(1).map((digits) => Number(digits.replaceAll(',', '')));
    await eventually(() => ended.height >= last, 'the events up to there are read');
    for (const [kind, name] of Object.entries(rows) as [keyof typeof rows, string][]) {
      const durations = ended.between(kind, first, last);
      const middle = [durations[(durations.length - 1) >> 1] ?? 0, durations[durations.length >> 1] ?? 0];
      const median = (middle[0]! + middle[1]!) / 2;
      const cells = `${name}${durations.length}${median} blocks, about`;
      assert.ok(text.includes(cells), `${cells} in ${text}`);
      assert.ok(text.includes(`${durations.at(-1)} blocks, about`), `the longest of ${name}, ${durations.at(-1)}`);
    }
  });

  it('has no serious finding of axe, light and dark, and speaks German', { skip }, async () => {
    for (const theme of ['light', 'dark']) {
      await page.getByLabel('Theme').selectOption(theme);
      await browser.open('/network');
      for (const tab of ['Operators', 'Places', 'Networks']) {
        await page.getByRole('tab', { name: tab }).click();
        await region('Who and where').getByRole('table', { name: tab }).waitFor();
        assert.deepEqual(await browser.seriousFindings(), [], `${theme} ${tab}`);
      }
    }
    await page.getByLabel('Language').selectOption('de');
    await page.getByRole('heading', { name: 'Zeit bis zur Entdeckung und bis zur Reparatur' }).waitFor();
  });
});
