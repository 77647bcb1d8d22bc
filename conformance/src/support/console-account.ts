// Cases of the console about accounts: users, keys, policies, a second factor, wallets, the audit log.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { codeOf, decodeBase32 } from '../s3/second-factor.js';
import { ConsoleBrowser } from './console-page.js';
import { addressOfSeed, injectWallet, ownerSeedOf } from './console-wallet.js';
import type { TestNetwork } from './network.js';

export interface ConsoleWorld {
  readonly network: TestNetwork;
  /** Signed in as the root. */
  readonly browser: ConsoleBrowser;
}

const stepMs = 30_000;

export function accountCases(world: () => ConsoleWorld, skip: string | false): void {
  it('gives a user rights and a key, which signs in and can do no more, and takes them back', { skip }, async () => {
    const { browser, network } = world();
    const { page } = browser;
    await browser.open('/account/users');
    await page.getByRole('button', { name: 'New user' }).click();
    await page.getByLabel('User name').fill('console-ana');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('button', { name: 'Manage console-ana' }).click();
    await page.getByLabel('Policy').selectOption({ label: 'reader' });
    await page.getByRole('button', { name: 'Attach' }).click();
    await page.getByRole('button', { name: 'Detach reader' }).waitFor();
    await page.getByRole('button', { name: 'New access key' }).click();
    const shown = page.getByRole('dialog', { name: 'Access key created' }).locator('dd');
    await shown.last().waitFor();
    const [accessKeyId = '', secretAccessKey = ''] = await shown.allInnerTexts();
    await browser.photograph('account-new-key');
    await page.keyboard.press('Escape');
    assert.deepEqual(await browser.seriousFindings(), []);
    await browser.photograph('account-user');

    const other = await ConsoleBrowser.open(network.console);
    other.page.setDefaultTimeout(60_000);
    await other.signIn({ accessKeyId, secretAccessKey });
    await other.page.getByRole('heading', { name: 'Files' }).waitFor();
    await other.open('/account/users');
    await other.page.getByRole('heading', { name: 'No permission' }).waitFor();
    assert.deepEqual(await other.seriousFindings(), []);
    await other.photograph('account-no-permission');
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('button', { name: 'Enable' }).waitFor();
    await other.open('/gateway');
    await other.page.getByText('Your session has ended. Sign in again.').waitFor();
    await other.close();

    await page.getByRole('button', { name: 'Delete user' }).click();
    await page.getByRole('dialog', { name: 'Delete user' }).getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').first().waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Manage console-ana' }).waitFor({ state: 'detached' });
  });

  it('takes policies that are sound, says what is wrong with others, and shows their text as text', {
    skip,
  }, async () => {
    const { browser } = world();
    const { page } = browser;
    await browser.open('/account/policies');
    await page.getByRole('button', { name: 'New policy' }).click();
    await page.getByLabel('Policy name').fill('console-policy');
    const document = page.getByLabel('Document');
    await document.fill('{');
    await page.getByText(/^This is not JSON/).waitFor();
    await document.fill('{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps","Action":"*","Resource":"*"}]}');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('alert').waitFor();
    // The browser reports the refusal that was asked for.
    assert.match(browser.errors.splice(0).join(), /^Failed to load resource: .* 400 \(Bad Request\)$/);
    const attack = '<img src=x onerror=globalThis.attacked=1>';
    const statement = {
      Sid: 'Attack',
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::bucket/${attack}`,
    };
    await document.fill(JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('button', { name: 'Show' }).click();
    await page.locator('pre').filter({ hasText: attack }).waitFor();
    assert.equal(await page.evaluate(() => (globalThis as { attacked?: number }).attacked), undefined);
    assert.deepEqual(await browser.seriousFindings(), []);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Delete policy console-policy' }).click();
    await page.getByRole('heading', { name: 'No policies of your own' }).waitFor();
  });

  it('adds an authenticator app, asks for its code at the sign-in, and removes it', { skip }, async () => {
    const { browser, network } = world();
    const { page } = browser;
    await browser.open('/account/security');
    await page.getByRole('button', { name: 'Add an authenticator app' }).click();
    const seed = decodeBase32((await page.getByRole('dialog').locator('p.mono').innerText()).trim());
    const step = Math.floor(Date.now() / stepMs);
    await page.getByLabel('First code').fill(codeOf(seed, step - 1));
    await page.getByLabel('Next code').fill(codeOf(seed, step));
    await page.getByRole('button', { name: 'Enable' }).click();
    await page.getByText(/^Enabled /).waitFor();
    const other = await ConsoleBrowser.open(network.console);
    other.page.setDefaultTimeout(60_000);
    await other.signIn(network.credentials);
    await other.page.getByLabel('Code of your authenticator app').fill(codeOf(seed, step + 1));
    await other.photograph('sign-in-code');
    await other.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await other.page.getByRole('heading', { name: 'Files' }).waitFor();
    await other.close();
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('No MFA device: the access key alone signs in.').waitFor();
  });

  it('signs in with the wallet of the owner, and refuses another one', { skip }, async () => {
    const { network } = world();
    const [stranger, owner] = [new Uint8Array(32).fill(9), await ownerSeedOf(network)];
    const other = await ConsoleBrowser.open(network.console);
    const { page } = other;
    page.setDefaultTimeout(60_000);
    await injectWallet(page, [stranger, owner]);
    await page.goto(network.console);
    await page.getByRole('button', { name: 'Sign in with a wallet' }).click();
    await page.getByRole('button', { name: addressOfSeed(stranger) }).click();
    await page.getByText(/^This wallet owns no account of this gateway/).waitFor();
    await page.getByRole('button', { name: addressOfSeed(owner) }).click();
    await page.getByRole('heading', { name: 'Files' }).waitFor();
    await other.close();
  });

  it('shows the audit log, verifies it, and has no serious finding of axe on these screens', { skip }, async () => {
    const { browser } = world();
    const { page } = browser;
    for (const route of ['/account/overview', '/account/security', '/account/users', '/account/policies', '/gateway']) {
      await browser.open(route);
      await page.waitForFunction(() => document.querySelector('main .spinner') === null);
      assert.deepEqual(await browser.seriousFindings(), [], route);
      await browser.photograph(`screen${route.replace(/\W+/g, '-')}`);
    }
    await browser.open('/account/audit');
    await page.getByLabel('Operation').fill('console:SignIn');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('cell', { name: 'console:SignIn' }).first().waitFor();
    await page.getByRole('button', { name: 'Verify the log' }).click();
    await page.getByText(/^The log is sound/).waitFor();
    assert.deepEqual(await browser.seriousFindings(), []);
    await browser.photograph('screen-account-audit');
  });
}
