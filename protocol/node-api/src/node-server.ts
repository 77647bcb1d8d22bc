// The HTTP server of a node of any role. It limits connections, concurrent requests, headers and idle time, and shares
// connections and requests out among client addresses. It speaks TLS, on loopback only if it is told to. Errors are sent as JSON. The body of a rejected upload is read only for a short grace period.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  CessError,
  type CessErrorOptions,
  type CodesWithoutData,
  FairPlaces,
  hostAndPort,
  type Logger,
  messageOf,
} from '@cess/primitives';
import { acceptTls, isLoopback, NodeCertificate, type NodeIdentity, prepareConnections } from '@cess/tls';
import { ConnectionLimit } from './connection-limit.js';
import { failureOf, type HttpFailure, RequestRefused, type StatusOfCode } from './request-refused.js';

const headersTimeoutMs = 10_000;
const requestTimeoutMs = 600_000;
const keepAliveTimeoutMs = 30_000;
const maxHeaderBytes = 16 * 1024;
const connectionsPerRequest = 4;
const closeGraceMs = 2_000;
const stopGraceMs = 3_000;

type ListenError = (
  message: string,
  data: { readonly host: string; readonly port: number },
  options: CessErrorOptions,
) => CessError;

/** The name of a role and its error codes. */
export interface ServerNames {
  /** As in "The provider handles as many requests as it can." */
  readonly name: string;
  /** The error when another program uses the port. */
  readonly portInUse: ListenError;
  /** The error when listening fails for another reason. */
  readonly listen: ListenError;
  readonly busy: CodesWithoutData;
  readonly internal: CodesWithoutData;
  /** HTTP statuses of the coded errors that handlers throw. Other errors get 500. */
  readonly statusOfCode: StatusOfCode;
}

export interface NodeServerInit {
  readonly host: string;
  readonly port: number;
  /** URL under which others reach the server. Default: scheme, host and port. */
  readonly endpoint?: string | undefined;
  /** The node key that TLS proves. */
  readonly identity: NodeIdentity;
  /** Whether the server speaks TLS on loopback, too. Default false. Elsewhere it always does. */
  readonly isTlsOnLoopback?: boolean | undefined;
  readonly nowMs: () => number;
  /** Most concurrent requests. One client address gets at most half of them. */
  readonly maxRequests: number;
  readonly stallTimeoutMs: number;
  readonly logger: Logger;
  readonly handle: (message: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Called with the code of every rejected request. The set of codes is fixed, so it is safe as a label. */
  readonly onRefused?: (code: string) => void;
}

export class NodeServer {
  readonly #server: Server;
  readonly #connections: ConnectionLimit;
  readonly #places: FairPlaces;
  #active = 0;
  #whenIdle: (() => void) | undefined;
  #handshakes: ReturnType<typeof prepareConnections> | undefined;

