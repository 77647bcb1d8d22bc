// IFACE-1: the screens for those who run providers, validators and TEE workers, in Chromium over a real chain: what they show is what
// the chain client reads, and calls that a wallet signs there do on the chain what they say.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { ChainClient, query, SS58_PREFIX, tx } from '@cess/client';
import { encodeSs58 } from '@cess/crypto';
import { present, silentLogger, toHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import type { Page } from 'playwright-core';
import { roleAccount, submitAs } from './support/cheats.js';
import { chromiumMissing } from './support/chromium.js';
import { ConsoleKeys } from './support/console-keys.js';
import { ConsoleBrowser } from './support/console-page.js';
import { roleCallCases } from './support/console-role-calls.js';
import { TestNetwork } from './support/network.js';
import { StoredObjects } from './support/objects.js';

const skip = chromiumMissing;
/** The only provider that leaves. */
const leaving = 'provider-02';

interface Status {
  readonly providers: readonly { readonly name: string; readonly miner: number }[];
}

describe('the screens of roles in the console', () => {
  let network: TestNetwork;
  let browser: ConsoleBrowser;
  let page: Page;
  let chain: ChainClient;
  let names: ReadonlyMap<string, number>;

  before(async () => {
    if (chromiumMissing) return;
    network = await TestNetwork.create();
    await network.start();
    chain = await ChainClient.connect({ endpoint: network.rpc, logger: silentLogger });
    const { providers } = (await network.cess('status')) as Status;
    names = new Map(providers.map(({ name, miner }) => [name, miner]));
    const objects = new StoredObjects(network.credentials, 'held');
    await objects.createBucket();
    await objects.put('object', 3_000_000);
    await eventually(async () => (await tagged()) !== undefined, 'a provider has tagged fragments');
    browser = await ConsoleBrowser.ofRoot(network);
    ({ page } = browser);
  });
  after(async () => {
    await browser?.close();
    await chain?.close();
    await network?.destroy();
  });
  afterEach(() => {
    if (chromiumMissing) return;
    browser.assertQuiet();
  });

  /** Some provider with tagged fragments. */
  async function tagged(): Promise<number | undefined> {
    for await (const [[miner], { live }] of chain.entries(query.Audit.Registries, [])) if (live > 0) return miner;
    return undefined;
  }

  const minerOf = (name: string) => present(names.get(name), name);
  const provider = async (index: number) => present(await chain.entry(query.Sminer.Miners, [index]), 'the provider');
  const figure = (label: string) => page.locator('.figure', { has: page.getByText(label, { exact: true }) });
  const shows = (label: string, value: string) =>
    eventually(async () => (await figure(label).locator('dd').first().textContent()) === value, `${label}: ${value}`);
  const duties = () => page.getByRole('region', { name: 'What to do now' });
  const loaded = () => page.locator('.spinner').first().waitFor({ state: 'detached' });

  /** Presses Tab until an element with this name has the focus, then Enter. */
  async function pressOn(name: string): Promise<void> {
    for (let presses = 0; presses < 60; presses++) {
      const focused = await page.evaluate(() => {
        const element = document.activeElement;
        return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
      });
      if (focused.trim() === name) return page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
    }
    assert.fail(`no element named ${name} takes the focus`);
  }

  it('lists all providers, narrows the list, and opens one by keyboard alone', { skip }, async () => {
    await pressOn('Providers');
    await page.getByText(`${names.size} of ${names.size}`).waitFor();
    await browser.photograph('providers');
    const wanted = present([...names.values()].at(-1), 'a provider');
    const { endpoint } = await provider(wanted);
    await eventually(async () => {
      await page.keyboard.press('Tab');
      return page.evaluate(() => document.activeElement?.getAttribute('type') === 'search');
    }, 'the search has the focus');
    await page.keyboard.type('nonsense');
    await page.getByText(`0 of ${names.size}`).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('None matches.').waitFor();
    await page.keyboard.press('Control+A');
    await page.keyboard.type(new TextDecoder().decode(endpoint));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: `Provider ${wanted}`, exact: true }).waitFor();
  });

  it('shows space, stake and audit of a provider as the chain has them, by index and by account', {
    skip,
  }, async () => {
    const index = present(await tagged(), 'a provider with tags');
    const { account, fragment_count: fragments, staked, declared_space: declared } = await provider(index);
    for (const name of [String(index), encodeSs58(account, SS58_PREFIX)]) {
      await browser.open(`/provider/${name}`);
      await page.getByRole('heading', { name: `Provider ${index}`, exact: true }).waitFor();
      await shows('Fragments', String(fragments));
      await shows('Stake', `${(Number(staked / 10n ** 15n) / 1000).toLocaleString('en-US')} CESS`);
      await shows('Declared space', `${Number(declared) / 2 ** 30} GiB`);
    }
    const audit = page.getByRole('region', { name: 'Audit' });
    const registries: string[] = [];
    for await (const [[, keyId]] of chain.entries(query.Audit.Registries, [index])) registries.push(toHex(keyId));
    for (const keyId of registries) await audit.getByText(keyId, { exact: true }).waitFor();
    await page.getByText(`Of the fragments that it holds (${fragments})`, { exact: false }).waitFor();
    await browser.photograph('provider');
  });

  it('shows the events of a provider, and earlier ones on request', { skip }, async () => {
    const index = minerOf('provider-01');
    await browser.open(`/provider/${index}`);
    const events = page.getByRole('region', { name: 'Events' });
    await events.getByRole('status').waitFor();
    const more = events.getByRole('button', { name: 'Search 500 earlier blocks' });
    if (await more.isVisible()) await more.click();
    await events.getByText('The chain node keeps no earlier events.').waitFor();
    await events.getByText('Sminer.Registered').click();
    await events.locator('details[open]').getByRole('link').click();
    const { registered_at: block } = await provider(index);
    await page.getByRole('heading', { name: `Block ${block}`, exact: true }).waitFor();
  });

  it('says what a provider that leaves has to wait for and to do', { skip }, async () => {
    const index = minerOf(leaving);
    const account = await roleAccount(network.home, leaving);
    await browser.open(`/provider/${index}`);
    await page.getByText('In good standing').waitFor();
    await submitAs(chain, account, tx.Sminer.miner_exit_prep({}));
    await page.getByText('Leaving', { exact: true }).waitFor();
    await browser.photograph('provider-leaving');
    const done = 'No fragment is left: end the registration with the call Sminer.miner_exit. Then the stake unbonds.';
    await eventually(async () => duties().getByText(done).isVisible(), 'nothing is left');
    await submitAs(chain, account, tx.Sminer.miner_exit({}));
    await duties().getByText('This provider has left the network.').waitFor();
    const amount = await chain.entry(query.Sminer.UnbondingTotal, [index]);
    assert.ok(amount !== undefined && amount > 0n);
    for await (const [[until, miner]] of chain.entries(query.Sminer.Unbonding, [])) {
      if (miner === index)
        await duties()
          .getByText(`released after block ${until.toLocaleString('en-US')}`)
          .waitFor();
    }
    await browser.photograph('provider-left');
  });

  it('shows members and candidates, and a validator with its points and what to do', { skip }, async () => {
    await page.getByRole('link', { name: 'Validators', exact: true }).first().click();
    const clock = present(await chain.value(query.Session.Clock), 'elections');
    const holder = present(clock.seats[0], 'a member');
    const address = encodeSs58(holder.account, SS58_PREFIX);
    const candidate = present(await chain.entry(query.Staking.Candidates, [holder.account]), 'a candidate');
    const candidates = page.getByRole('region', { name: 'Candidates' });
    await candidates.getByRole('cell', { name: address }).waitFor();
    await browser.photograph('validators');
    await candidates.getByRole('searchbox').focus();
    await page.keyboard.type(address.toLowerCase().slice(0, 20));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: address }).waitFor();
    await page.getByText('Seat 0', { exact: true }).waitFor();
    await shows('Stake', `${(Number(candidate.stake / 10n ** 15n) / 1000).toLocaleString('en-US')} CESS`);
    const about = page.getByRole('region', { name: 'Registration' });
    await about.getByText(toHex(candidate.key)).first().waitFor();
    await page.getByText('No offence is recorded.').waitFor();
    const points = figure('Era points').locator('dd').first();
    const first = Number((await points.textContent())?.replaceAll(',', ''));
    const grown = async () => Number((await points.textContent())?.replaceAll(',', '')) !== first;
    await eventually(grown, 'points of new blocks appear by themselves');
    await browser.photograph('validator');
  });

  it('shows the TEE worker with its record, keys and rounds', { skip }, async () => {
    await page.getByRole('link', { name: 'TEE workers', exact: true }).first().click();
    const worker = present(await chain.entry(query.TeeWorker.Workers, [0]), 'a worker');
    await page.getByRole('cell', { name: new TextDecoder().decode(worker.endpoint) }).waitFor();
    await browser.photograph('tee-workers');
    await page.getByRole('searchbox').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'TEE worker 0' }).waitFor();
    await shows('Stake', '50,000 CESS');
    const keys = page.getByRole('region', { name: 'Tagging keys' });
    await keys.getByText(toHex(worker.tag_key)).waitFor();
    // Events of the worker may have them as well.
    await page.getByText(toHex(worker.signer_key), { exact: true }).waitFor();
    await page.getByText(encodeSs58(worker.controller, SS58_PREFIX), { exact: true }).waitFor();
    assert.ok(worker.record.tagged_bytes > 0n, 'it has tagged what the providers hold');
    assert.notEqual(await figure('Tagged').locator('dd').first().textContent(), '0 B');
    await browser.photograph('tee-worker');
  });

  it('by keyboard alone: from the sign-in to a validator and a TEE worker, their events and a block, and back', {
    skip,
  }, async () => {
    const { seats } = present(await chain.value(query.Session.Clock), 'elections');
    const member = encodeSs58(present(seats[0], 'a member').account, SS58_PREFIX);
    const own = await ConsoleBrowser.open(network.console);
    own.page.setDefaultTimeout(60_000);
    const keys = new ConsoleKeys(own.page);
    const arrival = (name: string) => eventually(async () => (await keys.focused()) === name, `the focus on ${name}`);
    const heading = (name: string) => own.page.getByRole('heading', { name, exact: true }).waitFor();
    /** Opens the first event of the page and the block that it is in, then goes back. */
    const visitEvent = async (title: string) => {
      const events = own.page.getByRole('region', { name: 'Events' });
      await events.getByRole('status').waitFor();
      await keys.press(events.locator('summary').first());
      await keys.press(events.locator('details[open]').getByRole('link').last());
      await own.page.getByRole('heading', { name: /^Block [\d,]+$/ }).waitFor();
      await own.page.goBack();
      await heading(title);
    };
    try {
      await own.page.goto(network.console);
      await own.page.getByLabel('Access key ID').waitFor();
      await own.page.keyboard.type(network.credentials.accessKeyId);
      await keys.strike('Tab');
      await own.page.keyboard.type(network.credentials.secretAccessKey);
      await keys.strike('Enter');
      await arrival('Files');

      await keys.useName('Validators');
      await arrival('Validators');
      await keys.press(own.page.getByRole('region', { name: 'Candidates' }).getByRole('link', { name: member }));
      await heading(member);
      await arrival('Validators');
      await keys.useName('All validators and candidates');
      await own.page.getByRole('region', { name: 'Candidates' }).waitFor();
      await keys.reachName('Account or state');
      await own.page.keyboard.type('nobody');
      await keys.strike('Enter');
      await own.page.getByRole('alert').getByText('None matches.').waitFor();
      await keys.strike('ControlOrMeta+a');
      await own.page.keyboard.type(member.slice(0, 12));
      await keys.strike('Enter');
      await heading(member);

      await keys.useName('TEE workers');
      await arrival('TEE workers');
      await keys.press(own.page.getByRole('table', { name: 'TEE workers' }).getByRole('link', { name: '0' }));
      await heading('TEE worker 0');
      await visitEvent('TEE worker 0');
      await keys.useName('All TEE workers');
      await keys.reachName('Index, controller, address or state');
      await keys.strike('Enter');
      await heading('TEE worker 0');
      await keys.useName('Sign out');
      await heading('Sign in');
      own.assertQuiet();
    } finally {
      await own.close();
    }
  });

  roleCallCases(() => ({ network, chain, minerOf }), skip);

  it('says what does not exist', { skip }, async () => {
    await browser.open('/provider/99999');
    await page.getByText('No such provider').waitFor();
    await browser.open('/tee/99999');
    await page.getByText('No such TEE worker').waitFor();
    await browser.open('/validator/nonsense');
    await page.getByText('No such account').waitFor();
  });

  it('has no serious finding of axe on these screens, light and dark, and speaks German', { skip }, async () => {
    const { seats } = present(await chain.value(query.Session.Clock), 'elections');
    const member = encodeSs58(present(seats[0], 'a member').account, SS58_PREFIX);
    const screens = ['/provider', `/provider/${minerOf('provider-01')}`, '/validator', `/validator/${member}`];
    for (const theme of ['light', 'dark']) {
      await page.getByLabel('Theme').selectOption(theme);
      for (const screen of [...screens, `/provider/${minerOf(leaving)}`, '/tee', '/tee/0']) {
        await browser.open(screen);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await loaded();
        assert.deepEqual(await browser.seriousFindings(), [], `${theme} ${screen}`);
      }
    }
    await page.getByLabel('Language').selectOption('de');
    await page.getByRole('heading', { name: 'Was jetzt zu tun ist' }).waitFor();
  });
});
