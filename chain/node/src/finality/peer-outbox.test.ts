// Messages to single peers: in bundles, a bounded number under way, in order, and a failing one does not hold up the others.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeBundle, maxBundleMessages } from '@cess/consensus';
import type { PeerId } from '@cess/network';
import { createDeferred, type Deferred } from '@cess/primitives';
import { PeerOutbox } from './peer-outbox.js';

const protocol = {
  name: 'x',
  version: 1,
  maxRequestBytes: 10,
  maxResponseBytes: 0,
  timeoutMs: 1,
  maxConcurrentPerPeer: 4,
};
const [one, two] = ['one', 'two'] as unknown as [PeerId, PeerId];

function outbox() {
  const sent: { readonly peer: PeerId; readonly messages: readonly number[]; readonly answer: Deferred<Uint8Array> }[] =
    [];
  const failed: unknown[] = [];
  const stopping = new AbortController();
  const request = (peer: PeerId, _: unknown, content: Uint8Array) => {
    const answer = createDeferred<Uint8Array>();
    sent.push({ peer, messages: decodeBundle(content).map((message) => message[0] ?? -1), answer });
    return answer.promise;
  };
  const box = new PeerOutbox({
    ...{ host: { request }, protocol, signal: stopping.signal },
    onFailed: (_, error) => failed.push(error),
  });
  const send = (peer: PeerId, ...messages: number[]) => {
    for (const message of messages) box.send(peer, Uint8Array.of(message));
  };
  return { box, send, sent, failed, stopping };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('outbox of a voter', () => {
  const messagesOf = (sent: readonly { readonly messages: readonly number[] }[]) =>
    sent.map(({ messages }) => messages);

  it('GR-25: what one step of the voter says to a peer goes in one request', async () => {
    const { send, sent } = outbox();
    for (let vote = 0; vote < 66; vote++) send(one, vote);
    send(two, 7);
    await settled();
    assert.deepEqual(messagesOf(sent), [Array.from({ length: 66 }, (_, vote) => vote), [7]]);
  });

  it('has half of what the receiver allows under way to each peer; what waits meanwhile goes in the next bundle', async () => {
    const { send, sent, failed } = outbox();
    for (const message of [1, 2, 3, 4]) {
      send(one, message);
      await settled();
    }
    send(two, 7);
    await settled();
    assert.deepEqual(messagesOf(sent), [[1], [2], [7]]);
    sent[1]?.answer.reject(new Error('gone'));
    await settled();
    assert.deepEqual(messagesOf(sent), [[1], [2], [7], [3, 4]]);
    assert.equal(failed.length, 1);
  });

  it('GR-25: a bundle has a bounded number of messages and bytes', async () => {
    const { box, sent } = outbox();
    for (let i = 0; i < maxBundleMessages + 1; i++) box.send(one, Uint8Array.of(1));
    await settled();
    assert.deepEqual(
      messagesOf(sent).map(({ length }) => length),
      [maxBundleMessages, 1],
    );
    for (const size of [300, 100, 100, 100]) box.send(two, new Uint8Array(size * 1024));
    await settled();
    assert.deepEqual(
      messagesOf(sent.slice(2)).map(({ length }) => length),
      [1, 2],
    );
  });

  it('drops the oldest messages where too many wait, and all of a peer that is gone', async () => {
    const { box, send, sent } = outbox();
    await full(send);
    for (let i = 0; i < 4_096; i++) send(one, 5);
    send(one, 6);
    await settled();
    box.forget(two);
    box.forget(one);
    send(one, 9);
    for (const { answer } of sent.slice()) answer.resolve(new Uint8Array(0));
    await settled();
    assert.deepEqual(messagesOf(sent), [[1], [2], [9]]);
  });

  it('drops the oldest messages where too many bytes wait', async () => {
    const { box, send, sent } = outbox();
    await full(send);
    send(one, 5);
    for (let i = 0; i < 4; i++) box.send(one, new Uint8Array(1024 * 1024).fill(6 + i));
    for (let i = 0; i < 6; i++) {
      await settled();
      for (const { answer } of sent.slice()) answer.resolve(new Uint8Array(0));
    }
    // Four messages of a mebibyte fit; the one that waited before them is gone.
    assert.deepEqual(messagesOf(sent), [[1], [2], [6], [7], [8], [9]]);
  });

  it('sends nothing more after the stop', async () => {
    const { send, sent, stopping } = outbox();
    await full(send);
    send(one, 5);
    stopping.abort();
    sent[0]?.answer.resolve(new Uint8Array(0));
    await settled();
    assert.equal(sent.length, 2);
  });
});

/** As many requests to the peer as may be under way. */
async function full(send: (peer: PeerId, message: number) => void): Promise<void> {
  for (const message of [1, 2]) {
    send(one, message);
    await settled();
  }
}
