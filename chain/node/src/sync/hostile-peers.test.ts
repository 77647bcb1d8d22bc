// Strangers that send a chain node whatever they like: rubbish on every topic and protocol, floods, and old messages again. They lose their
// connection or their effect, and the chain goes on (SY-2, SY-3, SY-4.3).
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, it } from 'node:test';
import type { GossipTopic, NetworkHost, RequestProtocol } from '@cess/network';
import { eventually } from '@cess/primitives/testing';
import { authoritySeed, devSpec } from '../test-support/dev-node.js';
import { finalizedOf, follows, openHost, type PeerNode, PeerNodes } from '../test-support/peer-nodes.js';
import { blocksProtocol, blockTopic, branchesProtocol, finalityTopic, transactionTopic } from './sync-messages.js';

const nodes = new PeerNodes(devSpec({ slotDurationMs: 500 }));
afterEach(() => nodes.stop());

const topics: readonly GossipTopic[] = [blockTopic, finalityTopic, transactionTopic];
const protocols: readonly RequestProtocol[] = [blocksProtocol, branchesProtocol];
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('a chain node among hostile peers', () => {
  const start = () => nodes.start({ dataDir: nodes.directory(), bootstrap: [], authoritySeed });

  const isConnected = (victim: PeerNode, host: NetworkHost) =>
    victim.host.peers().some(({ peer }) => peer === host.peerId);

  async function stranger(victim: PeerNode): Promise<NetworkHost> {
    const host = await openHost(victim.node.genesisHash, victim.host.addresses());
    nodes.add(host);
    for (const topic of topics) host.subscribe({ topic, validate: () => 'accept', handle: () => {} });
    await eventually(() => isConnected(victim, host), 'the connection');
    const known = () => host.peers().some(({ peer }) => peer === victim.host.peerId);
    await eventually(known, 'the connection at the other side');
    return host;
  }

  async function goesOn(victim: PeerNode): Promise<void> {
    const later = finalizedOf(victim) + 3;
    await eventually(() => finalizedOf(victim) >= later, 'more final blocks');
  }

  it('SY-2.2: random bytes in place of blocks and finality proofs ban their sender, and the chain goes on', async () => {
    const victim = await start();
    for (const topic of [blockTopic, finalityTopic]) {
      const host = await stranger(victim);
      await eventually(async () => {
        await host.publish(topic, randomBytes(1 + (randomBytes(2).readUInt16LE() % 2_000)));
        await pause(20);
        return !isConnected(victim, host);
      }, `the ban of who sends rubbish to ${topic.name}`);
    }
    await goesOn(victim);
  });

  it('random requests are refused one by one, and the chain goes on', async () => {
    const victim = await start();
    const host = await stranger(victim);
    let answered = 0;
    for (const protocol of protocols) {
      for (let count = 0; count < 60 && isConnected(victim, host); count++) {
        const length = randomBytes(1).readUInt8() % (protocol.maxRequestBytes + 1);
        const asking = host.request(victim.host.peerId, protocol, randomBytes(length));
        answered += await asking.then(
          () => 1,
          () => 0,
        );
      }
    }
    // Some random bytes are a request for blocks that do not exist.
    assert.ok(answered < 120);
    await goesOn(victim);
  });

  it('real messages that are sent again and again change nothing', async () => {
    const victim = await start();
    const heard: Uint8Array[] = [];
    const recorder = await openHost(victim.node.genesisHash, victim.host.addresses());
    nodes.add(recorder);
    const record = (content: Uint8Array) => void heard.push(content.slice());
    recorder.subscribe({ topic: blockTopic, validate: () => 'accept', handle: ({ content }) => record(content) });
    await eventually(() => heard.length >= 3, 'some blocks');
    const follower = await nodes.start({ dataDir: nodes.directory(), bootstrap: victim.host.addresses() });
    await follows(follower, victim);
    const host = await stranger(follower);
    const old = heard.slice();
    for (let round = 0; round < 40 && isConnected(follower, host); round++) {
      // The router drops what it has seen; another length is another message.
      for (const message of old)
        await host.publish(blockTopic, Uint8Array.from([...message, ...new Uint8Array(round)]));
      await pause(10);
    }
    await goesOn(follower);
    await follows(follower, victim);
  });

  it('SY-3.2, NW-21: a flood of transactions that are none bans one identity after the other, and the chain goes on', async () => {
    const victim = await start();
    for (let identity = 0; identity < 3; identity++) {
      const host = await stranger(victim);
      for (let count = 0; isConnected(victim, host); count++) {
        await host.publish(transactionTopic, randomBytes(300));
        if (count % 50 === 0) await pause(5);
      }
      await host.stop();
    }
    await goesOn(victim);
  });
});
