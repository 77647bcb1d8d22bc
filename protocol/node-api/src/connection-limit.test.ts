// The limit over real sockets, which all come from one address.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { eventually } from '@cess/primitives/testing';
import { ConnectionLimit } from './connection-limit.js';

interface World {
  readonly limit: ConnectionLimit;
  /** Responses that the test has to end. */
  readonly waiting: ServerResponse[];
  connection(): Promise<Socket>;
}

async function withServer(max: number, body: (world: World) => Promise<void>): Promise<void> {
  const limit = new ConnectionLimit(max);
  const waiting: ServerResponse[] = [];
  const server = createServer((message, response) => {
    if (message.url === '/authenticated') limit.authenticated(message.socket);
    if (message.url === '/slow') waiting.push(response);
    else response.end('ok');
  });
  limit.attach(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  const connection = async () => {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  try {
    await body({ limit, waiting, connection });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function ask(socket: Socket, path: string): Promise<string> {
  const answer = once(socket, 'data') as Promise<[Buffer]>;
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
  return (await answer)[0].toString('latin1', 9, 12);
}

const holds = (limit: ConnectionLimit, count: number) =>
  eventually(
    () => limit.size === count,
    () => `${limit.size} connections are ${count}`,
  );

test('a client beside idle connections of strangers is served in place of the oldest of them', async () => {
  await withServer(8, async ({ limit, connection }) => {
    const idle: Socket[] = [];
    for (let i = 0; i < 4; i++) idle.push(await connection());
    await holds(limit, 4);
    const closed = once(idle[0]!, 'close');
    assert.equal(await ask(await connection(), '/'), '200');
    await closed;
    assert.equal(limit.size, 4, 'one address holds at most half');
    assert.equal(idle.filter(({ closed: isClosed }) => isClosed).length, 1);
  });
});

test('idle connections that were authenticated stay while there are others', async () => {
  await withServer(8, async ({ limit, connection }) => {
    const known = await connection();
    assert.equal(await ask(known, '/authenticated'), '200');
    for (let i = 0; i < 8; i++) await connection();
    await holds(limit, 4);
    assert.equal(await ask(known, '/'), '200');
  });
});

test('busy connections are never closed for others', async () => {
  await withServer(4, async ({ limit, waiting, connection }) => {
    const busy = [await connection(), await connection()];
    for (const socket of busy) socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n');
    await eventually(
      () => waiting.length === 2,
      () => 'both requests run',
    );
    const refused = await connection();
    await once(refused, 'close');
    assert.equal(limit.size, 2);
    const answers = busy.map((socket) => once(socket, 'data'));
    for (const response of waiting) response.end('ok');
    await Promise.all(answers);
    assert.equal(await ask(await connection(), '/'), '200');
  });
});
