// Connections that never finish their TLS handshake.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { silentLogger } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { prepareConnections } from './prepare-connections.js';

describe('connections before their handshake', () => {
  it('of one address take at most half of the places, and others still get one', async () => {
    const server = createServer();
    const prepare = () => new Promise<never>(() => {});
    const pending = prepareConnections(server, { prepare, maxPending: 8, logger: silentLogger });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const sockets: Socket[] = [];
    const closed = { first: 0, second: 0 };
    const open = async (name: keyof typeof closed, localAddress: string) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress });
      socket.on('error', () => {});
      socket.on('close', () => closed[name]++);
      sockets.push(socket);
      await once(socket, 'connect');
    };
    try {
      for (let count = 0; count < 8; count++) await open('first', '127.0.0.1');
      await eventually(() => closed.first === 4, 'the address has half of the places');
      await open('second', '127.0.0.2');
      await open('first', '127.0.0.1');
      await eventually(() => closed.first === 5, 'it gets no more');
      assert.equal(closed.second, 0);
    } finally {
      for (const socket of sockets) socket.destroy();
      pending.closePending();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
