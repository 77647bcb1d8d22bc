// One address on which the gateway serves HTTP, with or without TLS.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CessError, hostAndPort, type Logger, messageOf } from '@cess/primitives';
import { prepareConnections } from '@cess/tls';
import { type ClientPreparation, prepareClient } from './prepare-client.js';

export interface ListenerInit {
  readonly host: string;
  readonly port: number;
  readonly idleTimeoutMs: number;
  /** What it serves, for messages. Default: S3. */
  readonly what?: string;
  /** Registers the handlers of requests. */
  readonly configure: (server: Server) => void;
  readonly preparation: ClientPreparation & { readonly logger: Logger };
}

export class Listener {
  readonly #server: Server;
  readonly #pending: ReturnType<typeof prepareConnections> | undefined;

  constructor(private readonly init: ListenerInit) {
    this.#server = createServer({ keepAliveTimeout: 30_000, headersTimeout: 30_000, requestTimeout: 0, noDelay: true });
    this.#server.timeout = init.idleTimeoutMs;
    init.configure(this.#server);
    this.#pending = this.#prepareConnections();
  }

  /** Throws `PORT_IN_USE` or `LISTEN_FAILED`. */
  async start(): Promise<void> {
    const { host, port, what = 'S3' } = this.init;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const inUse = cause.code === 'EADDRINUSE';
        const code = inUse ? 'PORT_IN_USE' : 'LISTEN_FAILED';
        const advice = inUse
          ? 'is in use; stop the other program or choose another port'
          : `cannot be listened on: ${messageOf(cause)}`;
        reject(new CessError(code, `${what} port ${host}:${port} ${advice}.`, { host, port }, { cause }));
      });
      this.#server.listen(port, host, resolve);
    });
  }

  get endpoint(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    const scheme = this.init.preparation.certificates === undefined ? 'http' : 'https';
    return `${scheme}://${hostAndPort(address, port)}`;
  }

  /** Undefined where HTTP is all. */
  #prepareConnections(): ReturnType<typeof prepareConnections> | undefined {
    const { preparation } = this.init;
    const { certificates, isProxy, maxPending, logger } = preparation;
    if (certificates === undefined && isProxy === undefined) return undefined;
    return prepareConnections(this.#server, {
      prepare: (socket) => prepareClient(socket, preparation),
      isExempt: (socket) => isProxy?.(socket.remoteAddress) ?? false,
      ...{ maxPending, logger },
    });
  }

  /** Takes no more connections; resolves when all have ended. */
  close(): Promise<void> {
    this.#pending?.closePending();
    if (!this.#server.listening) return Promise.resolve();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    return closed;
  }

  closeAllConnections(): void {
    this.#server.closeAllConnections();
  }
}
