// CHAIN-3: nodes that follow the chain through peers, over real sockets: full synchronisation, gossip of blocks, finality proofs and
// transactions, and peers that lie.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, describe, it } from 'node:test';
import { createSr25519Signer, systemRng } from '@cess/crypto';
import { type NetworkHost, openNetworkHost } from '@cess/network';
import { CESS, noMetrics, silentLogger, systemTimers, throwFatal, toHex0x } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { type ChainNode, createChainNode } from '../index.js';
import { authoritySeed, devSpec, removeDirectory, rpc, temporaryDirectory } from '../test-support/dev-node.js';
import { signedTransfer } from '../test-support/engine-chain.js';
import { blockResponse, blocksProtocol, blockTopic, syncedBlock } from './sync-messages.js';

const payer = createSr25519Signer(new Uint8Array(32).fill(8));
const chainSpec = devSpec({ slotDurationMs: 500, balances: [[toHex0x(payer.publicKey), String(1000n * CESS)]] });

const directories: string[] = [];
const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).toReversed()) await one.stop();
});
after(() => {
  for (const path of directories) removeDirectory(path);
});

function directory(): string {
  const path = temporaryDirectory();
  directories.push(path);
  return path;
}

async function openHost(genesis: Uint8Array, bootstrap: readonly string[]): Promise<NetworkHost> {
  const host = await openNetworkHost({
    seed: randomBytes(32),
    genesis,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap,
    dht: 'server',
    usesPrivateAddresses: true,
    limits: { isLoopbackExempt: true },
    ...{ timers: systemTimers, rng: systemRng, logger: silentLogger, metrics: noMetrics, onFatal: throwFatal },
  });
  return host;
}

interface Peer {
  readonly node: ChainNode;
  readonly host: NetworkHost;
}

async function startNode(dataDir: string, bootstrap: readonly string[], isAuthority = false): Promise<Peer> {
  let host: NetworkHost | undefined;
  const node = createChainNode({
    dataDir,
    chainSpec,
    ...(isAuthority ? { authoritySeed } : {}),
    rpcPort: 0,
    logger: silentLogger,
    onFatal: throwFatal,
    openNetwork: async (genesis) => {
      host = await openHost(genesis, bootstrap);
      return host;
    },
  });
  await node.start();
  running.push(node);
  assert.ok(host);
  return { node, host };
}

const finalizedOf = ({ node }: Peer) => node.heads().finalized.number;
const hashAt = async ({ node }: Peer, number: number) => (await rpc(node, 'chain_getBlockHash', number)).result;

async function follows(peer: Peer, leader: Peer): Promise<void> {
  const number = finalizedOf(leader);
  await eventually(() => finalizedOf(peer) >= number, `finality of block ${number}`);
  assert.equal(await hashAt(peer, number), await hashAt(leader, number));
}

describe('synchronisation with peers', () => {
  it('SY-4.2, SY-2.1, SY-3.1: a new node imports the whole chain from any peer, and then follows it', async () => {
    const authority = await startNode(directory(), [], true);
    await eventually(() => finalizedOf(authority) >= 3, 'some blocks');
    const first = await startNode(directory(), authority.host.addresses());
    await follows(first, authority);
    const second = await startNode(directory(), first.host.addresses());
    await follows(second, authority);
    const later = finalizedOf(authority) + 4;
    await eventually(() => finalizedOf(second) >= later, 'blocks that came by gossip');
    assert.equal(await hashAt(second, later), await hashAt(authority, later));
    const health = (await rpc(second.node, 'system_health')).result as { peers: number; shouldHavePeers: boolean };
    assert.ok(health.peers > 0 && health.shouldHavePeers);
  });

  it('SY-4.1: a node that was away catches up', async () => {
    const authority = await startNode(directory(), [], true);
    const dataDir = directory();
    const before = await startNode(dataDir, authority.host.addresses());
    await follows(before, authority);
    await before.node.stop();
    running.splice(running.indexOf(before.node), 1);
    const away = finalizedOf(authority) + 5;
    await eventually(() => finalizedOf(authority) >= away, 'more blocks');
    await follows(await startNode(dataDir, authority.host.addresses()), authority);
  });

  it('SY-3.2: a transaction that any node takes reaches the author', async () => {
    const authority = await startNode(directory(), [], true);
    const follower = await startNode(directory(), authority.host.addresses());
    await follows(follower, authority);
    const bytes = signedTransfer(authority.node.genesisHash, payer, 0);
    assert.equal((await rpc(follower.node, 'author_submitExtrinsic', toHex0x(bytes))).error, undefined);
    await eventually(async () => {
      for (let number = 1; number <= finalizedOf(follower); number++) {
        const block = (await rpc(follower.node, 'chain_getBlock', await hashAt(follower, number))).result as {
          readonly block: { readonly extrinsics: readonly string[] };
        };
        if (block.block.extrinsics.includes(toHex0x(bytes))) return true;
      }
      return undefined;
    }, 'the transaction in a final block of the follower');
  });

  it('SY-2.2, SY-4.3: a peer that sends blocks by nobody is banned, and the chain goes on', async () => {
    const authority = await startNode(directory(), [], true);
    const follower = await startNode(directory(), authority.host.addresses());
    await follows(follower, authority);
    const liar = await openHost(authority.node.genesisHash, follower.host.addresses());
    running.push(liar);
    const number = finalizedOf(follower) + 1;
    const header = {
      parent_hash: randomBytes(32),
      number,
      state_root: randomBytes(32),
      extrinsics_root: randomBytes(32),
      digest: { logs: [] },
    };
    const forged = { header, body: [], justification: undefined };
    await liar.handle(blocksProtocol, async () => blockResponse.encode([forged]));
    liar.subscribe({ topic: blockTopic, validate: () => 'accept', handle: () => {} });
    await eventually(() => follower.host.peers().some(({ peer }) => peer === liar.peerId), 'the connection');
    const isGone = () => !follower.host.peers().some(({ peer }) => peer === liar.peerId);
    await eventually(async () => {
      await liar.publish(blockTopic, syncedBlock.encode({ ...forged, header: { ...header, number: number + 1 } }));
      await new Promise((resolve) => setTimeout(resolve, 100));
      return isGone() ? true : undefined;
    }, 'the ban of the liar');
    const later = finalizedOf(authority) + 2;
    await eventually(() => finalizedOf(follower) >= later, 'blocks after the ban');
  });
});
