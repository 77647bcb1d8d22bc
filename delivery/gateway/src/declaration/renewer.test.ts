import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createEd25519Signer } from '@cess/crypto';
import { ProviderDirectory } from '@cess/data-path';
import { ProviderClient } from '@cess/node-api';
import { systemTimers, toHex } from '@cess/primitives';
import { startTestGateway, testCredentials, testPorts, testRegion } from '../test-support/test-gateway.js';
import { Renewer } from './renewer.js';

const hourMs = 3_600_000;

describe('DATA-11: undeclared fragments are kept while the chain stands still', () => {
  it('asks every holder of an old undeclared file, and nobody for a fresh one', async () => {
    const test = await startTestGateway();
    const client = new S3Client({
      endpoint: test.gateway.s3Endpoint,
      region: testRegion,
      credentials: testCredentials,
      forcePathStyle: true,
    });
    let now = Date.now();
    const ports = { ...testPorts, timers: { ...systemTimers, nowMs: () => now } };
    const directory = new ProviderDirectory({ ...ports, chain: test.chain });
    const signer = createEd25519Signer(new Uint8Array(32).fill(99));
    const providers = new ProviderClient({ signer, account: new Uint8Array(32).fill(5), nowMs: () => Date.now() });
    const renewer = new Renewer({ ...ports, index: test.gateway.index, client: providers, directory });
    try {
      await directory.start();
      test.chain.stalled = true;
      await client.send(new CreateBucketCommand({ Bucket: 'renewals' }));
      await client.send(new PutObjectCommand({ Bucket: 'renewals', Key: 'waiting', Body: randomBytes(10_000) }));
      assert.equal(await renewer.renewDue(), 0);
      now += 49 * hourMs;
      assert.equal(await renewer.renewDue(), 12);
      const { extents } = (await test.gateway.index.getObject({ bucket: 'renewals', key: 'waiting' }))!;
      const order = toHex((await test.gateway.index.getFile(extents[0]!.fileId))!.orderId);
      const holders = test.providers.filter(({ fragments }) => fragments.size > 0);
      assert.deepEqual(
        holders.map(({ renewed }) => renewed),
        holders.map(() => [order]),
      );
    } finally {
      client.destroy();
      providers.close();
      await directory.stop();
      await test.stop();
    }
  });
});
