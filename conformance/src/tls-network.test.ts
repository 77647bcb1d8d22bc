// The network of processes with TLS between them, as it is between machines: it stores, reads, tags and proves; what is not the
// node of the chain's record, or no TLS, gets nothing.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ChainClient, query } from '@cess/client';
import { createEd25519Signer } from '@cess/crypto';
import { ProviderClient } from '@cess/node-api';
import { fromUtf8, isCessError, silentLogger, toHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { sdkClient } from './support/drivers.js';
import { TestNetwork } from './support/network.js';

const bucket = 'tls';

interface Status {
  readonly chain: { readonly rpc: string };
  readonly tee: { readonly endpoint: string };
  readonly providers: readonly { readonly endpoint: string; readonly fragments: number }[];
}

describe('DATA-13: a network of processes over TLS', () => {
  let network: TestNetwork;
  let s3: S3Client;
  let status: Status;

  before(async () => {
    const environment = { CESS_PROCESSES: '1', CESS_TLS: '1', CESS_AUDIT_CYCLE_SECONDS: '10' };
    network = await TestNetwork.create({ environment });
    await network.start();
    s3 = sdkClient(network.credentials);
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    status = (await network.cess('status')) as Status;
  });
  after(async () => {
    s3?.destroy();
    await network?.destroy();
  });

  it('stores a file, reads it back, and gets it tagged and proven', async () => {
    const body = randomBytes(3_000_000);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'file', Body: body }));
    const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'file' }));
    assert.ok(body.equals(await answer.Body!.transformToByteArray()));
    const client = await ChainClient.connect({ endpoint: status.chain.rpc, logger: silentLogger });
    try {
      await eventually(async () => {
        for await (const [, round] of client.entries(query.Audit.Challenges, [])) {
          if (round.state.type === 'Judged' && round.state.value.passed) return true;
        }
        return false;
      }, 'a proof of a tagged fragment is judged');
    } finally {
      await client.close();
    }
  });

  it('every endpoint on chain is https, and the RPC is pinned', async () => {
    const endpoints = [status.tee.endpoint, ...status.providers.map(({ endpoint }) => endpoint)];
    assert.ok(
      endpoints.every((endpoint) => endpoint.startsWith('https://127.0.0.1:')),
      endpoints.join(),
    );
    assert.match(status.chain.rpc, /^wss:\/\/[0-9a-f]{64}@127\.0\.0\.1:\d+$/);
    const configuration = JSON.parse(readFileSync(join(network.home, 'processes', 'gateway.json'), 'utf8')) as object;
    assert.equal((configuration as { chainRpc: string }).chainRpc, status.chain.rpc);
  });

  it('a role that expects another chain node does not talk to this one', async () => {
    const other = toHex(createEd25519Signer(new Uint8Array(32).fill(9)).publicKey);
    const endpoint = status.chain.rpc.replace(/[0-9a-f]{64}/, other);
    const connecting = ChainClient.connect({ endpoint, logger: silentLogger, requestTimeoutMs: 2_000 });
    await assert.rejects(connecting, (error) => isCessError(error, 'RPC_TIMEOUT'));
  });

  it('a caller that has another key of a provider sends it nothing', async () => {
    const client = await ChainClient.connect({ endpoint: status.chain.rpc, logger: silentLogger });
    const signer = createEd25519Signer(new Uint8Array(32).fill(1));
    const caller = new ProviderClient({ signer, account: new Uint8Array(32), nowMs: Date.now });
    try {
      const records = [];
      for await (const [, info] of client.entries(query.Sminer.Miners, [])) records.push(info);
      const [one, two] = records.map(({ endpoint, node_key: nodeKey }) => ({ endpoint: fromUtf8(endpoint), nodeKey }));
      assert.equal((await caller.status(one!)).nodeKey, toHex(one!.nodeKey));
      await assert.rejects(caller.status({ endpoint: one!.endpoint, nodeKey: two!.nodeKey }), (error) =>
        isCessError(error, 'TLS_NODE_UNTRUSTED'),
      );
    } finally {
      caller.close();
      await client.close();
    }
  });

  it('plain requests to the ports of nodes are not answered', async () => {
    const urls = [status.tee.endpoint, status.providers[0]!.endpoint, status.chain.rpc];
    for (const { port } of urls.map((url) => new URL(url))) {
      const socket = connect(Number(port), '127.0.0.1');
      let answer = '';
      socket.on('data', (bytes: Buffer) => {
        answer += bytes.toString('latin1');
      });
      socket.on('error', () => {});
      socket.write('GET /v1/status HTTP/1.1\r\nhost: x\r\n\r\n');
      await once(socket, 'close');
      assert.doesNotMatch(answer, /HTTP/);
    }
  });
});
