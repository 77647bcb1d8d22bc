// Cases of the console without a mouse: every flow of the files, and the way through the other screens.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually } from '@cess/primitives/testing';
import type { ConsoleWorld } from './console-account.js';
import { ConsoleKeys } from './console-keys.js';
import { ConsoleBrowser } from './console-page.js';

export function keyboardCases(world: () => ConsoleWorld, skip: string | false): void {
  it('by keyboard alone: sign-in, a bucket, uploads, folders, an object with all its tabs, sign-out', {
    skip,
  }, async () => {
    const { network } = world();
    const browser = await ConsoleBrowser.open(network.console);
    const { page } = browser;
    page.setDefaultTimeout(60_000);
    const keys = new ConsoleKeys(page);
    const heading = (name: string) => page.getByRole('heading', { name, exact: true }).waitFor();
    const dialog = (state: 'visible' | 'detached' = 'visible') => page.getByRole('dialog').waitFor({ state });
    /** A new screen has its heading announced, by the focus. */
    const arrival = (name: string) => eventually(async () => (await keys.focused()) === name, `the focus on ${name}`);
    await page.goto(network.console);
    await page.getByLabel('Access key ID').waitFor();
    assert.deepEqual(await browser.seriousFindings(), []);
    await browser.photograph('sign-in');
    await page.keyboard.type(network.credentials.accessKeyId);
    await keys.strike('Tab');
    await page.keyboard.type(network.credentials.secretAccessKey);
    await keys.strike('Enter');
    await arrival('Files');

    await keys.useName('New bucket');
    await dialog();
    await page.keyboard.type('by-keyboard');
    await keys.strike('Enter');
    await arrival('by-keyboard');
    await keys.useName('New folder');
    await dialog();
    await keys.strike('Escape');
    await dialog('detached');
    assert.equal(await keys.focused(), 'New folder', 'the focus goes back to where it was');
    await keys.strike('Enter');
    await dialog();
    await page.keyboard.type('papers');
    await keys.strike('Enter');
    await keys.useName('Folder papers');
    await arrival('papers');

    await keys.reachName('Upload files');
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), keys.strike('Enter')]);
    await chooser.setFiles([{ name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('typed') }]);
    await page.getByText(/^Done · /).waitFor();
    await keys.useName('Clear finished');
    await keys.reachName('Name begins with');
    await page.keyboard.type('no');
    await keys.useName('Object note.txt');
    await page.locator('.preview pre').filter({ hasText: 'typed' }).waitFor();

    await keys.reachName('Preview');
    for (const tab of ['Properties', 'Versions', 'Proof', 'Tags']) {
      await keys.strike('ArrowRight');
      await page.getByRole('tab', { name: tab, selected: true }).waitFor();
    }
    await page.getByText('No tags').waitFor();
    await keys.useName('Add');
    await keys.reachName('Tag');
    await page.keyboard.type('colour');
    await keys.strike('Tab');
    await page.keyboard.type('green');
    await keys.useName('Save');
    await page.getByText('Tags saved').waitFor();
    await keys.reachName('Tags');
    await keys.strike('ArrowRight');
    await keys.useName('Create link');
    const url = await page.getByLabel(/^Link, valid until/).inputValue();
    assert.equal(await (await fetch(url)).text(), 'typed');
    await keys.strike('Escape');
    await dialog('detached');

    await keys.useName('Select note.txt', 'Space');
    await keys.useName('Move or rename');
    await dialog();
    await keys.strike('ControlOrMeta+a');
    await page.keyboard.type('papers/renamed.txt');
    await keys.strike('Enter');
    await page.getByText('Moved to papers/renamed.txt').waitFor();
    await keys.reachName('Name begins with');
    await keys.strike('ControlOrMeta+a', 'Delete');
    await keys.useName('Select renamed.txt', 'Space');
    await keys.useName('Delete');
    await dialog();
    await keys.useName('Delete');
    await heading('This folder is empty');

    for (const screen of ['Network', 'Explorer', 'Gateway', 'Account', 'Files']) {
      await keys.useName(screen);
      await arrival(screen);
    }
    await keys.reachName('Theme');
    await keys.strike('ArrowDown', 'ArrowDown');
    await page.locator('html[data-theme=dark]').waitFor();
    await keys.useName('Sign out');
    await heading('Sign in');
    await browser.close();
  });
}
