// JSON-RPC 2.0 over WebSocket and HTTP on one port, and over local sockets inside the process. Everything that remote
// clients can make grow has a limit: message size, batch size, connections, subscriptions and unsent bytes per connection,
// and concurrent requests.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CessError, type Logger, messageOf } from '@cess/primitives';
import { acceptTls, NodeCertificate, type NodeIdentity, prepareConnections } from '@cess/tls';
import { type WebSocket, WebSocketServer } from 'ws';
import { limitClients } from './client-share.js';
import { createLocalSocketPair, type LocalSocket, type LocalSocketListener } from './local-socket.js';
import { isOriginAllowed, type RpcOrigins } from './origin-check.js';
import { RpcConnection } from './rpc-connection.js';
import type { RpcDispatcher } from './rpc-dispatcher.js';
import { defaultRpcLimits, type RpcLimits } from './rpc-limits.js';
import { type RpcSocket, rpcSocketOf } from './rpc-socket.js';
import { closeSlowReaders } from './slow-readers.js';
import { Turns } from './turns.js';

/** Ping interval. A connection that does not answer before the next ping is closed. */
const heartbeatMs = 30_000;

export interface RpcServerInit {
  readonly host: string;
  /** 0 selects a free port. */
  readonly port: number;
  readonly dispatcher: RpcDispatcher;
  readonly logger: Logger;
  readonly limits?: RpcLimits;
  /** Default: none but those of the loopback interface. */
  readonly origins?: RpcOrigins;
  /** The key that TLS proves. Default: plain HTTP and WebSocket. */
  readonly identity?: NodeIdentity | undefined;
}

export class RpcServer {
  readonly #init: RpcServerInit;
  readonly #limits: RpcLimits;
  readonly #http: Server;
  readonly #webSockets: WebSocketServer;
  readonly #connections = new Set<RpcConnection>();
  readonly #local = new Set<RpcSocket>();
  readonly #turns = new Turns();
  /** All HTTP requests together count as one client. */
  readonly #httpTurn = this.#turns.client();
  #heartbeat: NodeJS.Timeout | undefined;
  #handshakes: ReturnType<typeof prepareConnections> | undefined;

  constructor(init: RpcServerInit) {
    this.#init = init;
    this.#limits = init.limits ?? defaultRpcLimits;
    this.#http = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
      void this.#answerHttp(request, response);
    });
    this.#http.maxConnections = this.#limits.maxConnections;
    limitClients(this.#http, this.#limits.maxConnectionsPerClient);
    this.#webSockets = new WebSocketServer({
      server: this.#http,
      maxPayload: this.#limits.maxMessageBytes,
      perMessageDeflate: false,
      verifyClient: ({ req }, decide) => decide(this.#isAllowed(req), 403, 'Forbidden'),
    });
    this.#webSockets.on('connection', (socket) => this.#accept(socket));
    // The HTTP server reports the same errors; without a listener they would end the process.
    this.#webSockets.on('error', () => {});
  }

  /** Starts listening and returns the port. Throws `RPC_PORT_IN_USE` or `RPC_LISTEN_FAILED`. */
  async start(): Promise<number> {
    const { host, port, identity } = this.#init;
    if (identity !== undefined) await this.#prepareTls(identity);
    this.#http.listen(port, host);
    try {
      await once(this.#http, 'listening');
    } catch (cause) {
      const inUse = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
      throw inUse
        ? new CessError('RPC_PORT_IN_USE', `Port ${port} is in use. Stop what uses it or choose another RPC port.`, {
            port,
          })
        : new CessError(
            'RPC_LISTEN_FAILED',
            `Cannot listen on ${host}:${port}: ${messageOf(cause)}`,
            { port },
            { cause },
          );
    }
    this.#heartbeat = setInterval(() => {
      for (const connection of this.#connections) connection.checkAlive();
    }, heartbeatMs);
    return (this.#http.address() as AddressInfo).port;
  }

  async #prepareTls(identity: NodeIdentity): Promise<void> {
    const { logger } = this.#init;
    const certificate = await NodeCertificate.create({ identity, nowMs: Date.now, logger });
    this.#handshakes = prepareConnections(this.#http, {
      prepare: (socket) => acceptTls(socket, certificate),
      maxPending: this.#limits.maxConnections,
      logger,
    });
  }

  get connections(): number {
    return this.#connections.size;
  }

  async stop(): Promise<void> {
    clearInterval(this.#heartbeat);
    for (const connection of this.#connections) connection.close();
    this.#webSockets.close();
    for (const client of this.#webSockets.clients) client.terminate();
    for (const socket of [...this.#local]) socket.terminate();
    this.#handshakes?.closePending();
    if (!this.#http.listening) return;
    const closed = once(this.#http, 'close');
    this.#http.close();
    this.#http.closeAllConnections();
    await closed;
  }

  /** A connection from inside the process, with the limits of all others. */
  openLocal(listener: LocalSocketListener): LocalSocket {
    let disconnect = (): void => {};
    const { client, server } = createLocalSocketPair(listener, () => disconnect());
    this.#local.add(server);
    const close = this.#connect(server);
    disconnect = () => {
      this.#local.delete(server);
      close();
    };
    return client;
  }

  #accept(socket: WebSocket): void {
    socket.on('close', this.#connect(rpcSocketOf(socket)));
    // ws closes the socket itself; the listener keeps the error from ending the process.
    socket.on('error', (error) => this.#init.logger.debug({ reason: error.message }, 'connection failed'));
  }

  /** Serves the socket; returns the function to call when it is closed. */
  #connect(socket: RpcSocket): () => void {
    const { dispatcher, logger } = this.#init;
    const connection = new RpcConnection({
      ...{ socket, dispatcher, limits: this.#limits, logger, turn: this.#turns.client() },
      onUnsent: () => closeSlowReaders(this.#connections, this.#limits.maxUnsentBytesTotal),
    });
    this.#connections.add(connection);
    return () => {
      this.#connections.delete(connection);
      connection.close();
    };
  }

  #isAllowed({ headers }: IncomingMessage): boolean {
    return isOriginAllowed(headers.origin, this.#init.origins ?? []);
  }

  async #answerHttp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('vary', 'origin');
    if (!this.#isAllowed(request)) {
      return void response.writeHead(403).end('The configuration of this node does not list the origin of this page.');
    }
    if (request.headers.origin !== undefined) {
      response.setHeader('access-control-allow-origin', request.headers.origin);
      response.setHeader('access-control-allow-headers', 'content-type');
    }
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    if (request.method === 'GET' && request.url === '/health') return void response.end('{"status":"ok"}');
    if (request.method !== 'POST') return void response.writeHead(405, { allow: 'POST' }).end();
    try {
      const text = await readBody(request, this.#limits.maxMessageBytes);
      if (text === undefined) return void response.writeHead(413).end();
      const answer = await this.#init.dispatcher.handleText(text, { turn: this.#httpTurn }, this.#limits);
      // Notifications have no answer.
      if (answer === undefined) return void response.writeHead(204).end();
      response.setHeader('content-type', 'application/json');
      response.end(answer);
    } catch (thrown) {
      this.#init.logger.debug({ reason: messageOf(thrown) }, 'request failed');
      response.destroy();
    }
  }
}

/** The body as text; undefined when it is too large. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > maxBytes) return undefined;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString('utf8');
}
