// CHAIN-3: nodes that follow the chain through peers, over real sockets: full synchronisation, gossip of blocks, finality proofs and
// transactions, and peers that lie.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, it } from 'node:test';
import { createSr25519Signer } from '@cess/crypto';
import { CESS, toHex0x } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { authoritySeed, devSpec, rpc } from '../test-support/dev-node.js';
import { signedTransfer } from '../test-support/engine-chain.js';
import { finalizedOf, follows, hashAt, openHost, PeerNodes } from '../test-support/peer-nodes.js';
import { blockResponse, blocksProtocol, blockTopic, syncedBlock } from './sync-messages.js';

const payer = createSr25519Signer(new Uint8Array(32).fill(8));
const chainSpec = devSpec({ slotDurationMs: 500, balances: [[toHex0x(payer.publicKey), String(1000n * CESS)]] });

const nodes = new PeerNodes(chainSpec);
afterEach(() => nodes.stop());

const startNode = (dataDir: string, bootstrap: readonly string[]) => nodes.start({ dataDir, bootstrap });
const startAuthority = () => nodes.start({ dataDir: nodes.directory(), bootstrap: [], authoritySeed });

describe('synchronisation with peers', () => {
  it('SY-4.2, SY-2.1, SY-3.1: a new node imports the whole chain from any peer, and then follows it', async () => {
    const authority = await startAuthority();
    await eventually(() => finalizedOf(authority) >= 3, 'some blocks');
    const first = await startNode(nodes.directory(), authority.host.addresses());
    await follows(first, authority);
    const second = await startNode(nodes.directory(), first.host.addresses());
    await follows(second, authority);
    const later = finalizedOf(authority) + 4;
    await eventually(() => finalizedOf(second) >= later, 'blocks that came by gossip');
    assert.equal(await hashAt(second, later), await hashAt(authority, later));
    const health = (await rpc(second.node, 'system_health')).result as { peers: number; shouldHavePeers: boolean };
    assert.ok(health.peers > 0 && health.shouldHavePeers);
  });

  it('SY-4.1: a node that was away catches up', async () => {
    const authority = await startAuthority();
    const dataDir = nodes.directory();
    const before = await startNode(dataDir, authority.host.addresses());
    await follows(before, authority);
    await nodes.end(before);
    const away = finalizedOf(authority) + 5;
    await eventually(() => finalizedOf(authority) >= away, 'more blocks');
    await follows(await startNode(dataDir, authority.host.addresses()), authority);
  });

  it('SY-3.2: a transaction that any node takes reaches the author', async () => {
    const authority = await startAuthority();
    const follower = await startNode(nodes.directory(), authority.host.addresses());
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
    const authority = await startAuthority();
    const follower = await startNode(nodes.directory(), authority.host.addresses());
    await follows(follower, authority);
    const liar = await openHost(authority.node.genesisHash, follower.host.addresses());
    nodes.add(liar);
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
