// CHAIN-3: a chain node as a process follows the embedded network with one address of it, is killed, catches up, and serves the chain.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { eventually } from '@cess/primitives/testing';
import { sdkClient } from './support/drivers.js';
import { freePorts, TestNetwork } from './support/network.js';
import { type RoleProcess, spawnRole } from './support/spawn-role.js';

interface NetworkShown {
  readonly peerId: string;
  readonly addresses: readonly string[];
  readonly peers: number;
}

describe('a node that follows the chain', () => {
  let network: TestNetwork;
  let follower: RoleProcess;
  let rpc: string;
  let configFile: string;

  before(async () => {
    const [p2p] = await freePorts(1);
    network = await TestNetwork.create({ environment: { CESS_P2P_PORT: String(p2p) } });
    await network.start();
    const { addresses } = (await network.cess('network', 'show')) as NetworkShown;
    configFile = join(network.home, 'follower.json');
    const config = {
      chainSpecFile: join(network.home, 'chain-spec.json'),
      dataDir: join(network.home, 'follower'),
      authorityKeyFile: null,
      rpcPort: 0,
      p2p: { listen: ['/ip4/127.0.0.1/tcp/0'], bootstrap: addresses, privateAddresses: true },
    };
    writeFileSync(configFile, JSON.stringify(config));
    await start();
  });
  after(async () => {
    follower?.child.kill('SIGKILL');
    await follower?.ended;
    await network?.destroy();
  });

  async function start(): Promise<void> {
    follower = spawnRole('node', configFile, process.env);
    rpc = await follower.ready();
  }

  async function call(endpoint: string, method: string, ...params: unknown[]): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const response = await fetch(endpoint.replace('ws://', 'http://'), { method: 'POST', body });
    return ((await response.json()) as { readonly result: unknown }).result;
  }

  async function finalized(endpoint: string): Promise<number> {
    const hash = await call(endpoint, 'chain_getFinalizedHead');
    const header = (await call(endpoint, 'chain_getHeader', hash)) as { readonly number: string };
    return Number(header.number);
  }

  /** Resolves when the follower has what is final at the network now. */
  async function caughtUp(): Promise<void> {
    const number = await finalized(network.rpc);
    await eventually(async () => (await finalized(rpc)) >= number, `finality of block ${number} at the follower`);
    const hashes = [network.rpc, rpc].map((endpoint) => call(endpoint, 'chain_getBlockHash', number));
    const [own, other] = await Promise.all(hashes);
    assert.equal(own, other);
  }

  it('imports the whole chain and finds the same blocks', async () => {
    await caughtUp();
    const { peers } = (await network.cess('network', 'show')) as NetworkShown;
    assert.equal(peers, 1);
  });

  it('proves the record of a file that was stored meanwhile', async () => {
    const client = sdkClient(network.credentials);
    await client.send(new CreateBucketCommand({ Bucket: 'bucket' }));
    await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body: Buffer.alloc(300_000, 1) }));
    client.destroy();
    const listed = () => network.cess('file', 'list') as Promise<readonly { readonly file: string }[]>;
    const [file] = await eventually(async () => {
      const files = await listed();
      return files.length > 0 ? files : undefined;
    }, 'the record of the file');
    await caughtUp();
    const shown = await network.cessText('--rpc', rpc, 'file', 'show', file?.file ?? assert.fail(), '--verify');
    assert.match(shown.stdout, /holds: \d+ entries proven against the finalized header/);
  });

  it('takes a transaction for the author', async () => {
    const file = join(network.home, 'other.json');
    const made = await network.cess('key', 'new', 'gateway', file, '--plaintext-development');
    const { address } = made as { readonly address: string };
    await network.cess('--rpc', rpc, 'account', 'transfer', address, '3');
    const shown = await network.cessText('account', 'show', address);
    assert.match(shown.stdout, /free +3 CESS/);
  });

  it('catches up after kill -9', async () => {
    follower.child.kill('SIGKILL');
    await follower.ended;
    const away = (await finalized(network.rpc)) + 3;
    await eventually(async () => (await finalized(network.rpc)) >= away, 'blocks while the follower is away');
    await start();
    await caughtUp();
  });
});
