// Messages to single peers: a bounded number under way, in order, and a failing one does not hold up the others.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PeerId } from '@cess/network';
import { createDeferred, type Deferred } from '@cess/primitives';
import { PeerOutbox } from './peer-outbox.js';

const protocol = {
  name: 'x',
  version: 1,
  maxRequestBytes: 10,
  maxResponseBytes: 0,
  timeoutMs: 1,
  maxConcurrentPerPeer: 8,
};
const [one, two] = ['one', 'two'] as unknown as [PeerId, PeerId];

function outbox() {
  const sent: { readonly peer: PeerId; readonly message: number; readonly answer: Deferred<Uint8Array> }[] = [];
  const failed: unknown[] = [];
  const stopping = new AbortController();
  const request = (peer: PeerId, _: unknown, message: Uint8Array) => {
    const answer = createDeferred<Uint8Array>();
    sent.push({ peer, message: message[0] ?? -1, answer });
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
  it('has half of what the receiver allows under way to each peer, in order', async () => {
    const { send, sent, failed } = outbox();
    send(one, 1, 2, 3, 4, 5, 6);
    send(two, 7);
    assert.deepEqual(
      sent.map(({ message }) => message),
      [1, 2, 3, 4, 7],
    );
    sent[1]?.answer.reject(new Error('gone'));
    sent[0]?.answer.resolve(new Uint8Array(0));
    await settled();
    assert.deepEqual(
      sent.map(({ message }) => message),
      [1, 2, 3, 4, 7, 5, 6],
    );
    assert.equal(failed.length, 1);
  });

  it('drops the oldest messages where too many wait, and all of a peer that is gone', async () => {
    const { box, send, sent } = outbox();
    send(one, 1, 2, 3, 4);
    for (let i = 0; i < 4_096; i++) send(one, 5);
    send(one, 6);
    box.forget(two);
    box.forget(one);
    send(one, 9);
    for (const { answer } of sent.slice()) answer.resolve(new Uint8Array(0));
    await settled();
    assert.deepEqual(
      sent.map(({ message }) => message),
      [1, 2, 3, 4, 9],
    );
  });

  it('drops the oldest messages where too many bytes wait', async () => {
    const { box, send, sent } = outbox();
    send(one, 1, 2, 3, 4, 5);
    for (let i = 0; i < 4; i++) box.send(one, new Uint8Array(1024 * 1024).fill(6 + i));
    for (const { answer } of sent.slice()) answer.resolve(new Uint8Array(0));
    await settled();
    // Four messages of a mebibyte fit; the one that waited before them is gone.
    assert.deepEqual(
      sent.map(({ message }) => message),
      [1, 2, 3, 4, 6, 7, 8, 9],
    );
  });

  it('sends nothing more after the stop', async () => {
    const { send, sent, stopping } = outbox();
    send(one, 1, 2, 3, 4, 5);
    stopping.abort();
    sent[0]?.answer.resolve(new Uint8Array(0));
    await settled();
    assert.equal(sent.length, 4);
  });
});
