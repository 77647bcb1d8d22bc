// IFACE-1: a light client believes nothing but what the voters finalized, over real nodes whose voters changed twice, behind a proxy that
// lies; in Node and in Chromium.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ChainClient, query } from '@cess/client';
import { encodeCheckpoint, type LightTrust } from '@cess/client/light';
import { silentLogger, toHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { bundleForBrowser } from './support/browser-bundle.js';
import { type BrowserPage, chromiumMissing, openPage } from './support/chromium.js';
import {
  type ElectedChain,
  electedSpec,
  startElectedChain,
  startSoleChain,
  voters,
} from './support/light/elected-chain.js';
import { type Lie, lies } from './support/light/lies.js';
import { type LightSubject, lightSubject } from './support/light/light-subject.js';
import { LyingProxy } from './support/light/lying-proxy.js';

const spec = electedSpec('light-client');
const account = voters[1]?.publicKey ?? assert.fail();
const keys = [query.System.Account.key(account), query.System.Account.key(new Uint8Array(32).fill(99))].map(toHex);

let chain: ElectedChain;
let other: ElectedChain;
let truth: ChainClient;
let trust: LightTrust;

before(async () => {
  [chain, other] = await Promise.all([startElectedChain(spec), startSoleChain(electedSpec('another-chain'))]);
  truth = await ChainClient.connect({ endpoint: chain.endpoint, logger: silentLogger });
  const authorities = spec.authorities.map(({ key }) => ({ key, weight: 1n }));
  trust = { genesisHash: chain.genesisHash, authorities: { setId: 0n, authorities } };
});
after(async () => {
  await truth?.close();
  await chain?.stop();
  await other?.stop();
});

describe('light client in Node', () => suite(async () => ({ subject: lightSubject, close: async () => {} })));

describe('light client in Chromium', { skip: chromiumMissing }, () =>
  suite(async () => {
    const module = fileURLToPath(new URL('./support/light/light-subject.js', import.meta.url));
    const { files } = await bundleForBrowser(`import ${JSON.stringify(module)};`);
    const browser = await openPage(files);
    return { subject: subjectIn(browser), close: () => browser.close() };
  }),
);

function suite(create: () => Promise<{ readonly subject: LightSubject; close(): Promise<void> }>): void {
  let subject: LightSubject;
  let close: () => Promise<void> = async () => {};
  let proxy: LyingProxy;

  before(async () => {
    ({ subject, close } = await create());
    proxy = await LyingProxy.before(chain.endpoint);
  });
  after(async () => {
    await close();
    proxy.close();
  });

  const open = (trusted: LightTrust, endpoint = proxy.endpoint, options: { readonly maxAgeMs?: number } = {}) =>
    subject.open({ endpoint, trust: encodeCheckpoint(trusted), ...options });

  /** The client is at a block of the chain, and reads what the chain has there. */
  async function assertHonest(client: number): Promise<void> {
    const synced = await subject.sync(client);
    assert.ok('value' in synced, JSON.stringify(synced));
    const { number, hash } = synced.value;
    assert.equal(hash, toHex((await truth.blockHash(number)) ?? assert.fail()));
    const read = await subject.read(client, keys);
    assert.ok('value' in read, JSON.stringify(read));
    const [present, absent] = read.value.values;
    const stored = await truth.storage(
      query.System.Account.key(account),
      (await truth.blockHash(number)) ?? assert.fail(),
    );
    assert.deepEqual([present, absent], [toHex(stored ?? assert.fail()), null]);
  }

  it('IFACE-1: follows two changes of the voters from the genesis, and reads', async () => {
    const client = await open(trust);
    await assertHonest(client);
    await subject.close(client);
  });

  for (const lie of lies) {
    it(`IFACE-1: refuses ${lie.name}, and goes on when the node is honest again`, () => refuses(lie));
  }

  async function refuses(lie: Lie): Promise<void> {
    const { to, refusedWith, maxAgeMs } = lie;
    proxy.tell({});
    const client = await open(trust, proxy.endpoint, maxAgeMs === undefined ? {} : { maxAgeMs });
    try {
      if (to !== 'fresh') await assertHonest(client);
      const known = await subject.finalized(client);
      // The lie shall not be an answer that the client has no reason to ask for.
      if (to === 'synced')
        await eventually(
          async () => (await truth.header(await truth.finalizedHash())).number > (known?.number ?? 0),
          'a newer block',
        );
      proxy.tell(lie, known === null ? undefined : `0x${known.hash}`);
      const outcome = to === 'reading' ? await subject.read(client, keys) : await subject.sync(client);
      assert.ok('code' in outcome, `accepted: ${JSON.stringify(outcome)}`);
      assert.match(outcome.code, refusedWith);
      assert.deepEqual(await subject.finalized(client), known);
      proxy.tell({});
      await assertHonest(client);
    } finally {
      proxy.tell({});
      await subject.close(client);
    }
  }

  it('IFACE-1: refuses a chain with another genesis that the same authority finalizes', async () => {
    const client = await open(trust, other.endpoint);
    await eventually(async () => {
      const outcome = await subject.sync(client);
      assert.ok('code' in outcome, 'accepted another chain');
      if (outcome.code === 'LIGHT_PROOF_MISSING') return false;
      assert.equal(outcome.code, 'LIGHT_WRONG_CHAIN');
      return true;
    }, 'a finalized block of the other chain');
    assert.equal(await subject.finalized(client), null);
    await subject.close(client);
  });
}

/** The same clients in the page. */
function subjectIn({ page }: BrowserPage): LightSubject {
  const call = (name: keyof LightSubject, ...args: readonly unknown[]) =>
    page.evaluate(
      ([method, params]) =>
        (
          globalThis as unknown as { lightSubject: Record<string, (...rest: readonly unknown[]) => Promise<unknown>> }
        ).lightSubject[method]?.(...params),
      [name, args] as const,
    ) as Promise<never>;
  return {
    open: (request) => call('open', request),
    sync: (client) => call('sync', client),
    read: (client, wanted) => call('read', client, wanted),
    finalized: (client) => call('finalized', client),
    close: (client) => call('close', client),
  };
}
