// Child process: raw TCP endpoints, to measure the cost of sockets alone. One port discards what it receives, the other sends
// on request.

import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { serveParent } from '../support/child.js';

const piece = Buffer.alloc(1024 * 1024, 1);

const sink = createServer((socket) => {
  socket.on('error', () => {});
  socket.resume();
});

/** The first 8 bytes say how many pieces to send. */
const source = createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', (request) => {
    let left = Number(request.readBigUInt64LE(0));
    const next = (): void => {
      while (left > 0) {
        left--;
        if (!socket.write(piece)) {
          socket.once('drain', next);
          return;
        }
      }
    };
    next();
  });
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

serveParent({
  start: async () => ({ sink: await listen(sink), source: await listen(source) }),
  stop: async () => {
    sink.close();
    source.close();
  },
});
