// STORE-15: strangers with slow and idle connections, one kind after the other, while honest clients store and read. What they cost
// is printed; that every honest request succeeds is asserted.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { ChainClient, query, tx } from '@cess/client';
import { ed25519Account } from '@cess/client/signers';
import { createEd25519Signer } from '@cess/crypto';
import { CESS, fromUtf8, silentLogger, utf8 } from '@cess/primitives';
import { ownerAccount, submitAs } from './support/cheats.js';
import { HostileClients, type HostileGateway, targetOf } from './support/hostile.js';
import { TestNetwork } from './support/network.js';
import { StoredObjects } from './support/objects.js';

const isWhole = process.env['CESS_SOAK'] !== undefined;
const counts = isWhole
  ? { fragments: 1_024, downloads: 200, uploads: 200, idle: 2_048 }
  : { fragments: 256, downloads: 40, uploads: 40, idle: 512 };
/** Honest rounds, each a PUT and a GET. */
const rounds = isWhole ? 30 : 6;
const honestBytes = 4_000_000;
const largeBytes = 33_000_000;
/** Time for the hostile connections to take what they can get, and for socket buffers to fill, before the honest requests begin. */
const leadMs = isWhole ? 30_000 : 3_000;

describe('hostile clients', () => {
  let network: TestNetwork;
  let objects: StoredObjects;
  let chain: ChainClient;
  let stranger: HostileGateway;
  let baselineMs = 0;

  before(async () => {
    network = await TestNetwork.create();
    await network.start();
    objects = new StoredObjects(network.credentials, 'hostile');
    await objects.createBucket();
    chain = await ChainClient.connect({ endpoint: network.rpc, logger: silentLogger });
    await objects.put('large', largeBytes);
    stranger = await registerStranger(network, chain);
    await honestMs('warm-up');
    baselineMs = await honestMs('alone');
  });
  after(async () => {
    await chain?.close();
    objects?.client.destroy();
    await network?.destroy();
  });

  /** Time of the honest rounds. Fails when a request fails. */
  async function honestMs(name: string): Promise<number> {
    const startedMs = performance.now();
    for (let i = 0; i < rounds; i++) {
      await objects.put(`${name}/${i}`, honestBytes);
      await objects.assertEqual(`${name}/${i}`);
    }
    return performance.now() - startedMs;
  }

  const attacks: readonly (readonly [string, () => Promise<HostileClients>])[] = [
    [
      'slow uploads to providers by a stranger who registered as a gateway',
      async () => HostileClients.slowFragments(stranger, counts.fragments),
    ],
    [
      'slow downloads',
      async () => {
        const command = new GetObjectCommand({ Bucket: objects.bucket, Key: 'large' });
        return HostileClients.slowDownloads(await getSignedUrl(objects.client, command), counts.downloads);
      },
    ],
    [
      'slow uploads',
      async () => {
        const urls = Array.from({ length: counts.uploads }, (_, i) =>
          getSignedUrl(objects.client, new PutObjectCommand({ Bucket: objects.bucket, Key: `never/${i}` })),
        );
        return HostileClients.slowUploads(await Promise.all(urls), largeBytes, counts.uploads);
      },
    ],
    ['idle connections', async () => HostileClients.idle(targetOf(network.credentials.endpoint), counts.idle)],
  ];

  for (const [name, begin] of attacks) {
    it(`${name} fail no honest PUT or GET`, async (t) => {
      const hostile = await begin();
      try {
        await new Promise((resolve) => setTimeout(resolve, leadMs));
        const ms = await honestMs(name);
        const share = ((100 * baselineMs) / ms).toFixed(0);
        t.diagnostic(`${hostile.opened} connections; honest throughput ${share} % of that without them`);
        assert.ok(hostile.opened > 0);
      } finally {
        hostile.end();
      }
    });
  }
});

/** An account with money and nothing else, registered as a gateway, and the providers that it attacks. */
async function registerStranger(network: TestNetwork, chain: ChainClient): Promise<HostileGateway> {
  const account = ed25519Account(new Uint8Array(randomBytes(32)));
  const signer = createEd25519Signer(new Uint8Array(randomBytes(32)));
  const dest = { type: 'Id' as const, value: account.account };
  await submitAs(
    chain,
    await ownerAccount(network.home),
    tx.Balances.transfer_keep_alive({ dest, value: 1_000n * CESS }),
  );
  const endpoint = utf8('http://127.0.0.1:1');
  const info = { node_key: signer.publicKey, wrapping_key: new Uint8Array(32).fill(9), endpoint, domain: utf8('x') };
  await submitAs(chain, account, tx.Oss.register(info));
  const providers = [];
  for await (const [, miner] of chain.entries(query.Sminer.Miners, []))
    providers.push({ endpoint: fromUtf8(miner.endpoint), nodeKey: miner.node_key });
  return { providers, gateway: account.account, signer };
}
