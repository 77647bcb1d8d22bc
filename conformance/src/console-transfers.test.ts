// IFACE-1: large files in the console. An upload is paused, its page is closed, and it goes on in a new page without sending a part twice;
// the download gives the same bytes, and can go on in the middle. The file has 1 GiB; CESS_CONSOLE_MIB is another size, of at least 256.
import assert from 'node:assert/strict';
import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { chromiumMissing } from './support/chromium.js';
import { ConsoleBrowser } from './support/console-page.js';
import { TestNetwork } from './support/network.js';

const MiB = 1024 * 1024;
const fileMiB = Number(process.env['CESS_CONSOLE_MIB'] ?? 1024);
const partMiB = 16;
/** Far more than any part of a transfer takes on a busy machine. */
const patienceMs = 15 * 60_000;
const skip = chromiumMissing;

describe('large files in the console', () => {
  let network: TestNetwork;
  let browser: ConsoleBrowser;
  let page: Page;
  let folder: string;
  let file: string;
  let sha256: string;
  /** Numbers of the parts that were sent, and whose answer the page has seen. */
  const arrived: number[] = [];

  before(async () => {
    if (chromiumMissing) return;
    folder = mkdtempSync(join(tmpdir(), 'cess-large-'));
    file = join(folder, 'large.bin');
    sha256 = await writeRandom(file, fileMiB);
    network = await TestNetwork.create();
    await network.start();
    browser = await ConsoleBrowser.open(network.console);
    ({ page } = browser);
    page.setDefaultTimeout(patienceMs);
    followParts();
    await browser.signIn(network.credentials);
    await page.getByRole('heading', { name: 'Files' }).waitFor();
    await page.evaluate(async () => {
      const { csrfToken } = await (await fetch('/api/session')).json();
      await fetch('/s3/large', { method: 'PUT', headers: { 'x-cess-csrf': csrfToken } });
    });
  });
  after(async () => {
    await browser?.close();
    await network?.destroy();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  function followParts(): void {
    page.on('requestfinished', async (request) => {
      const part = new URL(request.url()).searchParams.get('partNumber');
      if (part === null || request.method() !== 'PUT') return;
      if ((await request.response())?.status() === 200) arrived.push(Number(part));
    });
  }

  it('an upload is paused and resumed, left by its page, and goes on in the next page', { skip }, async (t) => {
    await browser.open('/files/large');
    await page.getByRole('heading', { name: 'large' }).waitFor();
    const started = performance.now();
    await page.locator('input[type=file]').last().setInputFiles(file);
    await partsArrive(2);
    await page.getByRole('button', { name: 'Pause large.bin' }).click();
    await page.getByText(/^Paused/).waitFor();
    const atPause = arrived.length;
    await page.getByRole('button', { name: 'Resume large.bin' }).click();
    await partsArrive(Math.min(atPause + 2, fileMiB / partMiB - 1));
    await page.getByRole('button', { name: 'Pause large.bin' }).click();
    await page.getByText(/^Paused/).waitFor();
    await page.reload();
    await page.getByText(/^Interrupted: choose the file again/).waitFor();
    assert.deepEqual(await browser.seriousFindings(), []);
    await browser.photograph('upload-interrupted');
    const other = join(folder, 'other.bin');
    await writeRandom(other, 1);
    const again = page.getByLabel('Choose large.bin again').last();
    await again.setInputFiles(other);
    await page.getByText(/^This is another file/).waitFor();
    await again.setInputFiles(file);
    await page.getByText(/^Done · /).waitFor();
    const seconds = (performance.now() - started) / 1000;
    t.diagnostic(`${fileMiB} MiB uploaded in ${seconds.toFixed(0)} s with two pauses and a reload`);
    assert.equal(new Set(arrived).size, arrived.length, 'no part that arrived is sent again');
    await page.reload();
    await page.getByRole('button', { name: 'Object large.bin', exact: true }).waitFor();
    assert.equal(await page.getByText(/^Interrupted/).count(), 0, 'nothing is left of it');
  });

  it('an upload whose completion was not answered is done at the next visit: no part is sent again', {
    skip,
  }, async () => {
    const small = join(folder, 'unanswered.bin');
    const wanted = await writeRandom(small, 40);
    const whole = async () => {
      const answer = await page.request.get(`${network.console}/s3/large/unanswered.bin`);
      return createHash('sha256')
        .update(await answer.body())
        .digest('hex');
    };
    /** Uploads the file in a page of its own that never sees the answer to the completion, and closes that page. */
    const uploadWithoutAnswer = async (isReceived: boolean) => {
      const closed = await browser.context.newPage();
      await closed.goto(`${network.console}/#/files/large`);
      await closed.getByRole('heading', { name: 'large' }).waitFor({ timeout: patienceMs });
      await closed.route(/uploadId=/, async (route) => {
        if (route.request().method() !== 'POST') return route.continue();
        if (isReceived) assert.equal((await route.fetch()).status(), 200);
        await route.abort();
      });
      await closed.locator('input[type=file]').last().setInputFiles(small);
      await closed.getByRole('button', { name: 'Retry unanswered.bin' }).waitFor({ timeout: patienceMs });
      await closed.close();
    };
    const sent = arrived.length;
    await browser.open('/files/large');
    await uploadWithoutAnswer(true);
    await page.reload();
    await page.getByText('Done · 40 MiB').waitFor();
    await page.getByRole('button', { name: 'Object unanswered.bin', exact: true }).waitFor();
    assert.equal(await whole(), wanted);
    await page.reload();
    await page.getByRole('button', { name: 'Object unanswered.bin', exact: true }).waitFor();
    assert.equal(await page.getByText(/^Interrupted/).count(), 0, 'nothing is left of it');

    await page.request.delete(`${network.console}/s3/large/unanswered.bin`, { headers: await csrf() });
    await uploadWithoutAnswer(false);
    await page.reload();
    await page.getByText(/^Interrupted: choose the file again/).waitFor();
    await page.getByLabel('Choose unanswered.bin again').last().setInputFiles(small);
    await page.getByText('Done · 40 MiB').waitFor();
    assert.equal(await whole(), wanted);
    assert.equal(arrived.length, sent, 'no part is sent in the page that goes on');
  });

  it('an interrupted upload is cancelled: the gateway forgets its parts', { skip }, async () => {
    const begun = arrived.length;
    await page.locator('input[type=file]').last().setInputFiles(file);
    await partsArrive(begun + 1);
    await page.reload();
    await page.getByRole('button', { name: 'Cancel large.bin' }).click();
    await page.getByText(/^Interrupted/).waitFor({ state: 'detached' });
    await page.waitForFunction(async () => !(await (await fetch('/s3/large?uploads')).text()).includes('<UploadId>'));
  });

  it('an upload that the full storage of the browser does not remember says so', { skip }, async () => {
    await page.evaluate(() => {
      for (let length = 2 ** 23, count = 0; length >= 1; ) {
        try {
          localStorage.setItem(`full-${count}`, 'x'.repeat(length));
          count++;
        } catch {
          length = Math.floor(length / 2);
        }
      }
    });
    await page.locator('input[type=file]').last().setInputFiles(file);
    await page.getByText(/^This browser does not remember the upload/).waitFor();
    await page.getByRole('button', { name: 'Cancel large.bin' }).click();
    await page.getByText(/^This browser does not remember the upload/).waitFor({ state: 'detached' });
    await page.evaluate(() => {
      for (const name of Object.keys(localStorage)) if (name.startsWith('full-')) localStorage.removeItem(name);
    });
  });

  it('the download gives the same bytes, and goes on in the middle where it broke off', { skip }, async (t) => {
    await page.getByRole('button', { name: 'Object large.bin', exact: true }).click();
    const started = performance.now();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download' }).click(),
    ]);
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(await download.path())) hash.update(chunk as Buffer);
    t.diagnostic(`${fileMiB} MiB downloaded in ${((performance.now() - started) / 1000).toFixed(0)} s`);
    assert.equal(hash.digest('hex'), sha256);
    // What a browser asks for when a reader resumes a download.
    const rest = await page.evaluate(
      async ([from, most]) => {
        const first = await fetch('/s3/large/large.bin', { method: 'HEAD' });
        const etag = first.headers.get('etag') ?? '';
        const headers = { range: `bytes=${from}-${from + most - 1}`, 'if-range': etag };
        const answer = await fetch('/s3/large/large.bin', { headers });
        return { status: answer.status, bytes: [...new Uint8Array(await answer.arrayBuffer())] };
      },
      [fileMiB * MiB - 1000, 1000] as const,
    );
    const handle = await open(file);
    const { buffer } = await handle.read(Buffer.alloc(1000), 0, 1000, fileMiB * MiB - 1000);
    await handle.close();
    assert.equal(rest.status, 206);
    assert.deepEqual(Buffer.from(rest.bytes), buffer);
  });

  async function csrf(): Promise<Record<string, string>> {
    const { csrfToken } = await (await page.request.get(`${network.console}/api/session`)).json();
    return { 'x-cess-csrf': csrfToken };
  }

  async function partsArrive(count: number): Promise<void> {
    while (arrived.length < count) await page.waitForTimeout(50);
  }
});

/** Writes random bytes; returns their SHA-256 in hex. */
async function writeRandom(path: string, mebibytes: number): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(path, 'w');
  const chunk = Buffer.alloc(MiB);
  for (let i = 0; i < mebibytes; i++) {
    hash.update(randomFillSync(chunk));
    await handle.write(chunk);
  }
  await handle.close();
  return hash.digest('hex');
}
