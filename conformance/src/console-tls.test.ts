// IFACE-1: the console of a gateway with certificates in Chromium: the session, S3 and the relay to the chain all go over TLS.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { chromiumMissing } from './support/chromium.js';
import { ConsoleBrowser } from './support/console-page.js';
import { freePorts, TestNetwork } from './support/network.js';
import { type RoleProcess, spawnRole } from './support/spawn-role.js';

const credentials = { accessKeyId: 'AKIDCONSOLETLS', secretAccessKey: 'a-secret-of-this-test', region: 'us-east-1' };

describe('the console over HTTPS', { skip: chromiumMissing }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-console-tls-'));
  const path = (name: string): string => join(folder, name);
  let network: TestNetwork;
  let gateway: RoleProcess | undefined;
  let browser: ConsoleBrowser | undefined;
  let endpoint: string;

  before(async () => {
    network = await TestNetwork.create();
    await network.start();
    const key = await network.cess('key', 'new', 'gateway', path('gateway.json'), '--plaintext-development');
    const { address } = key as { readonly address: string };
    const owner = (await network.cess('key', 'show')) as Record<'address' | 'encryption key (X25519)', string>;
    await network.cess('account', 'transfer', address, '1000');
    await network.cess('territory', 'mint', 'tls', '1', '30');
    await network.cess('gateway', 'certificate', path('tls'), '--host', 'localhost', '127.0.0.1');
    const [s3TlsPort, port] = await freePorts(2);
    endpoint = `https://127.0.0.1:${port}`;
    writeFileSync(path('credentials.json'), JSON.stringify(credentials));
    writeFileSync(
      path('gateway.cfg'),
      JSON.stringify({
        chainSpecFile: join(network.home, 'chain-spec.json'),
        chainRpc: network.rpc,
        dataDir: 'data',
        keyFile: 'gateway.json',
        s3Port: null,
        s3TlsPort,
        s3Certificates: [{ certificateFile: 'tls/certificate.pem', keyFile: 'tls/key.pem' }],
        endpoint: `https://127.0.0.1:${s3TlsPort}`,
        console: { host: '127.0.0.1', port, assets: null, s3Endpoint: null },
        accounts: [
          {
            credentialsFile: 'credentials.json',
            owner: owner.address,
            ownerKey: owner['encryption key (X25519)'],
            territory: 'tls',
          },
        ],
      }),
    );
    gateway = spawnRole('gateway', path('gateway.cfg'), process.env);
    await gateway.ready();
  });
  after(async () => {
    await browser?.close();
    gateway?.child.kill('SIGKILL');
    await network?.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  it('signs in with a secure cookie, creates a bucket, and reads the chain', async () => {
    browser = await ConsoleBrowser.open(endpoint, { ignoreHTTPSErrors: true });
    const { page, context } = browser;
    page.setDefaultTimeout(60_000);
    await browser.signIn(credentials);
    await page.getByRole('heading', { name: 'Files' }).waitFor();
    const cookies = await context.cookies();
    assert.deepEqual(
      cookies.map(({ name, secure, httpOnly, sameSite }) => [name, secure, httpOnly, sameSite]),
      [[`__Host-cess-session-${new URL(endpoint).port}`, true, true, 'Strict']],
    );
    await page.getByRole('button', { name: 'New bucket' }).first().click();
    await page.getByRole('textbox', { name: 'Name' }).fill('by-tls');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'by-tls', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Providers', exact: true }).click();
    await page.getByText('16 of 16').waitFor();
    assert.deepEqual(browser.errors, []);
    assert.deepEqual([...browser.origins], [new URL(endpoint).host]);
    await page.reload();
    await page.getByText('16 of 16').waitFor();
  });
});
