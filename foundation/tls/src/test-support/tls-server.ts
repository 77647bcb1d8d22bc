// A TLS server that notes what it receives, and answers every piece with its own length.
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';

export interface TestServer {
  readonly port: number;
  /** Application data so far. */
  received(): string;
  readonly handshakes: { full: number; resumed: number };
  close(): Promise<void>;
}

export async function startTlsServer(options: TlsOptions, port = 0): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let received = '';
  const handshakes = { full: 0, resumed: 0 };
  const server = createServer({ minVersion: 'TLSv1.3', ...options }, (socket) => {
    handshakes[socket.isSessionReused() ? 'resumed' : 'full']++;
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString();
      socket.write(`${bytes.length}`);
    });
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    received: () => received,
    handshakes,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