  constructor(
    private readonly init: NodeServerInit,
    private readonly names: ServerNames,
  ) {
    this.#server = createServer({ maxHeaderSize: maxHeaderBytes }, (message, response) => {
      void this.#serve(message, response);
    });
    this.#server.headersTimeout = headersTimeoutMs;
    this.#server.requestTimeout = requestTimeoutMs;
    this.#server.keepAliveTimeout = keepAliveTimeoutMs;
    this.#server.timeout = init.stallTimeoutMs;
    this.#connections = new ConnectionLimit(connectionsPerRequest * init.maxRequests);
    this.#connections.attach(this.#server);
    this.#places = new FairPlaces(init.maxRequests);
  }

  /** Listens. Throws the `portInUse` or `listen` error of the role, and `ENDPOINT_SCHEME`. */
  async listen(): Promise<{ readonly port: number; readonly endpoint: string }> {
    const { host, port } = this.init;
    const scheme = this.#speaksTls ? 'https' : 'http';
    const { endpoint } = this.init;
    if (endpoint !== undefined) requireScheme(endpoint, this.#speaksTls);
    if (this.#speaksTls) await this.#prepareTls();
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const taken = cause.code === 'EADDRINUSE';
        const message = taken
          ? `Another program uses port ${port}. Stop it or configure another port.`
          : `Cannot listen on ${host}:${port}: ${cause.message}`;
        const errorOf = taken ? this.names.portInUse : this.names.listen;
        reject(errorOf(message, { host, port }, { cause }));
      });
      this.#server.listen(port, host, resolve);
    });
    const { port: actual } = this.#server.address() as AddressInfo;
    return { port: actual, endpoint: endpoint ?? `${scheme}://${hostAndPort(host, actual)}` };
  }

  get #speaksTls(): boolean {
    return this.init.isTlsOnLoopback === true || !isLoopback(this.init.host);
  }

  async #prepareTls(): Promise<void> {
    const { identity, nowMs, logger, maxRequests } = this.init;
    const certificate = await NodeCertificate.create({ identity, nowMs, logger });
    const maxPending = connectionsPerRequest * maxRequests;
    const prepare = (socket: Socket) => acceptTls(socket, certificate);
    this.#handshakes = prepareConnections(this.#server, { prepare, maxPending, logger });
  }

  /** Tells that the signature of a request is valid: its connection is closed after those of strangers. */
  authenticated(message: IncomingMessage): void {
    this.#connections.authenticated(message.socket);
  }

  /** Stops accepting requests, waits briefly for running ones, then closes all connections. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#handshakes?.closePending();
    this.#server.closeIdleConnections();
    if (this.#active > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, stopGraceMs);
        this.#whenIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#active++;
    message.on('error', () => {});
    response.on('error', () => {});
    const leave = this.#places.tryEnter(message.socket.remoteAddress ?? '');
    try {
      if (leave === undefined) {
        const advice = `The ${this.names.name} handles as many requests as it can. Try again later.`;
        throw new RequestRefused(503, this.names.busy, advice);
      }
      await this.init.handle(message, response);
    } catch (thrown) {
      this.#refuse(message, response, thrown);
    } finally {
      leave?.();
      this.#active--;
      if (this.#active === 0) this.#whenIdle?.();
    }
  }

  #refuse(message: IncomingMessage, response: ServerResponse, thrown: unknown): void {
    const failure = failureOf(thrown, this.names.statusOfCode) ?? this.#internal();
    this.init.onRefused?.(failure.code);
    const fields = { method: message.method, code: failure.code, status: failure.status };
    const callerLeft = response.destroyed || message.destroyed;
    if (failure.status === 500 && !callerLeft)
      this.init.logger.error({ ...fields, cause: messageOf(thrown) }, 'failed to handle a request');
    else this.init.logger.debug(fields, 'rejected a request');
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    if (failure.status === 503) response.setHeader('retry-after', String(failure.retryAfterSeconds ?? 1));
    const bodyLeft = !message.complete;
    if (bodyLeft) response.setHeader('connection', 'close');
    const { code, retryable } = failure;
    sendJson(response, failure.status, { code, message: failure.message, retryable });
    if (bodyLeft) drain(message);
  }

  /** Unexpected errors are answered with a generic message. Internals are never leaked. */
  #internal(): HttpFailure {
    const { name, internal: code } = this.names;
    return { status: 500, code, message: `The ${name} failed to handle the request.`, retryable: true };
  }
}

/** Throws `ENDPOINT_SCHEME` for an endpoint that other nodes cannot use. */
function requireScheme(endpoint: string, speaksTls: boolean): void {
  const { protocol, hostname } = new URL(endpoint);
  if (speaksTls ? protocol === 'https:' : protocol === 'http:' && isLoopback(hostname)) return;
  const rule = speaksTls
    ? 'The server speaks TLS, so its endpoint begins with https://.'
    : 'The server speaks plain HTTP, so its endpoint is http:// and on loopback. Set "tls": true to be reached from elsewhere.';
  throw new CessError('ENDPOINT_SCHEME', `${endpoint} cannot be used. ${rule}`, { endpoint });
}

/** Sends a JSON response. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

// The caller is still writing. Closing immediately would reset the connection, and the response would be lost.
function drain(message: IncomingMessage): void {
  // Node takes the socket from a message whose iteration ended early.
  const { socket } = message;
  const timer = setTimeout(() => socket?.destroy(), closeGraceMs);
  timer.unref();
  message.on('close', () => clearTimeout(timer));
  message.resume();
}
