// IFACE-1: every example of examples/ does what its README says, with the published package of the SDK, against a network; what it stored is
// checked by the S3 client of Amazon.
import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketCorsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { build } from 'esbuild';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { chromiumFlags, chromiumMissing, chromiumPath } from './support/chromium.js';
import { sdkClient } from './support/drivers.js';
import { ExampleProject } from './support/example-project.js';
import { repository, TestNetwork } from './support/network.js';

const MiB = 2 ** 20;
const skip = chromiumMissing;

describe('the examples', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-example-files-'));
  const file = join(folder, 'film.bin');
  const content = seededBytes(21, 42 * MiB + 5);
  let network: TestNetwork;
  let project: ExampleProject;
  let other: S3Client;
  let browser: BrowserContext | undefined;

  before(async () => {
    writeFileSync(file, content);
    network = await TestNetwork.create();
    await network.start();
    project = await ExampleProject.create(network);
    other = sdkClient(network.credentials);
    if (!skip)
      browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
        executablePath: chromiumPath,
        args: chromiumFlags,
        headless: true,
      });
  });
  after(async () => {
    await browser?.close();
    other?.destroy();
    project?.close();
    await network?.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  it('IFACE-1: their types check under strict against the published package', async () => {
    const tsc = join(repository, 'node_modules/typescript/bin/tsc');
    await assert.doesNotReject(project.run(tsc, '-p', 'examples'));
  });

  it('IFACE-1: node-script stores a file, reads it back, and proves every byte of it by its receipt', async () => {
    const small = join(folder, 'letter.bin');
    writeFileSync(small, content.subarray(0, 9 * MiB + 1));
    const output = await project.run('examples/node-script/store-file.mjs', small);
    const size = 9 * MiB + 1;
    assert.match(output, new RegExp(`stored 0 of ${size} bytes\n(?:.*\n)+stored ${size} of ${size} bytes`));
    assert.match(output, new RegExp(`read back ${size} bytes into .*: equal`));
    assert.match(output, new RegExp(`final, [1-9]\\d* fragments, ${size} of ${size} bytes proven`));
    const stored = await bytesAt('example-script', 'letter.bin');
    assert.ok(stored.equals(content.subarray(0, size)));
    await assert.rejects(project.run('examples/node-script/store-file.mjs', join(folder, 'none')), /ENOENT/);
  });

  it('IFACE-1: browser-page resumes an upload over a reload and sends no part twice, lists, downloads and verifies', {
    skip,
  }, async () => {
    const { page, errors } = await openExample('browser-page', 'example-page');
    let isHeld = true;
    const delivered: string[] = [];
    await page.route(/partNumber=/, async (route) => {
      const part = new URL(route.request().url()).searchParams.get('partNumber') ?? '';
      // These wait until the upload is paused.
      if (isHeld && Number(part) > 2 && route.request().method() === 'PUT') return;
      if (route.request().method() === 'PUT') delivered.push(part);
      await route.continue();
    });
    await signIn(page);
    await page.getByLabel('File').setInputFiles(file);
    await page.getByText(`film.bin: ${16 * MiB} of ${content.length} bytes are stored.`).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('aborted').waitFor();
    isHeld = false;
    await page.reload();
    await signIn(page);
    await page.getByText('The upload of film.bin was interrupted.').waitFor();
    await page.getByLabel('File').setInputFiles(file);
    await page.getByText('film.bin is stored.').waitFor();
    assert.deepEqual(delivered.toSorted(), ['1', '2', '3', '4', '5', '6']);
    assert.ok((await bytesAt('example-page', 'film.bin')).equals(content));

    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download film.bin' }).click();
    assert.ok(readFileSync(await (await downloading).path()).equals(content));
    await page.getByRole('button', { name: 'Verify film.bin' }).click();
    await page.getByText(/^Verified: final in block \d+, 1[2-6] providers hold the fragments of film.bin/).waitFor();
    await page.getByText(/^Block \d+ is final: verified here/).waitFor();
    const challenge = await page.evaluate(async (endpoint) => {
      const body = new URLSearchParams({ Action: 'GetWalletChallenge' });
      return (await fetch(`${endpoint}/`, { method: 'POST', body, headers: { accept: 'application/json' } })).text();
    }, network.credentials.endpoint);
    assert.match(challenge, /"ChallengeToken":/, 'pages of other origins can begin a sign-in by a wallet');
    assert.deepEqual(errors, []);
    await page.close();
  });

  it('IFACE-1: upload-form stores a file by a form that the server signs; neither the secret nor the file pass through the other', {
    skip,
  }, async () => {
    const { page, errors, url, sent, received } = await openExample('upload-form', 'example-form');
    await page
      .getByLabel('File')
      .setInputFiles({ name: 'a b/ü.txt', mimeType: 'text/plain', buffer: Buffer.from('words') });
    await page.getByRole('button', { name: 'Upload' }).click();
    const said = await page.getByText(/^Stored as /).innerText();
    const key = said.slice('Stored as '.length, -1);
    assert.match(key, /^uploads\/[\w-]{36}\/[\w.-]+\.txt$/);
    assert.equal((await bytesAt('example-form', key)).toString(), 'words');

    const { secretAccessKey } = network.credentials;
    const seen = await Promise.all([page.content(), ...received]);
    assert.ok(
      seen.some((text) => text.includes('uploads/')),
      'the answer of the server is among what is searched',
    );
    for (const text of [...seen, ...sent.map(({ text }) => text)]) assert.ok(!text.includes(secretAccessKey));
    const toServer = sent.filter((request) => request.url.startsWith(url));
    for (const { text } of toServer) assert.ok(!text.includes('words'));
    // The form stores this one object of this size and does nothing else.
    const signed = (await (
      await fetch(`${url}/api/upload`, { method: 'POST', body: '{"name":"a.txt","sizeBytes":5}' })
    ).json()) as { readonly url: string; readonly key: string; readonly fields: Readonly<Record<string, string>> };
    const send = async (body: string, changes: Readonly<Record<string, string>> = {}) => {
      const form = new FormData();
      for (const [name, value] of Object.entries({ ...signed.fields, ...changes })) form.append(name, value);
      form.append('file', new Blob([body]), 'a.txt');
      return (await fetch(signed.url, { method: 'POST', body: form })).status;
    };
    assert.equal(await send('larger'), 400);
    assert.equal(await send('words', { key: `${signed.key}x` }), 403);
    assert.equal(await send('words', { acl: 'public-read' }), 403);
    assert.equal(await send('words'), 204);
    assert.equal((await bytesAt('example-form', signed.key)).toString(), 'words');
    assert.equal((await fetch(`${signed.url}/${signed.key}`)).status, 403);
    const bad = await fetch(`${url}/api/upload`, { method: 'POST', body: '{"name":""}' });
    assert.equal(bad.status, 400);
    assert.deepEqual(errors, []);
    await page.close();
  });

  it('IFACE-1: the page of upload-form in React sends a file once, although StrictMode attaches the form twice', {
    skip,
  }, async () => {
    const { page, errors, sent } = await openExample('upload-form', 'example-react');
    const form = join(repository, 'examples/upload-form/app/page.tsx');
    const { outputFiles } = await build({
      stdin: {
        contents: `import { StrictMode } from 'react';
          import { createRoot } from 'react-dom/client';
          import UploadPage from ${JSON.stringify(form)};
          createRoot(document.body).render(<StrictMode><UploadPage /></StrictMode>);`,
        loader: 'tsx',
        resolveDir: join(repository, 'interface/console'),
      },
      // The example is outside of packages that have React.
      nodePaths: ['interface/console/node_modules', 'node_modules'].map((path) => join(repository, path)),
      define: { 'process.env.NODE_ENV': '"development"' },
      ...{ bundle: true, write: false, jsx: 'automatic' },
    });
    await page.evaluate(outputFiles[0]!.text);
    await page
      .getByLabel('File')
      .setInputFiles({ name: 'r.txt', mimeType: 'text/plain', buffer: Buffer.from('react') });
    await page.getByRole('button', { name: 'Upload' }).click();
    const key = (await page.getByText(/^Stored as /).innerText()).slice('Stored as '.length, -1);
    assert.equal((await bytesAt('example-react', key)).toString(), 'react');
    assert.equal(sent.filter(({ method, url }) => method === 'POST' && url.endsWith('/api/upload')).length, 1);
    assert.deepEqual(errors, []);
    await page.close();
  });

  it('IFACE-1: encrypted-notes shows its notes to the passphrase alone; they leave the browser encrypted', {
    skip,
  }, async () => {
    const { page, errors, sent } = await openExample('encrypted-notes', 'example-notes');
    const passphrase = 'correct horse battery';
    const unlock = async (text: string) => {
      await page.getByLabel('Passphrase').fill(text);
      await signIn(page, 'Unlock');
    };
    await unlock(passphrase);
    await page.getByLabel('Note').fill('meet at the old mill');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('1 notes, decrypted here.').waitFor();
    await page.reload();
    await unlock('another passphrase');
    await page.getByText('This passphrase does not open the notes.').waitFor();
    await unlock(passphrase);
    await page.getByRole('listitem').getByText('meet at the old mill').waitFor();

    for (const { text } of sent)
      assert.ok(!/old mill|correct horse/.test(text), 'nothing leaves the browser in plain text');
    assert.ok(sent.some(({ url, method }) => method === 'PUT' && url.includes('/notes/')));
    const { Contents = [] } = await other.send(new ListObjectsV2Command({ Bucket: 'example-notes', Prefix: 'notes/' }));
    const [Key] = Contents.map((entry) => entry.Key);
    const plainRead = other.send(new GetObjectCommand({ Bucket: 'example-notes', Key }));
    await assert.rejects(plainRead, { name: 'ObjectSealedByClient' });
    const refused = 'Failed to load resource: the server responded with a status of 404 (Not Found)';
    assert.deepEqual(
      errors.filter((text) => text !== refused),
      [],
      'there was no vault before the first note',
    );
    await page.close();
  });

  async function bytesAt(Bucket: string, Key: string): Promise<Buffer> {
    const { Body } = await other.send(new GetObjectCommand({ Bucket, Key }));
    return Buffer.from(await Body!.transformToByteArray());
  }

  /** Serves an example, allows its origin to use a new bucket, and opens it. */
  async function openExample(example: string, Bucket: string) {
    const url = await project.serve(example, Bucket);
    const rules = readFileSync(join(repository, 'examples/cors.json'), 'utf8').replace('http://127.0.0.1:5173', url);
    await other.send(new CreateBucketCommand({ Bucket }));
    await other.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: JSON.parse(rules) }));
    const page = await browser!.newPage();
    const errors: string[] = [];
    const sent: { readonly url: string; readonly method: string; readonly text: string }[] = [];
    const received: Promise<string>[] = [];
    page.on('console', (message) => {
      // The answer for a file that the chain does not know yet: the SDK asks again until it does.
      const isEarlyReceipt =
        / 503 /.test(message.text()) && new URL(message.location().url).searchParams.has('receipt');
      if (message.type() === 'error' && !isEarlyReceipt) errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('request', (request) => {
      const text = [request.url(), JSON.stringify(request.headers()), request.postDataBuffer()?.toString('latin1')];
      sent.push({ url: request.url(), method: request.method(), text: text.join('\n') });
    });
    page.on('response', (response) => {
      if (response.url().startsWith(url)) received.push(response.text());
    });
    await page.goto(url);
    return { page, errors, url, sent, received };
  }

  async function signIn(page: Page, name = 'Sign in'): Promise<void> {
    const { accessKeyId, secretAccessKey } = network.credentials;
    await page.getByLabel('Access key ID').fill(accessKeyId);
    await page.getByLabel('Secret access key').fill(secretAccessKey);
    await page.getByRole('button', { name }).click();
  }
});

function seededBytes(seed: number, length: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16)).update(Buffer.alloc(length));
}
