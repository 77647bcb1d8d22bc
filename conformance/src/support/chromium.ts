// A headless Chromium with a page of our own, for suites of what runs in a browser.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';

export const chromiumPath = '/usr/bin/chromium';
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The reason to skip suites that need a browser; false where it is installed. */
export const chromiumMissing = existsSync(chromiumPath)
  ? (false as const)
  : `${chromiumPath} is not installed (Debian package chromium)`;

export interface BrowserPage {
  readonly page: Page;
  /** Console output and uncaught errors of the page. */
  readonly messages: readonly string[];
  close(): Promise<void>;
}

/** Opens a page that has loaded these modules, of which `entry.js` is the first. */
export async function openPage(files: ReadonlyMap<string, string>): Promise<BrowserPage> {
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1);
    const code = files.get(name);
    if (name === '') {
      response.setHeader('content-type', 'text/html');
      response.end(
        '<!doctype html><title>CESS</title><link rel="icon" href="data:,"><script type="module" src="/entry.js"></script>',
      );
    } else if (code !== undefined) {
      response.setHeader('content-type', 'text/javascript');
      response.end(code);
    } else {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const profile = mkdtempSync(join(tmpdir(), 'cess-chromium-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath,
    args: chromiumFlags,
    headless: true,
  });
  const page = await browser.newPage();
  const messages: string[] = [];
  page.on('console', (message) => messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(String(error)));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return {
    page,
    messages,
    close: async () => {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
