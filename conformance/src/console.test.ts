// IFACE-1, SCEN-8: the console in Chromium over a real network: its files, two users with different rights, a second factor, what stored
// content may not do, and use without a mouse. CESS_SCREENSHOTS names a folder for pictures of the screens.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { chromiumMissing } from './support/chromium.js';
import { accountCases } from './support/console-account.js';
import { keyboardCases } from './support/console-keyboard.js';
import { ConsoleBrowser, type ConsoleCredentials } from './support/console-page.js';
import { TestNetwork } from './support/network.js';

const MiB = 1024 * 1024;
const skip = chromiumMissing;

describe('the console', () => {
  let network: TestNetwork;
  let browser: ConsoleBrowser;
  let page: Page;
  let buckets = 0;

  before(async () => {
    if (chromiumMissing) return;
    network = await TestNetwork.create();
    await network.start();
    browser = await ConsoleBrowser.open(network.console);
    ({ page } = browser);
    page.setDefaultTimeout(60_000);
    await browser.photograph('sign-in-blank');
    await browser.signIn(network.credentials);
    await page.getByRole('heading', { name: 'Files' }).waitFor();
  });
  after(async () => {
    await browser?.close();
    await network?.destroy();
  });
  afterEach(() => {
    if (chromiumMissing) return;
    browser.assertQuiet();
  });

  /** A bucket of its own for each test, open in the page. */
  async function newBucket(): Promise<string> {
    const name = `console-${++buckets}`;
    await browser.open('/files');
    await page.getByRole('button', { name: 'New bucket' }).first().click();
    await page.getByRole('textbox', { name: 'Name' }).fill(name);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name, exact: true }).waitFor();
    return name;
  }

  async function upload(files: readonly { name: string; content: string | Buffer; type?: string }[]): Promise<void> {
    const input = page.locator('input[type=file]').last();
    await input.setInputFiles(
      files.map(({ name, content, type = 'text/plain' }) => ({ name, mimeType: type, buffer: Buffer.from(content) })),
    );
    await page
      .getByText(/^Done · /)
      .nth(files.length - 1)
      .waitFor();
    for (const { name } of files) await object(name).waitFor();
    await page.getByRole('button', { name: 'Clear finished' }).click();
  }

  const object = (name: string) => page.getByRole('button', { name: `Object ${name}`, exact: true });
  const inPage = (path: string, method: string, body?: object) =>
    page.evaluate(
      async ([to, how, text]) => {
        const session = await (await fetch('/api/session')).json();
        const headers = { 'x-cess-csrf': session.csrfToken, 'content-type': 'application/json' };
        const answer = await fetch(to, { method: how, headers, ...(text === undefined ? {} : { body: text }) });
        const content = await answer.text();
        return { status: answer.status, json: content.startsWith('{') ? JSON.parse(content) : {} };
      },
      [path, method, body === undefined ? undefined : JSON.stringify(body)] as const,
    );
  const iam = async (operation: string, body: object) =>
    (await inPage(`/api/admin/services/iam/${operation}`, 'POST', body)).json;

  async function newReader(name: string): Promise<ConsoleCredentials> {
    await iam('CreateUser', { UserName: name });
    await iam('AttachUserPolicy', { UserName: name, PolicyArn: 'arn:aws:iam::aws:policy/cess/reader' });
    const { AccessKey } = await iam('CreateAccessKey', { UserName: name });
    return { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
  }

  it('takes a large file in parts, with a pause, and gives back the same bytes', { skip }, async () => {
    const bucket = await newBucket();
    const content = randomBytes(20 * MiB);
    const session = await browser.context.newCDPSession(page);
    await session.send('Network.enable');
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 24 * MiB };
    await session.send('Network.emulateNetworkConditions', slow);
    await page
      .locator('input[type=file]')
      .last()
      .setInputFiles([{ name: 'large.bin', mimeType: 'application/octet-stream', buffer: content }]);
    await page.getByRole('button', { name: 'Pause large.bin' }).click();
    await page.getByText(/^Paused/).waitFor();
    await session.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 });
    await page.getByRole('button', { name: 'Resume large.bin' }).click();
    await object('large.bin').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'large.bin');
    const hash = createHash('sha256');
    for await (const chunk of await download.createReadStream()) hash.update(chunk as Buffer);
    assert.equal(hash.digest('hex'), createHash('sha256').update(content).digest('hex'), bucket);
    await session.detach();
  });

  it('shows Markdown, text and pictures, and runs nothing that is stored: names, metadata, contents', {
    skip,
  }, async () => {
    const bucket = await newBucket();
    const attack = '<img src=x onerror="globalThis.attacked=1"><script>globalThis.attacked=1</script>';
    const svg = `<svg xmlns="http://www.w3.org/2000/svg"><script>top.attacked=1</script><rect width="9" height="9"/></svg>`;
    await upload([
      { name: `${attack.replaceAll('/', '')}.txt`, content: attack },
      {
        name: 'notes.md',
        content: `# Title\n\n${attack} [bad](javascript:top.attacked=1) [good](https://example.com/a_(b))`,
        type: 'text/markdown',
      },
      { name: 'page.html', content: attack, type: 'text/html' },
      { name: 'drawing.svg', content: svg, type: 'image/svg+xml' },
    ]);
    await object('notes.md').click();
    await page.getByRole('heading', { name: 'Title' }).waitFor();
    assert.deepEqual(
      await page.locator('.markdown a').evaluateAll((links) => links.map((link) => link.getAttribute('href'))),
      ['https://example.com/a_(b)'],
    );
    await browser.photograph('object-preview');
    await page.keyboard.press('Escape');
    for (const name of [`${attack.replaceAll('/', '')}.txt`, 'page.html']) {
      await object(name).click();
      await page.locator('.preview pre').filter({ hasText: 'onerror' }).waitFor();
      await page.keyboard.press('Escape');
    }
    await object('drawing.svg').click();
    await page.getByRole('img', { name: 'Preview of drawing.svg' }).waitFor();
    await page.keyboard.press('Escape');
    await page.evaluate(
      async ([path, value]) => {
        const { csrfToken } = await (await fetch('/api/session')).json();
        const headers = { 'x-cess-csrf': csrfToken, 'content-type': value, 'x-amz-meta-note': value };
        await fetch(path, { method: 'PUT', body: 'x', headers });
      },
      [`/s3/${bucket}/metadata.bin`, attack] as const,
    );
    await page.reload();
    await object('metadata.bin').click();
    await page.getByRole('tab', { name: 'Properties' }).click();
    await page.getByText('Metadata: note').waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.evaluate(() => (globalThis as { attacked?: number }).attacked), undefined);
    const opened = await browser.context.newPage();
    for (const name of ['page.html', 'drawing.svg']) {
      await opened.goto(`${network.console}/s3/${bucket}/${name}`);
      const reach = await opened.evaluate(() => [(globalThis as { attacked?: number }).attacked, origin]);
      assert.deepEqual(reach, [undefined, 'null'], 'content that is opened has no origin and runs nothing');
    }
    await opened.close();
  });

  it('keeps versions: an earlier one is restored, a deletion is undone', { skip }, async () => {
    const bucket = await newBucket();
    await upload([{ name: 'a.txt', content: 'first' }]);
    await upload([{ name: 'a.txt', content: 'second text' }]);
    await page.getByRole('cell', { name: '11 B' }).waitFor();
    await object('a.txt').click();
    await page.getByRole('tab', { name: 'Versions' }).click();
    await page.getByRole('button', { name: 'Restore' }).click();
    await page.getByText('The version is current again').waitFor();
    await page.getByRole('tab', { name: 'Preview' }).click();
    await page
      .locator('.preview pre')
      .filter({ hasText: /^first$/ })
      .waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('checkbox', { name: 'Select a.txt' }).check();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'This folder is empty' }).waitFor();
    const { status } = await inPage(`/s3/${bucket}/a.txt`, 'HEAD');
    assert.equal(status, 404);
  });

  it('searches, tags, copies, moves and deletes, with folders', { skip }, async () => {
    const bucket = await newBucket();
    await upload([
      { name: 'apple.txt', content: '1' },
      { name: 'banana.txt', content: '22' },
    ]);
    await page.getByLabel('Name begins with').fill('b');
    await object('apple.txt').waitFor({ state: 'detached' });
    await page.getByLabel('Name begins with').fill('');
    await object('apple.txt').click();
    await page.getByRole('tab', { name: 'Tags' }).click();
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByLabel('Tag', { exact: true }).fill('colour');
    await page.getByLabel('Value').fill('dark green / blue');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Tags saved').waitFor();
    await browser.photograph('object-tags');
    await page.keyboard.press('Escape');
    await page.getByRole('checkbox', { name: 'Select apple.txt' }).check();
    await page.getByRole('button', { name: 'Move or rename' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('fruit/äpfel & birnen.txt');
    await page.getByRole('dialog').getByRole('button', { name: 'Move or rename' }).click();
    await page.getByRole('button', { name: 'Folder fruit' }).click();
    await object('äpfel & birnen.txt').click();
    await page.getByRole('tab', { name: 'Tags' }).click();
    assert.equal(await page.getByLabel('Value').inputValue(), 'dark green / blue', 'a copy keeps the tags as they are');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: bucket, exact: true }).click();
    await page.getByRole('checkbox', { name: 'Select banana.txt' }).check();
    await page.getByRole('checkbox', { name: 'Select fruit' }).check();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'This folder is empty' }).waitFor();
  });

  it('makes links that anybody can open at the S3 endpoint', { skip }, async () => {
    await newBucket();
    await upload([{ name: 'shared file.txt', content: 'for everybody' }]);
    await object('shared file.txt').click();
    await page.getByRole('tab', { name: 'Share' }).click();
    await page.getByRole('button', { name: 'Create link' }).click();
    const url = await page.getByLabel(/^Link, valid until/).inputValue();
    assert.equal(await (await fetch(url)).text(), 'for everybody');
    await page.keyboard.press('Escape');
  });

  it('verifies in the browser where an object is, says so in words, and refuses a node that changes a proof', {
    skip,
  }, async () => {
    const bucket = await newBucket();
    await upload([{ name: 'proven.bin', content: randomBytes(200 * 1024), type: 'application/octet-stream' }]);
    const statusOf = (path: string) =>
      page.evaluate(async (to) => (await fetch(to, { method: 'HEAD' })).headers.get('x-cess-status'), path);
    while ((await statusOf(`/s3/${bucket}/proven.bin`)) === 'stored') await page.waitForTimeout(300);
    const verify = async () => {
      await object('proven.bin').click();
      await page.getByRole('tab', { name: 'Proof' }).click();
      await page.getByRole('button', { name: 'Verify in this browser' }).click();
    };
    await verify();
    await page.getByRole('heading', { name: 'Verified' }).waitFor();
    await page.getByText('any 4 restore it').waitFor();
    await page.getByText('All fragments').click();
    assert.equal(await page.locator('.table tbody tr').count(), 12);
    assert.deepEqual(await browser.seriousFindings(), []);
    await browser.photograph('object-proof');
    await page.keyboard.press('Escape');
    let changed = 0;
    await page.routeWebSocket('**/chain', (socket) => {
      const node = socket.connectToServer();
      node.onMessage((message) => {
        const text = String(message);
        const isProof = text.includes('"proof":["0x');
        if (isProof) changed++;
        socket.send(isProof ? text.replace(/"proof":\["0x(..)/, '"proof":["0xff') : text);
      });
    });
    await verify();
    await page.getByText('The verification failed').waitFor();
    assert.ok(changed > 0);
    await page.keyboard.press('Escape');
  });

  it('shows a list of 100,000 objects with the rows in view alone, and reaches its end', { skip }, async () => {
    const [total, pageSize] = [100_000, 5_000];
    await page.route('**/s3/many?**', (route) => {
      const at = Number(new URL(route.request().url()).searchParams.get('continuation-token') ?? 0);
      const keys = Array.from({ length: pageSize }, (_, index) => `object-${String(at + index).padStart(6, '0')}`);
      const entries = keys.map(
        (key) =>
          `<Contents><Key>${key}</Key><Size>1</Size><LastModified>2026-11-28T00:00:00Z</LastModified></Contents>`,
      );
      const next = at + pageSize < total ? `<NextContinuationToken>${at + pageSize}</NextContinuationToken>` : '';
      return route.fulfill({
        contentType: 'application/xml',
        body: `<ListBucketResult>${entries.join('')}${next}</ListBucketResult>`,
      });
    });
    await browser.open('/files/many');
    await object('object-000000').waitFor();
    const body = page.locator('.listing-body');
    for (let loaded = pageSize; loaded < total; ) {
      await body.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      const before = loaded;
      await page.waitForFunction(
        (least) =>
          Number(
            /^[\d,]+/.exec(document.querySelector('.row.between .faint')?.textContent ?? '')?.[0].replaceAll(',', ''),
          ) > least,
        before,
      );
      loaded = Number((await page.locator('.row.between .faint').innerText()).replace(/\D/g, ''));
    }
    await body.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await object('object-099999').waitFor();
    assert.ok((await page.locator('.listing-row').count()) < 80);
    await browser.photograph('list-of-100000');
    await page.unroute('**/s3/many?**');
  });

  it('has no serious finding of axe on any screen, light and dark, in both languages', { skip }, async () => {
    await newBucket();
    await upload([{ name: 'file.txt', content: 'text' }]);
    for (const theme of ['light', 'dark']) {
      await page.getByLabel('Theme').selectOption(theme);
      for (const route of ['/files', '/design', `/files/console-${buckets}`]) {
        await browser.open(route);
        await page.locator('h1').waitFor();
        assert.deepEqual(await browser.seriousFindings(), [], `${route} ${theme}`);
        await browser.photograph(`screen${route.replace(/\W+/g, '-')}-${theme}`);
      }
      await object('file.txt').click();
      for (const tab of ['Preview', 'Properties', 'Versions', 'Proof', 'Tags', 'Share']) {
        await page.getByRole('tab', { name: tab }).click();
        await page.locator('[role=tabpanel] .spinner').waitFor({ state: 'detached' });
        assert.deepEqual(await browser.seriousFindings(), [], `${tab} ${theme}`);
      }
      await page.keyboard.press('Escape');
    }
    await page.getByLabel('Theme').selectOption('system');
    await page.getByLabel('Language').selectOption('de');
    await page.getByRole('link', { name: 'Dateien' }).first().waitFor();
    await page.getByLabel('Sprache').selectOption('en');
  });

  it('a reader sees and may not change, and is told so', { skip }, async () => {
    const bucket = await newBucket();
    await upload([{ name: 'theirs.txt', content: 'kept' }]);
    const credentials = await newReader('console-reader');
    const other = await ConsoleBrowser.open(network.console);
    other.page.setDefaultTimeout(60_000);
    await other.signIn(credentials);
    await other.page.getByRole('link', { name: bucket }).waitFor();
    await other.open(`/files/${bucket}`);
    await other.page.getByRole('button', { name: 'Object theirs.txt' }).waitFor();
    await other.page.getByRole('checkbox', { name: 'Select theirs.txt' }).check();
    await other.page.getByRole('button', { name: 'Delete' }).click();
    await other.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await other.page.getByText('You do not have permission for this.').waitFor();
    await other.page.keyboard.press('Escape');
    await other.page.route('**/api/session', (route) => route.abort());
    await other.page.getByRole('button', { name: 'Sign out' }).click();
    await other.page.getByText('You are still signed in: ').waitFor();
    await other.page.unroute('**/api/session');
    // Settings of another version do not keep the page from showing.
    await other.page.evaluate(() => {
      for (const name of ['language', 'theme']) localStorage.setItem(`cess-console-${name}`, 'toString');
    });
    await other.page.reload();
    await other.page.getByRole('button', { name: 'Sign out' }).click();
    await other.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await other.close();
    assert.equal((await inPage(`/s3/${bucket}/theirs.txt`, 'HEAD')).status, 200);
  });

  accountCases(() => ({ network, browser }), skip);
  keyboardCases(() => ({ network, browser }), skip);

  it('cannot be framed by another page', { skip }, async () => {
    const framing = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<iframe src="${network.console}/"></iframe>`);
    });
    await new Promise<void>((resolve) => framing.listen(0, '127.0.0.1', resolve));
    const opened = await browser.context.newPage();
    await opened.goto(`http://127.0.0.1:${(framing.address() as AddressInfo).port}/`);
    await opened.waitForTimeout(500);
    const [, frame] = opened.frames();
    assert.equal(await frame?.locator('#root').count(), 0);
    await opened.close();
    framing.closeAllConnections();
    await new Promise((resolve) => framing.close(resolve));
  });
});
