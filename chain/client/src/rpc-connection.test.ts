// The connection notices silence, comes back, and repeats what is safe to repeat.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createDeferred, isCessError, silentLogger } from '@cess/primitives';
import { type WebSocket, WebSocketServer } from 'ws';
import { RpcConnection } from './rpc-connection.js';

type Answer = (socket: WebSocket, request: { id: number; method: string }) => void;

describe('RPC connection', () => {
  let server: WebSocketServer;
  let answer: Answer = () => {};
  let connections = 0;
  const open: RpcConnection[] = [];

  before(async () => {
    server = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong: false });
    server.on('connection', (socket) => {
      connections++;
      socket.on('message', (data) => answer(socket, JSON.parse(String(data)) as { id: number; method: string }));
    });
    await once(server, 'listening');
  });

  after(async () => {
    for (const connection of open) await connection.close();
    for (const client of server.clients) client.terminate();
    server.close();
  });

  const connect = (changes: { heartbeatMs?: number; requestTimeoutMs?: number } = {}) => {
    const endpoint = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const connection = new RpcConnection({ endpoint, logger: silentLogger, ...changes });
    open.push(connection);
    return connection;
  };
  const reply = (socket: WebSocket, id: number, result: unknown) =>
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, result }));

  it('a notification in the same packet as the id is not lost', async () => {
    const seen = createDeferred<unknown>();
    answer = (socket, { id }) => {
      reply(socket, id, 'sub');
      socket.send(JSON.stringify({ method: 'x', params: { subscription: 'sub', result: 'first' } }));
    };
    connect().subscribe('x_subscribe', [], seen.resolve);
    assert.equal(await seen.promise, 'first');
  });

  it('a read is asked again after the connection broke, a submission is not', async () => {
    let requests = 0;
    answer = (socket, { id, method }) => {
      requests++;
      if (requests === 1 || method.startsWith('author_')) socket.terminate();
      else reply(socket, id, 'value');
    };
    const connection = connect();
    assert.equal(await connection.call('state_getStorage'), 'value');
    await assert.rejects(connection.call('author_submitExtrinsic'), (thrown) =>
      isCessError(thrown, 'RPC_DISCONNECTED'),
    );
    assert.equal(requests, 3);
  });

  it('a silent connection is given up and replaced', async () => {
    answer = () => {};
    const before = connections;
    const connection = connect({ heartbeatMs: 30 });
    const twice = createDeferred<void>();
    let times = 0;
    connection.onConnected(() => {
      if (++times === 2) twice.resolve();
    });
    await twice.promise;
    assert.ok(connections >= before + 2);
  });

  it('an answer that does not come is a timeout', async () => {
    answer = () => {};
    const connection = connect({ requestTimeoutMs: 50 });
    await assert.rejects(connection.call('chain_getHeader'), (thrown) => isCessError(thrown, 'RPC_TIMEOUT'));
  });

  it('after close every call fails at once', async () => {
    const connection = connect();
    await connection.close();
    await assert.rejects(connection.call('chain_getHeader'), (thrown) => isCessError(thrown, 'RPC_CLOSED'));
  });
});
