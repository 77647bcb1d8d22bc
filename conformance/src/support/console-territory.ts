// Cases of the console about territories: what the owner leases, prices before an order, orders signed by a wallet.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sr25519Account } from '@cess/client/signers';
import { CESS, GiB as gibibyte } from '@cess/primitives';
import { type ChainClient, getBalance } from '@cess/sdk/chain';
import { getTerritory, territoryPrice } from '@cess/sdk/territory';
import { ConsoleKeys } from './console-keys.js';
import { ConsoleBrowser } from './console-page.js';
import { injectWallet, ownerSeedOf } from './console-wallet.js';
import type { TestNetwork } from './network.js';

export interface TerritoryWorld {
  readonly network: TestNetwork;
  /** Signed in as the root. */
  readonly browser: ConsoleBrowser;
  /** Of its page. */
  readonly keys: ConsoleKeys;
  readonly chain: ChainClient;
}

const GiB = BigInt(gibibyte);

export function territoryCases(world: () => TerritoryWorld, skip: string | false): void {
  it('shows what the owner leases, previews prices, and without a wallet gives the command', { skip }, async () => {
    const { network, browser, keys, chain } = world();
    const { page } = browser;
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const findings = async (what: string) => assert.deepEqual(await browser.seriousFindings(), [], what);
    const [leased] = (await network.cess('territory', 'list')) as { name: string; deadlineBlock: number }[];
    await browser.open('/account/territory');
    const card = page.getByRole('listitem').filter({ hasText: leased!.name });
    await card.getByText(new RegExp(`block ${leased!.deadlineBlock.toLocaleString('en-US')}$`)).waitFor();
    await findings('territories');
    await browser.photograph('account-territory');
    await keys.press(button('Buy a territory'));
    await page.keyboard.insertText('new space');
    await keys.type(page.getByLabel('Space in GiB'), '3');
    await keys.type(page.getByLabel('Days'), '40');
    await page.getByText("cess territory mint 'new space' 3 40").waitFor();
    const price = await territoryPrice(chain, { gib: 3, days: 40 });
    await page.getByText(`${price / CESS} CESS`, { exact: true }).waitFor();
    assert.equal(await button('Sign with the wallet').count(), 0);
    await findings('an order without a wallet');
    await browser.photograph('account-territory-order');
    await keys.type(page.getByLabel('Days'), '29');
    await page.getByText('Fill in the fields to see the price.').waitFor();
    await page.keyboard.press('Escape');
    await page.evaluate(() =>
      Object.assign(globalThis, { ethereum: { request: async () => [`0x${'1'.repeat(40)}`] } }),
    );
    await keys.press(button('Connect a wallet'));
    await page.getByText(/^An Ethereum wallet can sign in, but it cannot sign transactions/).waitFor();
    await findings('an Ethereum wallet');
  });

  it('buys, expands and renews a territory, signed by the wallet of the owner, at the prices that it showed', {
    skip,
  }, async () => {
    const { network, chain } = world();
    const seed = await ownerSeedOf(network);
    const owner = sr25519Account(seed).account;
    const other = await ConsoleBrowser.open(network.console);
    other.page.setDefaultTimeout(60_000);
    await injectWallet(other.page, [new Uint8Array(32).fill(9), seed]);
    await other.signIn(network.credentials);
    await other.page.getByRole('heading', { name: 'Files' }).waitFor();
    await other.open('/account/territory');
    const by = new ConsoleKeys(other.page);
    const named = (name: string) => other.page.getByRole('button', { name, exact: true });
    await by.press(named('Connect a wallet'));
    await other.page.getByText(/^Connected: test: /).waitFor();
    const order = async (open: string, fields: readonly (readonly [string, string])[], sign = true) => {
      await by.press(named(open));
      for (const [label, value] of fields) await by.type(other.page.getByLabel(label), value);
      const shown = await other.page.getByRole('dialog').getByRole('strong').first().innerText();
      await other.page
        .getByRole('dialog')
        .getByText(/^0(\.\d+)? CESS$/)
        .waitFor();
      if (sign) await by.press(named('Sign with the wallet'));
      await other.page.getByRole('dialog').waitFor({ state: 'detached' });
      return BigInt(shown.replace(/\D/g, '')) * CESS;
    };
    const paidFor = async (work: () => Promise<bigint>, what: string) => {
      const before = (await getBalance(chain, owner)).free;
      const price = await work();
      const paid = before - (await getBalance(chain, owner)).free;
      assert.ok(paid >= price && paid < price + CESS, `${what}: ${paid} for ${price}`);
    };
    const lease = () => getTerritory(chain, owner, 'bought');
    const bought = [
      ['Name', 'bought'],
      ['Space in GiB', '2'],
      ['Days', '30'],
    ] as const;
    await paidFor(() => order('Buy a territory', bought), 'buying');
    assert.equal((await lease())?.totalBytes, 2n * GiB);
    await paidFor(() => order('Expand bought', [['Space in GiB', '1']]), 'expanding');
    const expanded = await lease();
    assert.equal(expanded?.totalBytes, 3n * GiB);
    await other.page.getByText('0 B of 3 GiB used').waitFor();
    await other.photograph('account-territory-wallet');
    assert.deepEqual(await other.seriousFindings(), []);
    await paidFor(() => order('Renew bought', [['Days', '45']]), 'renewing');
    assert.ok((await lease())!.deadline > expanded!.deadline);
    assert.deepEqual(other.errors, []);
    await other.close();
  });
}
