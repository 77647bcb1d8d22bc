// Shares the connections of a server out among client addresses. One address holds at most as many as are left for all, so it
// alone takes at most half. When an address, or the server, has no place left, a new connection takes that of an idle one:
// first of those that never sent an authenticated request, the oldest first. If all are busy, the new connection is closed.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  readonly address: string;
  /** Requests in progress. */
  busy: number;
  isAuthenticated: boolean;
}

export class ConnectionLimit {
  /** In the order of their beginning. */
  readonly #connections = new Map<Socket, Connection>();
  readonly #held = new Map<string, number>();

  constructor(private readonly max: number) {}

  /** Watches the connections and requests of a server that does not listen yet. */
  attach(server: Server): void {
    server.on('connection', (socket: Socket) => this.#admit(socket));
    const onRequest = (message: IncomingMessage, response: ServerResponse) => this.#begin(message.socket, response);
    server.prependListener('request', onRequest);
    server.prependListener('checkContinue', onRequest);
  }

  /** The connection carried a request whose signature is valid: others are closed before it. */
  authenticated(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection !== undefined) connection.isAuthenticated = true;
  }

  get size(): number {
    return this.#connections.size;
  }

  #admit(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const held = this.#held.get(address) ?? 0;
    const isFull = this.#connections.size >= this.max;
    if (isFull || held >= this.max - this.#connections.size) {
      const victim = this.#idlest(isFull && held === 0 ? undefined : address);
      if (victim === undefined) {
        socket.destroy();
        return;
      }
      this.#remove(victim);
      victim.destroy();
    }
    this.#connections.set(socket, { address, busy: 0, isAuthenticated: false });
    this.#held.set(address, (this.#held.get(address) ?? 0) + 1);
    socket.on('close', () => this.#remove(socket));
  }

  #begin(socket: Socket, response: ServerResponse): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    connection.busy++;
    response.on('close', () => {
      connection.busy--;
    });
  }

  /** The idle connection to close, of one address or of all. */
  #idlest(address: string | undefined): Socket | undefined {
    let authenticated: Socket | undefined;
    for (const [socket, connection] of this.#connections) {
      if (connection.busy > 0 || (address !== undefined && connection.address !== address)) continue;
      if (!connection.isAuthenticated) return socket;
      authenticated ??= socket;
    }
    return authenticated;
  }

  #remove(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    this.#connections.delete(socket);
    const left = (this.#held.get(connection.address) ?? 1) - 1;
    if (left === 0) this.#held.delete(connection.address);
    else this.#held.set(connection.address, left);
  }
}
