// The socket of browsers, over the WebSocket of `ws`, whose interface is that of browsers.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket as TcpSocket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createDeferred } from '@cess/primitives';
import { WebSocket, WebSocketServer } from 'ws';
import type { SocketListener } from './socket.js';
import { openSocket } from './socket-browser.js';

/** Notes what happens, and says when it does. */
function recorder() {
  const happened: string[] = [];
  const closed = createDeferred<void>();
  const opened = createDeferred<void>();
  const received = createDeferred<string>();
  const listener: SocketListener = {
    onOpen: () => {
      happened.push('open');
      opened.resolve();
    },
    onMessage: (text) => {
      happened.push(`message ${text}`);
      received.resolve(text);
    },
    onAlive: () => happened.push('alive'),
    onError: () => {},
    onClose: () => {
      happened.push('close');
      closed.resolve();
    },
  };
  return { happened, opened, received, closed, listener };
}

describe('socket of browsers', () => {
  const { WebSocket: original } = globalThis as { WebSocket?: unknown };
  let server: WebSocketServer;
  let silent: Server;
  const silentSockets: TcpSocket[] = [];
  const init = (port: number, handshakeTimeoutMs = 5_000) => ({
    endpoint: `ws://127.0.0.1:${port}`,
    maxMessageBytes: 1_000,
    handshakeTimeoutMs,
  });
  const portOf = (listening: { address(): unknown }) => (listening.address() as AddressInfo).port;

  before(async () => {
    Object.assign(globalThis, { WebSocket });
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    server.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${String(data)}`)));
    silent = createServer((socket) => silentSockets.push(socket)).listen(0, '127.0.0.1');
    await Promise.all([once(server, 'listening'), once(silent, 'listening')]);
  });

  after(() => {
    Object.assign(globalThis, { WebSocket: original });
    for (const client of server.clients) client.terminate();
    for (const socket of silentSockets) socket.destroy();
    server.close();
    silent.close();
  });

  it('opens, sends, receives, and reports its close once', async () => {
    const { happened, opened, received, closed, listener } = recorder();
    const socket = openSocket(init(portOf(server)), listener);
    await opened.promise;
    socket.send('hello');
    assert.equal(await received.promise, 'echo hello');
    socket.terminate();
    socket.terminate();
    await closed.promise;
    assert.deepEqual(happened, ['open', 'alive', 'message echo hello', 'close']);
  });

  it('a ping is a call of JSON-RPC whose answer is a sign of life', async () => {
    const { happened, opened, received, listener } = recorder();
    const socket = openSocket(init(portOf(server)), listener);
    await opened.promise;
    socket.ping();
    const call = JSON.parse((await received.promise).slice('echo '.length)) as { id: unknown; method: unknown };
    assert.deepEqual([call.id, call.method], ['ping', 'system_name']);
    assert.ok(happened.includes('alive'));
    socket.terminate();
  });

  it('a server that never answers the handshake is given up', async () => {
    const { happened, closed, listener } = recorder();
    openSocket(init(portOf(silent), 20), listener);
    await closed.promise;
    assert.deepEqual(happened, ['close']);
  });

  it('a close by the server is reported once, and sending afterwards does nothing', async () => {
    const { happened, opened, closed, listener } = recorder();
    const socket = openSocket(init(portOf(server)), listener);
    await opened.promise;
    for (const client of server.clients) client.terminate();
    await closed.promise;
    socket.send('late');
    socket.ping();
    socket.terminate();
    assert.deepEqual(happened, ['open', 'close']);
  });
});
