// Gossip over real sockets (docs/protocol/network.md §6).
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { toHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { multiaddr } from '@multiformats/multiaddr';
import type { GossipTopic, GossipVerdict, NetworkHost } from './index.js';
import { NetworkNames } from './network-names.js';
import { peerIdText } from './peer-id.js';
import { addressOf, genesis, TestNetwork } from './test-support/hosts.js';

const topic: GossipTopic = { name: 'news', version: 1, maxMessageBytes: 1000, maxPerSecondPerPeer: 100 };
const topicId = new NetworkNames(genesis).topic('news', 1);
const network = new TestNetwork();

/** The first byte of a message is its verdict. */
const verdicts: readonly GossipVerdict[] = ['accept', 'ignore', 'reject'];

function listen(host: NetworkHost, of: GossipTopic = topic): string[] {
  const heard: string[] = [];
  host.subscribe({
    topic: of,
    validate: ({ content }) => verdicts[content[0] ?? 0] ?? 'accept',
    handle: ({ content }) => void heard.push(toHex(content)),
  });
  return heard;
}

/** Three hosts in a line: the messages of the first reach the last only through the middle. */
async function line(of: GossipTopic = topic) {
  const middle = await network.host(2, { limits: { targetPeers: 0 } });
  const [first, last] = [
    await network.host(1, { limits: { targetPeers: 0 } }),
    await network.host(3, { limits: { targetPeers: 0 } }),
  ];
  const atMiddle = listen(middle, of);
  const atLast = listen(last, of);
  await first.connect(addressOf(middle));
  await last.connect(addressOf(middle));
  return { first, middle, last, atMiddle, atLast };
}

/** Publishes until the message has found its way, because subscriptions arrive some time after connections. */
async function publishUntil(
  host: NetworkHost,
  make: (i: number) => Uint8Array,
  isDone: () => boolean,
): Promise<number> {
  let published = 0;
  await eventually(() => {
    void host.publish(topic, make(published++));
    return isDone();
  }, 'the message is heard');
  return published;
}

describe('gossip', () => {
  afterEach(() => network.stop());

  it('NW-19: accepted messages are handled and forwarded; ignored and rejected ones are not', async () => {
    const { first, middle, atMiddle, atLast } = await line();
    await publishUntil(
      first,
      (i) => Uint8Array.of(0, i),
      () => atLast.length > 0,
    );
    const penalty = () => middle.peers().find(({ peer }) => peer === first.peerId)?.penalty ?? 0;
    await first.publish(topic, Uint8Array.of(1, 77));
    assert.equal(penalty(), 0);
    await first.publish(topic, Uint8Array.of(2, 77));
    await eventually(() => penalty() > 25, 'the penalty');
    await first.publish(topic, Uint8Array.of(0, 78));
    await eventually(() => atLast.includes('004e'), 'the last message');
    for (const heard of [atMiddle, atLast]) assert.ok(heard.every((message) => message.startsWith('00')));
  });

  it('NW-19: a message that comes from several peers is handled once', async () => {
    const { first, last, atMiddle, atLast } = await line();
    await last.connect(addressOf(first));
    await publishUntil(
      first,
      (i) => Uint8Array.of(0, i),
      () => atLast.length > 0 && atMiddle.length > 0,
    );
    await first.publish(topic, Uint8Array.of(0, 0xee));
    await first.publish(topic, Uint8Array.of(0, 0xff));
    await eventually(() => atMiddle.includes('00ff') && atLast.includes('00ff'), 'the last message');
    for (const heard of [atMiddle, atLast]) assert.equal(new Set(heard).size, heard.length);
  });

  it('NW-20: a message beyond the limit of its topic is not published', async () => {
    const host = await network.host(1);
    await assert.rejects(host.publish(topic, new Uint8Array(1001)), { code: 'NETWORK_MESSAGE_TOO_LARGE' });
  });

  it('NW-20: a peer that forwards messages beyond the limit is banned', async () => {
    const host = await network.host(1);
    const heard = listen(host);
    const node = await network.hostile(2);
    await node.dial(multiaddr(addressOf(host)));
    const attacker = peerIdText(node.peerId);
    await eventually(() => node.services.gossip.getSubscribers(topicId).length > 0, 'the attacker knows the topic');
    let i = 0;
    await eventually(() => {
      void node.services.gossip.publish(topicId, new Uint8Array(1001).fill(i++));
      return !host.peers().some(({ peer }) => peer === attacker);
    }, 'the attacker is gone');
    assert.deepEqual(heard, []);
  });

  it('NW-21: a peer that sends more than the rate of the topic is ignored beyond it', async () => {
    const slow = { ...topic, maxPerSecondPerPeer: 0.5 };
    const { first, middle, atMiddle } = await line(slow);
    const penalty = () => middle.peers().find(({ peer }) => peer === first.peerId)?.penalty ?? 0;
    await publishUntil(
      first,
      (i) => Uint8Array.of(0, i),
      () => penalty() > 10,
    );
    assert.ok(atMiddle.length < 20, `${atMiddle.length}`);
  });

  it('NW-22: a validator that throws or never ends has its message ignored', async () => {
    const { first, middle } = await line();
    const other = { ...topic, name: 'other' };
    const seen: number[] = [];
    middle.subscribe({
      topic: other,
      validate: ({ content }) => {
        seen.push(content[0] ?? 0);
        if (content[0] === 1) throw new TypeError('undefined is not a function');
        return content[0] === 2 ? new Promise<GossipVerdict>(() => {}) : 'accept';
      },
      handle: ({ content }) => void seen.push(100 + (content[0] ?? 0)),
    });
    let i = 10;
    await eventually(() => {
      void first.publish(other, Uint8Array.of(i++));
      return seen.some((number) => number >= 110);
    }, 'the first message');
    seen.length = 0;
    for (const number of [1, 2, 3]) await first.publish(other, Uint8Array.of(number));
    await eventually(() => seen.includes(103), 'the third message');
    assert.ok(!seen.includes(101) && !seen.includes(102));
  });
});
