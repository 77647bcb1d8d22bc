// The console in a real Chromium: signing in, and what every suite of it asks.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { chromiumFlags, chromiumPath } from './chromium.js';

export interface ConsoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Widths that screens are photographed at. */
const sizes = { phone: [390, 844], laptop: [1280, 800], wide: [1920, 1080] } as const;
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export class ConsoleBrowser {
  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly profile: string,
    private readonly endpoint: string,
    /** Errors of the page, of its console, and what its policies blocked. */
    readonly errors: string[],
    /** Origins that were asked for anything. */
    readonly origins: Set<string>,
  ) {}

  /** `ignoreHTTPSErrors`: for certificates of an authority that the browser does not know. */
  static async open(endpoint: string, options: { readonly ignoreHTTPSErrors?: boolean } = {}): Promise<ConsoleBrowser> {
    const profile = mkdtempSync(join(tmpdir(), 'cess-console-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: chromiumPath,
      // The script of axe is the only thing that the policy of the page would stop.
      args: [...chromiumFlags],
      headless: true,
      viewport: { width: 1280, height: 800 },
      locale: 'en-US',
      colorScheme: 'light',
      ...options,
    });
    const page = await context.newPage();
    const errors: string[] = [];
    const origins = new Set<string>();
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of (401|403|404|429)/.test(message.text()))
        errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(String(error)));
    // Choosers are intercepted from now on. With the first wait for one, the browser may open and cancel it before that.
    page.on('filechooser', () => {});
    page.on('request', (request) => {
      if (/^(https?|wss?):/.test(request.url())) origins.add(new URL(request.url()).host);
    });
    return new ConsoleBrowser(context, page, profile, endpoint, errors, origins);
  }

  /** A browser that shows the files to the root of a network. */
  static async ofRoot(network: {
    readonly console: string;
    readonly credentials: ConsoleCredentials;
  }): Promise<ConsoleBrowser> {
    const browser = await ConsoleBrowser.open(network.console);
    browser.page.setDefaultTimeout(60_000);
    await browser.signIn(network.credentials);
    await browser.page.getByRole('heading', { name: 'Files' }).waitFor();
    return browser;
  }

  /** Since it was opened, the page reported no error, its policy blocked nothing of its own, and it asked nobody but the console. */
  assertQuiet(): void {
    assert.deepEqual(this.errors, []);
    assert.deepEqual([...this.origins], [new URL(this.endpoint).host]);
  }

  async signIn({ accessKeyId, secretAccessKey }: ConsoleCredentials): Promise<void> {
    const { page } = this;
    await page.goto(`${this.endpoint}/`);
    await page.getByLabel('Access key ID').fill(accessKeyId);
    await page.getByLabel('Secret access key').fill(secretAccessKey);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  /** `route` as in the address, behind `#`. */
  async open(route: string): Promise<void> {
    await this.page.goto(`${this.endpoint}/#${route}`);
  }

  /** Findings of axe that are serious or worse, one line each. */
  async seriousFindings(): Promise<readonly string[]> {
    // Through the debugger, as the policy of the page allows no other script.
    await this.page.evaluate(axeSource);
    return this.page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        readonly axe: {
          run(): Promise<{
            readonly violations: readonly {
              readonly id: string;
              readonly impact: string;
              readonly nodes: readonly { readonly html: string }[];
            }[];
          }>;
        };
      };
      const { violations } = await axe.run();
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
    });
  }

  /** Photographs the page at three sizes and in both themes, if the environment names a folder for it. */
  async photograph(name: string): Promise<void> {
    const folder = process.env['CESS_SCREENSHOTS'];
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    for (const [size, [width, height]] of Object.entries(sizes)) {
      await this.page.setViewportSize({ width, height });
      await this.page.screenshot({ path: join(folder, `${name}-${size}.png`) });
    }
    await this.page.setViewportSize({ width: 1280, height: 800 });
  }

  async close(): Promise<void> {
    await this.context.close();
    rmSync(this.profile, { recursive: true, force: true });
  }
}
