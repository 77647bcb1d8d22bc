// Requests over real sockets (docs/protocol/network.md §3).
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { CessError, createDeferred, type Deferred, isCessError, systemTimers } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import type { Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { FrameStream } from './frame-stream.js';
import { encodeFrame } from './frames.js';
import type { NetworkHostOptions, RequestProtocol } from './index.js';
import { NetworkNames } from './network-names.js';
import { type PeerId, peerIdText } from './peer-id.js';
import { addressOf, genesis, TestNetwork } from './test-support/hosts.js';

const echo: RequestProtocol = {
  name: 'echo',
  version: 1,
  maxRequestBytes: 100_000,
  maxResponseBytes: 100_000,
  timeoutMs: 30_000,
  maxConcurrentPerPeer: 4,
};
const hasty = { ...echo, timeoutMs: 300 };
const echoId = new NetworkNames(genesis).request('echo', 1);
const network = new TestNetwork();

async function pair() {
  const server = await network.host(1);
  const client = await network.host(2);
  await client.connect(addressOf(server));
  return { server, client };
}

/** A host that serves `echo`, and a node that opens streams to it and does with them what the test says. */
async function attackedServer(protocol: RequestProtocol, options: Partial<NetworkHostOptions> = {}) {
  const server = await network.host(1, options);
  let handled = 0;
  await server.handle(protocol, async (request) => {
    handled++;
    return request;
  });
  const node = await network.hostile(2);
  const attacker = peerIdText(node.peerId);
  await node.dial(multiaddr(addressOf(server)));
  const open = () => node.dialProtocol(multiaddr(addressOf(server)), echoId);
  const penalty = () => penaltyOf(server, attacker);
  const isConnected = () => server.peers().some(({ peer }) => peer === attacker);
  return { open, penalty, isConnected, handled: () => handled };
}

/** A host that asks, and a node that answers with what the test says. */
async function attackedClient(protocol: RequestProtocol, answer: (stream: Stream) => Promise<void>) {
  const node = await network.hostile(1);
  await node.handle(echoId, answer);
  const client = await network.host(2);
  const attacker = await client.connect(String(node.getMultiaddrs()[0]));
  const request = () => client.request(attacker, protocol, Uint8Array.of(1));
  return { request, penalty: () => penaltyOf(client, attacker) };
}

function penaltyOf(host: Awaited<ReturnType<TestNetwork['host']>>, peer: PeerId): number {
  return host.peers().find((entry) => entry.peer === peer)?.penalty ?? 0;
}

describe('requests', () => {
  afterEach(() => network.stop());

  it('NW-9: requests and responses of every size up to the limit arrive unchanged', async () => {
    const { server, client } = await pair();
    await server.handle(echo, async (request, { peer }) => {
      assert.equal(peer, client.peerId);
      return request;
    });
    for (const length of [0, 1, 5000, 99_999, 100_000]) {
      const request = new Uint8Array(length).map((_, i) => i);
      assert.deepEqual(await client.request(server.peerId, echo, request), request);
    }
    await assert.rejects(client.request(server.peerId, echo, new Uint8Array(100_001)), {
      code: 'NETWORK_MESSAGE_TOO_LARGE',
    });
  });

  it('NW-8: a peer that does not serve the protocol, or another version of it, is told apart from one that is gone', async () => {
    const { server, client } = await pair();
    await server.handle(echo, async (request) => request);
    const unsupported = { code: 'NETWORK_PROTOCOL_UNSUPPORTED', retryable: false };
    await assert.rejects(client.request(server.peerId, { ...echo, version: 2 }, new Uint8Array(0)), unsupported);
    const { peerId } = server;
    await server.stop();
    await assert.rejects(client.request(peerId, echo, new Uint8Array(0)), {
      code: 'NETWORK_PEER_UNREACHABLE',
      retryable: true,
    });
  });

  it('a handler that ends its service serves no more', async () => {
    const { server, client } = await pair();
    const end = await server.handle(echo, async (request) => request);
    await client.request(server.peerId, echo, new Uint8Array(1));
    await end();
    await assert.rejects(client.request(server.peerId, echo, new Uint8Array(1)), {
      code: 'NETWORK_PROTOCOL_UNSUPPORTED',
    });
  });

  it('NW-12: a refusal and a bug of the handler, and a response beyond the limit, arrive as a refusal', async () => {
    const { server, client } = await pair();
    const failures = [
      async () => Promise.reject(new CessError('NETWORK_BUSY', 'no', { peer: '', protocol: '' })),
      async () => Promise.reject(new TypeError('undefined is not a function')),
      async () => new Uint8Array(echo.maxResponseBytes + 1),
    ];
    for (const failure of failures) {
      const end = await server.handle(echo, failure);
      await assert.rejects(client.request(server.peerId, echo, new Uint8Array(1)), { code: 'NETWORK_REQUEST_REFUSED' });
      await end();
    }
    assert.equal(penaltyOf(server, client.peerId), 0);
  });

  it('NW-11: a peer gets as many requests handled at once as the protocol says; the next one is told to come later', async () => {
    const { server, client } = await pair();
    const waiting: Deferred<Uint8Array>[] = [];
    await server.handle(echo, () => {
      const deferred = createDeferred<Uint8Array>();
      waiting.push(deferred);
      return deferred.promise;
    });
    const ask = () => client.request(server.peerId, echo, new Uint8Array(1));
    const requests = Array.from({ length: echo.maxConcurrentPerPeer }, ask);
    await eventually(() => waiting.length === requests.length, 'all requests handled');
    await assert.rejects(ask(), { code: 'NETWORK_BUSY', retryable: true });
    assert.ok(penaltyOf(server, client.peerId) > 0);
    for (const deferred of waiting) deferred.resolve(Uint8Array.of(9));
    assert.deepEqual(
      await Promise.all(requests),
      requests.map(() => Uint8Array.of(9)),
    );
  });

  it('NW-11: places that all peers together hold cost nobody; requests beyond the own limit do', async () => {
    const server = await network.host(1, { limits: { maxRequests: 4 } });
    const clients = [await network.host(2), await network.host(3)];
    for (const client of clients) await client.connect(addressOf(server));
    const waiting: Deferred<Uint8Array>[] = [];
    await server.handle(echo, () => {
      const deferred = createDeferred<Uint8Array>();
      waiting.push(deferred);
      return deferred.promise;
    });
    const requests = clients.map((client) => {
      const ask = () => client.request(server.peerId, echo, new Uint8Array(1));
      return Array.from({ length: echo.maxConcurrentPerPeer }, () => ask().catch((error: unknown) => error));
    });
    const busy: unknown[] = [];
    for (const request of requests.flat()) void request.then((answer) => busy.push(answer));
    await eventually(() => busy.length + waiting.length === 8 && busy.length >= 4, 'the others are told to come later');
    for (const answer of busy) assert.ok(isCessError(answer, 'NETWORK_BUSY'), String(answer));
    for (const { peerId } of clients) assert.equal(penaltyOf(server, peerId), 0);
    for (const deferred of waiting) deferred.resolve(Uint8Array.of(9));
    await Promise.all(requests.flat());
  });

  it('NW-10: a request that is not answered in time fails, and the handler is told', async () => {
    const { server, client } = await pair();
    let isTold = false;
    await server.handle(hasty, (_request, { signal }) => {
      signal.addEventListener('abort', () => {
        isTold = true;
      });
      return new Promise(() => {});
    });
    // On a busy machine the time of a request may be over before it arrives.
    await eventually(async () => {
      await assert.rejects(client.request(server.peerId, hasty, new Uint8Array(1)), {
        code: 'NETWORK_REQUEST_TIMEOUT',
        retryable: true,
      });
      return isTold;
    }, 'the handler is told');
  });

  it('a caller that aborts gets ABORTED at once', async () => {
    const { server, client } = await pair();
    await server.handle(echo, () => new Promise(() => {}));
    const controller = new AbortController();
    const request = client.request(server.peerId, echo, new Uint8Array(1), controller.signal);
    controller.abort();
    await assert.rejects(request, { code: 'ABORTED' });
  });

  it('NW-13: a request that states more than the limit is cut off before it is read, and a second one bans its sender', async () => {
    const { open, penalty, isConnected, handled } = await attackedServer(echo);
    const attack = async () => {
      const stream = await open();
      stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0x7f, 1, 2, 3));
      await eventually(() => stream.status !== 'open', 'the stream is cut off');
    };
    await attack();
    assert.ok(penalty() > 45);
    await attack();
    await eventually(() => !isConnected(), 'the attacker is gone');
    await assert.rejects(open);
    assert.equal(handled(), 0);
  });

  it('NW-13: bytes after the frame are malformed; a stream that ends within it is only cut off', async () => {
    const { open, penalty, handled } = await attackedServer(echo);
    const first = await open();
    first.send(encodeFrame(new Uint8Array(10)).subarray(0, 8));
    await first.close();
    await eventually(() => first.status !== 'open', 'the stream is cut off');
    assert.equal(penalty(), 0);
    const second = await open();
    second.send(new Uint8Array([...encodeFrame(Uint8Array.of(1)), 2]));
    await eventually(() => penalty() > 45, 'the penalty');
    assert.equal(handled(), 0);
  });

  it('NW-13: a peer that does not finish its request, or does not take the response, loses its place and reputation', async () => {
    const { open, penalty } = await attackedServer({ ...hasty, maxConcurrentPerPeer: 1 });
    const stream = await open();
    stream.send(Uint8Array.of(10, 0, 0));
    await eventually(() => penalty() > 15, 'the penalty');
    await eventually(() => stream.status === 'reset', 'the stream is reset');
    const next = await open();
    next.send(encodeFrame(Uint8Array.of(5)));
    assert.deepEqual(await new FrameStream(next).read(10), Uint8Array.of(0, 5));
  });

  it('NW-13: a response beyond the limit or without a known status penalizes the peer; one that is cut off does not', async () => {
    const answers: [Uint8Array, string, boolean][] = [
      [Uint8Array.of(0xff, 0xff, 0xff, 0x7f), 'NETWORK_MESSAGE_TOO_LARGE', true],
      [encodeFrame(Uint8Array.of(7)), 'NETWORK_MESSAGE_MALFORMED', true],
      [encodeFrame(new Uint8Array(0)), 'NETWORK_MESSAGE_MALFORMED', true],
      [Uint8Array.of(9, 0, 0, 0, 0), 'NETWORK_PEER_UNREACHABLE', false],
    ];
    for (const [bytes, code, isOffence] of answers) {
      const { request, penalty } = await attackedClient(echo, async (stream) => {
        await new FrameStream(stream).read(10);
        stream.send(bytes);
        await stream.close();
      });
      await assert.rejects(request, { code });
      assert.equal(penalty() > 45, isOffence, code);
      await network.stop();
    }
  });

  it('NW-10: a peer that accepts the stream and stays silent times out', async () => {
    const { request } = await attackedClient(hasty, () => systemTimers.sleep(1000));
    await assert.rejects(request, { code: 'NETWORK_REQUEST_TIMEOUT' });
  });

  it('NW-8: requests in turn go over one stream; ones at the same time have a stream each', async () => {
    let opened = 0;
    const { request } = await attackedClient(echo, async (stream) => {
      opened++;
      const frames = new FrameStream(stream);
      do {
        await frames.read(10);
        stream.send(encodeFrame(Uint8Array.of(0, opened)));
      } while (await frames.next());
    });
    for (let i = 0; i < 5; i++) assert.deepEqual(await request(), Uint8Array.of(1));
    assert.equal(opened, 1);
    await Promise.all([request(), request(), request()]);
    assert.equal(opened, 3);
  });

  it('NW-8: a request over a kept stream that the peer ends is sent again over another one', async () => {
    let opened = 0;
    const { request, penalty } = await attackedClient(echo, async (stream) => {
      opened++;
      const frames = new FrameStream(stream);
      await frames.read(10);
      stream.send(encodeFrame(Uint8Array.of(0, 1)));
      // The second request arrives, and is not answered.
      if (await frames.next()) frames.abort(new Error('the peer has other plans'));
    });
    for (let i = 0; i < 3; i++) assert.deepEqual(await request(), Uint8Array.of(1));
    assert.equal(opened, 3);
    assert.equal(penalty(), 0);
  });

  it('NW-8: a kept stream on which the peer says something unasked is given up', async () => {
    let opened = 0;
    const ended = createDeferred<void>();
    const { request } = await attackedClient(echo, async (stream) => {
      opened++;
      stream.addEventListener('close', () => ended.resolve());
      await new FrameStream(stream).read(10);
      stream.send(encodeFrame(Uint8Array.of(0, 1)));
      if (opened > 1) return;
      await systemTimers.sleep(50);
      stream.send(encodeFrame(Uint8Array.of(0, 66)));
    });
    assert.deepEqual(await request(), Uint8Array.of(1));
    await ended.promise;
    assert.deepEqual(await request(), Uint8Array.of(1));
    assert.equal(opened, 2);
  });

  it('NW-8: a server answers one request after the other, and ends a stream on which none comes', async () => {
    const kept = (ms: number) => (ms === 60_000 ? 300 : ms);
    const timers = {
      ...systemTimers,
      sleep: (ms: number, signal?: AbortSignal) => systemTimers.sleep(kept(ms), signal),
    };
    const { open, penalty, handled } = await attackedServer(echo, { timers });
    const stream = await open();
    const frames = new FrameStream(stream);
    for (const byte of [1, 2, 3]) {
      stream.send(encodeFrame(Uint8Array.of(byte)));
      assert.deepEqual(await frames.read(10), Uint8Array.of(0, byte));
    }
    assert.equal(handled(), 3);
    await eventually(() => stream.status === 'reset', 'the stream is ended');
    assert.equal(penalty(), 0);
  });

  it('NW-9: a client that closes its side after its request is answered, and the stream ends', async () => {
    const { open, penalty } = await attackedServer(echo);
    const stream = await open();
    const frames = new FrameStream(stream);
    stream.send(encodeFrame(Uint8Array.of(1)));
    await stream.close();
    assert.deepEqual(await frames.read(10), Uint8Array.of(0, 1));
    assert.equal(await frames.next(), false);
    await eventually(() => stream.status === 'closed', 'the stream is closed');
    assert.equal(penalty(), 0);
  });

  it('NW-13: a request that comes before the response to the one before is malformed', async () => {
    const { open, penalty } = await attackedServer(echo);
    const stream = await open();
    stream.send(encodeFrame(Uint8Array.of(1)));
    stream.send(encodeFrame(Uint8Array.of(2)));
    await eventually(() => penalty() > 45, 'the penalty');
    assert.ok(penalty() < 65, 'counted once');
    await eventually(() => stream.status === 'reset', 'the stream is reset');
  });
});
