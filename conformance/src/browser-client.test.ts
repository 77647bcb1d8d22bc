// The client as an application in a browser uses it: its bundle in a real Chromium against a running network.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { ChainClient, query } from '@cess/client';
import { silentLogger, toHex } from '@cess/primitives';
import { bundleForBrowser } from './support/browser-bundle.js';
import type {
  FollowReport,
  FollowRequest,
  PageGlobals,
  ReceiptReport,
  ReceiptRequest,
} from './support/browser-client.js';
import { type BrowserPage, chromiumMissing, openPage } from './support/chromium.js';
import { TestNetwork } from './support/network.js';
import { StoredObjects } from './support/objects.js';

const pageModule = fileURLToPath(new URL('./support/browser-client.js', import.meta.url));

describe('the client in Chromium', () => {
  let network: TestNetwork;
  let browser: BrowserPage;

  before(async () => {
    if (chromiumMissing) return;
    network = await TestNetwork.create();
    await network.start();
    const { files } = await bundleForBrowser(`import ${JSON.stringify(pageModule)};`);
    browser = await openPage(files);
  });

  after(async () => {
    await browser?.close();
    await network?.destroy();
  });

  it('follows finalized blocks and verifies a balance against finality', { skip: chromiumMissing }, async () => {
    const trusted = await trustedView(network.rpc);
    const request: FollowRequest = { endpoint: network.rpc, blocks: 3, ...trusted };
    const report = await browser.page.evaluate<FollowReport, FollowRequest>(
      (input) => (globalThis as unknown as PageGlobals).followAndVerify(input),
      request,
    );
    const [first = 0] = report.numbers;
    assert.deepEqual(report.numbers, [first, first + 1, first + 2]);
    assert.ok(BigInt(report.provenBalance) > 0n);
    assert.match(report.tampered ?? '', /^(PROOF_|TRIE_)/);
    assert.equal(report.genesis, trusted.genesis);
    assert.deepEqual(browser.messages, []);
  });

  it('verifies the receipt of an object and its bytes, and refuses changed ones', {
    skip: chromiumMissing,
  }, async () => {
    const { genesis, authority } = await trustedView(network.rpc);
    const objects = new StoredObjects(network.credentials, 'browser');
    await objects.createBucket();
    await objects.put('key', 150_000);
    const { stdout: receipt } = await network.cessText('receipt', 'get', 's3://browser/key', '--stream-keys');
    const { Body } = await objects.client.send(new GetObjectCommand({ Bucket: 'browser', Key: 'key' }));
    const object = toHex(await Body!.transformToByteArray());
    const report = await browser.page.evaluate<ReceiptReport, ReceiptRequest>(
      (input) => (globalThis as unknown as PageGlobals).verifyObjectReceipt(input),
      { receipt, object, genesis, authority, stride: 499 },
    );
    assert.deepEqual([report.key, report.holders, report.provenBytes], ['key', 12, 150_000]);
    assert.ok(report.refusals.length > 2);
    for (const code of report.refusals) assert.match(code, /^OBJECT_RECEIPT_/);
    assert.equal(report.otherObject, 'OBJECT_RECEIPT_OBJECT_MISMATCH');
  });

  it('reconnects after a restart of the network and misses no finalized block', { skip: chromiumMissing }, async () => {
    const { page } = browser;
    await page.evaluate((endpoint) => (globalThis as unknown as PageGlobals).watch(endpoint), network.rpc);
    const countReaches = async (count: number) => {
      await page.waitForFunction((least) => (globalThis as unknown as PageGlobals).watched.length >= least, count, {
        timeout: 120_000,
      });
      return page.evaluate(() => (globalThis as unknown as PageGlobals).watched);
    };
    const seen = await countReaches(2);
    await network.interrupt();
    await network.start();
    const numbers = await countReaches(seen.length + 5);
    const [first = 0] = numbers;
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => first + index),
    );
  });
});

/** What the application would bring along: the chain's genesis, its authority, and an account that has tokens. */
async function trustedView(endpoint: string) {
  const client = await ChainClient.connect({ endpoint, logger: silentLogger });
  try {
    const [authority] = await client.value(query.Session.Members);
    assert.ok(authority !== undefined);
    for await (const [[account], { data }] of client.entries(query.System.Account, [])) {
      if (data.free > 0n)
        return { genesis: toHex(client.genesisHash), authority: toHex(authority.key), account: toHex(account) };
    }
    throw new Error('no account has tokens');
  } finally {
    await client.close();
  }
}
