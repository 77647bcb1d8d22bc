// IFACE-1: the explorer and the view of the network in Chromium, over a real chain: what they show is what the chain client reads.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { eventually } from '@cess/primitives/testing';
import type { Page } from 'playwright-core';
import { chromiumMissing } from './support/chromium.js';
import { ConsoleBrowser } from './support/console-page.js';
import { TestNetwork } from './support/network.js';
import { StoredObjects } from './support/objects.js';

const skip = chromiumMissing;

interface ListedFile {
  readonly file: string;
}
interface ShownAccount {
  readonly address: string;
}

describe('the explorer of the console', () => {
  let network: TestNetwork;
  let browser: ConsoleBrowser;
  let page: Page;
  let fileId: string;
  let owner: string;

  before(async () => {
    if (chromiumMissing) return;
    network = await TestNetwork.create();
    await network.start();
    const objects = new StoredObjects(network.credentials, 'explored');
    await objects.createBucket();
    await objects.put('object', 200_000);
    const listed = () => network.cess('file', 'list') as Promise<ListedFile[]>;
    fileId = await eventually(async () => (await listed())[0]?.file, 'the file is declared');
    owner = ((await network.cess('account', 'show')) as ShownAccount).address;
    browser = await ConsoleBrowser.ofRoot(network);
    ({ page } = browser);
  });
  after(async () => {
    await browser?.close();
    await network?.destroy();
  });
  afterEach(() => {
    if (chromiumMissing) return;
    browser.assertQuiet();
  });

  const search = async (text: string) => {
    await page.getByRole('searchbox').fill(text);
    await page.getByRole('button', { name: 'Search the chain' }).click();
  };

  it('follows the chain, and opens a block with its transactions and events', { skip }, async () => {
    await page.getByRole('link', { name: 'Explorer' }).click();
    const rows = page.getByRole('table').getByRole('row');
    await rows.nth(1).waitFor();
    await browser.photograph('explorer-blocks');
    const newest = async () => Number((await rows.nth(1).getByRole('link').textContent())?.replaceAll(',', ''));
    const first = await newest();
    await eventually(async () => (await newest()) > first, 'a new block appears by itself');
    await rows.nth(1).getByRole('link').click();
    await page.getByRole('heading', { name: /^Block [\d,]+$/ }).waitFor();
    await page.getByText('Final', { exact: true }).waitFor();
    const call = page.locator('details.entry', { hasText: 'Timestamp.set' });
    await call.locator('summary').first().click();
    await call.getByText('Put in by the author of the block.').waitFor();
    await browser.photograph('explorer-block');
  });

  it('finds the block of a declaration by its number, and the account that signed it', { skip }, async () => {
    const declaredIn = await declarationBlock();
    await browser.open('/explorer');
    await search(String(declaredIn));
    const call = page.getByText('FileBank.declare_batch');
    await call.click();
    const opened = page.locator('details[open]');
    await opened.getByText('Succeeded').waitFor();
    await opened.getByRole('link').first().click();
    await page.getByRole('heading', { name: 'Account' }).waitFor();
  });

  /** The block in which the file was declared, as the command shows it. */
  async function declarationBlock(): Promise<number> {
    const [shown] = (await network.cess('file', 'show', fileId)) as { readonly declaredAt: number }[];
    return shown?.declaredAt ?? 0;
  }

  it('shows an account with its territory, and says what is no address', { skip }, async () => {
    await browser.open('/explorer');
    await search(owner);
    await page.getByText(owner).first().waitFor();
    await page.getByText('default', { exact: true }).waitFor();
    await page.getByText(/GiB used/).waitFor();
    await browser.photograph('explorer-account');
    await browser.open(`/explorer/account/${owner.slice(0, -1)}x`);
    await page.getByText('This is no address').waitFor();
    await search('nonsense');
    await page.getByText('The chain knows no block, account or file of this name.').waitFor();
  });

  it('verifies a file by its id in the browser, and proves that there is none', { skip }, async () => {
    await browser.open('/explorer');
    await search(fileId);
    await page
      .getByRole('status')
      .getByText(/entries/)
      .waitFor();
    await browser.photograph('explorer-file');
    await browser.open(`/explorer/file/${'ab'.repeat(32)}`);
    await page.getByText('The chain has no such file').waitFor();
  });

  it('shows the validators, and the storage of every pallet', { skip }, async () => {
    await browser.open('/explorer/validators');
    await page.getByRole('cell', { name: /1,000 CESS/ }).waitFor();
    await browser.photograph('explorer-validators');
    await browser.open('/explorer/state/Sminer/Miners');
    await page.getByRole('region').nth(15).waitFor();
    await browser.photograph('explorer-state');
    await page.getByLabel('Pallet').selectOption('Timestamp');
    await page.getByLabel('Item').selectOption('SlotDuration');
    await page.getByText('1000', { exact: true }).waitFor();
  });

  it('shows the providers and what they hold', { skip }, async () => {
    await page.getByRole('link', { name: 'Network' }).click();
    await page.getByText('16 in good standing').waitFor();
    const figure = page.getByText('Stored', { exact: true }).first().locator('..');
    await eventually(async () => /KiB|MiB/.test((await figure.textContent()) ?? ''), 'stored bytes are counted');
    await page.getByRole('table', { name: 'Providers' }).getByRole('row').nth(5).waitFor();
    await browser.photograph('network');
  });

  it('has no serious finding of axe on these screens, light and dark', { skip }, async () => {
    const screens = [
      '/network',
      '/explorer',
      '/explorer/block/1',
      `/explorer/account/${owner}`,
      '/explorer/validators',
    ];
    for (const theme of ['light', 'dark']) {
      await page.getByLabel('Theme').selectOption(theme);
      for (const screen of [...screens, '/explorer/state/Timestamp/Now']) {
        await browser.open(screen);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await eventually(async () => (await page.locator('.spinner').count()) === 0, 'all of it is loaded');
        assert.deepEqual(await browser.seriousFindings(), [], `${theme} ${screen}`);
      }
    }
  });
});
