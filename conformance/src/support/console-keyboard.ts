// Cases of the console without a mouse: every flow of the files, and the way through the other screens.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually } from '@cess/primitives/testing';
import type { Page } from 'playwright-core';
import type { ConsoleWorld } from './console-account.js';
import { ConsoleBrowser } from './console-page.js';

/** Steps around the page; a control that appears meanwhile is reached in a later round. */
const maxSteps = 500;

/** A reader who has a keyboard only. */
class Keyboard {
  constructor(private readonly page: Page) {}

  press(...keys: readonly string[]): Promise<void> {
    return keys.reduce((done, key) => done.then(() => this.page.keyboard.press(key)), Promise.resolve());
  }

  type(text: string): Promise<void> {
    return this.page.keyboard.type(text);
  }

  /** Name of the control that has the focus, as a screen reader says it. */
  focused(): Promise<string> {
    return this.page.evaluate(() => {
      const element = document.activeElement;
      const label = (element as HTMLInputElement | null)?.labels?.[0]?.textContent;
      return (element?.getAttribute('aria-label') ?? label ?? element?.textContent ?? '').trim();
    });
  }

  async to(name: string): Promise<void> {
    for (let step = 0; step < maxSteps; step++) {
      if ((await this.focused()) === name) return;
      await this.page.keyboard.press('Tab');
    }
    assert.fail(`${name} cannot be reached`);
  }

  /** Presses the control of that name. */
  async use(name: string, key = 'Enter'): Promise<void> {
    await this.to(name);
    await this.page.keyboard.press(key);
  }
}

export function keyboardCases(world: () => ConsoleWorld, skip: string | false): void {
  it('by keyboard alone: sign-in, a bucket, uploads, folders, an object with all its tabs, sign-out', {
    skip,
  }, async () => {
    const { network } = world();
    const browser = await ConsoleBrowser.open(network.console);
    const { page } = browser;
    page.setDefaultTimeout(60_000);
    const keys = new Keyboard(page);
    const heading = (name: string) => page.getByRole('heading', { name, exact: true }).waitFor();
    const dialog = (state: 'visible' | 'detached' = 'visible') => page.getByRole('dialog').waitFor({ state });
    /** A new screen has its heading announced, by the focus. */
    const arrival = (name: string) => eventually(async () => (await keys.focused()) === name, `the focus on ${name}`);
    await page.goto(network.console);
    await page.getByLabel('Access key ID').waitFor();
    assert.deepEqual(await browser.seriousFindings(), []);
    await browser.photograph('sign-in');
    await keys.type(network.credentials.accessKeyId);
    await keys.press('Tab');
    await keys.type(network.credentials.secretAccessKey);
    await keys.press('Enter');
    await arrival('Files');

    await keys.use('New bucket');
    await dialog();
    await keys.type('by-keyboard');
    await keys.press('Enter');
    await arrival('by-keyboard');
    await keys.use('New folder');
    await dialog();
    await keys.press('Escape');
    await dialog('detached');
    assert.equal(await keys.focused(), 'New folder', 'the focus goes back to where it was');
    await keys.press('Enter');
    await dialog();
    await keys.type('papers');
    await keys.press('Enter');
    await keys.use('Folder papers');
    await arrival('papers');

    await keys.to('Upload files');
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), keys.press('Enter')]);
    await chooser.setFiles([{ name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('typed') }]);
    await page.getByText(/^Done · /).waitFor();
    await keys.use('Clear finished');
    await keys.to('Name begins with');
    await keys.type('no');
    await keys.use('Object note.txt');
    await page.locator('.preview pre').filter({ hasText: 'typed' }).waitFor();

    await keys.to('Preview');
    for (const tab of ['Properties', 'Versions', 'Proof', 'Tags']) {
      await keys.press('ArrowRight');
      await page.getByRole('tab', { name: tab, selected: true }).waitFor();
    }
    await page.getByText('No tags').waitFor();
    await keys.use('Add');
    await keys.to('Tag');
    await keys.type('colour');
    await keys.press('Tab');
    await keys.type('green');
    await keys.use('Save');
    await page.getByText('Tags saved').waitFor();
    await keys.to('Tags');
    await keys.press('ArrowRight');
    await keys.use('Create link');
    const url = await page.getByLabel(/^Link, valid until/).inputValue();
    assert.equal(await (await fetch(url)).text(), 'typed');
    await keys.press('Escape');
    await dialog('detached');

    await keys.use('Select note.txt', 'Space');
    await keys.use('Move or rename');
    await dialog();
    await keys.press('ControlOrMeta+a');
    await keys.type('papers/renamed.txt');
    await keys.press('Enter');
    await page.getByText('Moved to papers/renamed.txt').waitFor();
    await keys.to('Name begins with');
    await keys.press('ControlOrMeta+a', 'Delete');
    await keys.use('Select renamed.txt', 'Space');
    await keys.use('Delete');
    await dialog();
    await keys.use('Delete');
    await heading('This folder is empty');

    for (const screen of ['Network', 'Explorer', 'Gateway', 'Account', 'Files']) {
      await keys.use(screen);
      await arrival(screen);
    }
    await keys.to('Theme');
    await keys.press('ArrowDown', 'ArrowDown');
    await page.locator('html[data-theme=dark]').waitFor();
    await keys.use('Sign out');
    await heading('Sign in');
    await browser.close();
  });
}
