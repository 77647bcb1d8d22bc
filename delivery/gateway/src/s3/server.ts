// The S3 endpoint on node:http. Order for every request: parse, authenticate, route, act; the body is not read before
// the signature holds. One answer per request whatever happens.
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { CessError, type Logger, messageOf } from '@cess/primitives';
import { verifySignature } from './auth/verify-signature.js';
import { RequestBody } from './body/request-body.js';
import type { S3Account, S3Context, S3Services } from './context.js';
import { S3Error, toS3Error } from './errors.js';
import { flatHeaders, parseTarget, refuseVirtualHost, signedQueryHeaders } from './request.js';
import { route } from './router.js';
import { errorDocument } from './xml.js';

export interface S3ServerInit extends S3Services {
  readonly host: string;
  readonly port: number;
  readonly accounts: readonly S3Account[];
  readonly logger: Logger;
  /** A connection on which nothing moves for this long is closed. */
  readonly idleTimeoutMs?: number;
  readonly maxConnections?: number;
  /** Told of every request when it is over: the handler's name, the status (undefined if the client left), the time. */
  readonly onAnswered?: (operation: string, status: number | undefined, seconds: number) => void;
}

/** How long an unwanted body may take to be read away. */
const drainTimeoutMs = 5_000;
/** Requests at work on one connection: clients do not pipeline, so more is abuse. */
const maxPipelined = 16;

/** Answers to requests that never became any. */
const parseFailures: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

interface Work {
  readonly controller: AbortController;
  readonly socket: Socket;
  readonly body: RequestBody;
  readonly done: Promise<void>;
}

export class S3Server {
  readonly #server: Server;
  readonly #accounts: ReadonlyMap<string, S3Account>;
  readonly #active = new Set<Work>();
  readonly #idleTimeoutMs: number;
  readonly #sockets = new Set<Socket>();
  /** Bytes of connections that are closed. */
  #received = 0;
  #sent = 0;

  constructor(private readonly init: S3ServerInit) {
    this.#accounts = new Map(init.accounts.map((account) => [account.accessKeyId, account]));
    this.#idleTimeoutMs = init.idleTimeoutMs ?? 60_000;
    this.#server = createServer({ keepAliveTimeout: 30_000, headersTimeout: 30_000, requestTimeout: 0, noDelay: true });
    this.#server.timeout = this.#idleTimeoutMs;
    this.#server.maxConnections = init.maxConnections ?? 2048;
    const serve = (request: IncomingMessage, response: ServerResponse) => this.#begin(request, response);
    this.#server.on('request', serve);
    this.#server.on('checkContinue', serve);
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => this.#clientError(error, socket));
    // One listener per connection, not per request: a response that waits in a pipeline hears nothing of its end.
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        this.#received += socket.bytesRead;
        this.#sent += socket.bytesWritten;
        for (const work of this.#active) if (work.socket === socket) work.controller.abort();
      });
    });
  }

  async start(): Promise<void> {
    const { host, port } = this.init;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const inUse = cause.code === 'EADDRINUSE';
        const code = inUse ? 'PORT_IN_USE' : 'LISTEN_FAILED';
        const advice = inUse
          ? 'is in use; stop the other program or choose another port'
          : `cannot be listened on: ${messageOf(cause)}`;
        reject(new CessError(code, `S3 port ${host}:${port} ${advice}.`, { host, port }, { cause }));
      });
      this.#server.listen(port, host, resolve);
    });
  }

  get endpoint(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  }

  get activeRequests(): number {
    return this.#active.size;
  }

  /** Bytes of all connections since the start, headers included. */
  traffic(): { readonly receivedBytes: number; readonly sentBytes: number } {
    let [receivedBytes, sentBytes] = [this.#received, this.#sent];
    for (const { bytesRead, bytesWritten } of this.#sockets) {
      receivedBytes += bytesRead;
      sentBytes += bytesWritten;
    }
    return { receivedBytes, sentBytes };
  }

  /** Refuses new requests, lets running ones end for `graceMs`, then cuts them; resolves when all have ended. */
  async stop(graceMs = 2_000): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => {
      for (const { controller } of this.#active) controller.abort();
      this.#server.closeAllConnections();
    }, graceMs);
    await closed;
    await Promise.all([...this.#active].map(({ done }) => done));
    clearTimeout(timer);
  }

  /** What arrives is no HTTP. A body cut short is a matter of its request, which can still be answered. */
  #clientError(error: NodeJS.ErrnoException, socket: Socket): void {
    const atWork = [...this.#active].filter((work) => work.socket === socket);
    if (error.code === 'HPE_INVALID_EOF_STATE' && atWork.length > 0) {
      for (const { body } of atWork) body.cancel();
      return;
    }
    const status = parseFailures[error.code ?? ''] ?? '400 Bad Request';
    if (socket.writable && atWork.length === 0) {
      socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    }
    socket.destroySoon();
  }

  #begin(request: IncomingMessage, response: ServerResponse): void {
    const controller = new AbortController();
    const { socket } = request;
    const body = new RequestBody(request, response, this.#idleTimeoutMs);
    const done = this.#serve(request, response, { body, signal: controller.signal });
    const work = { controller, socket, body, done };
    this.#active.add(work);
    response.on('close', () => controller.abort());
    void done.finally(() => this.#active.delete(work));
  }

  /** Never rejects. */
  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    { body, signal }: { readonly body: RequestBody; readonly signal: AbortSignal },
  ): Promise<void> {
    const requestId = randomBytes(8).toString('hex').toUpperCase();
    const begun = performance.now();
    let operation = 'none';
    response.setHeader('x-amz-request-id', requestId);
    response.setHeader('server', 'CESS');
    request.on('error', () => {});
    response.on('error', () => {});
    // A silent socket is the fault of a client that does not send or does not read. The first is noticed where the body
    // is read; the second has bytes waiting here.
    request.on('timeout', () => {});
    response.on('timeout', () => {
      if (response.writableLength > 0) response.destroy();
    });
    try {
      const pipelined = [...this.#active].filter(({ socket }) => socket === request.socket).length;
      if (pipelined >= maxPipelined) throw new S3Error('SlowDown');
      const context = this.#authenticate(request, response, { requestId, signal, body });
      const handler = route(context);
      operation = handler.name;
      await handler(context);
      await body.drain(drainTimeoutMs);
    } catch (error) {
      await this.#refuse(request, response, { requestId, body, error });
    }
    const status = response.headersSent ? response.statusCode : undefined;
    this.init.onAnswered?.(operation, status, (performance.now() - begun) / 1000);
    if (request.readableEnded || request.destroyed) return;
    // The rest of the body would be taken for the next request: the connection ends, after its answer is out.
    if (response.writableFinished || response.destroyed) request.destroy();
    else response.once('finish', () => request.destroy());
  }

  #authenticate(
    request: IncomingMessage,
    response: ServerResponse,
    own: Pick<S3Context, 'requestId' | 'signal' | 'body'>,
  ): S3Context {
    const { accounts: _, logger: __, onAnswered: ___, ...services } = this.init;
    const target = parseTarget(request.url ?? '/');
    const headers = flatHeaders(request);
    const auth = verifySignature(
      { method: request.method ?? '', target, headers },
      {
        region: services.region,
        nowMs: services.nowMs(),
        secretOf: (accessKeyId) => this.#accounts.get(accessKeyId)?.secretAccessKey,
      },
    );
    const account = this.#accounts.get(auth.accessKeyId)!;
    refuseVirtualHost(headers['host'], (name) => services.index.getBucket(name) !== undefined);
    const context = { ...services, request, response, target, auth, account, ...own };
    return { ...context, headers: { ...signedQueryHeaders(target), ...headers } };
  }

  async #refuse(
    request: IncomingMessage,
    response: ServerResponse,
    { requestId, body, error }: { requestId: string; body: RequestBody; error: unknown },
  ): Promise<void> {
    const s3Error = toS3Error(error);
    const fields = { requestId, method: request.method, code: s3Error.code, cause: describeCause(error) };
    if (s3Error.status >= 500) this.init.logger.warn(fields, 'S3 request failed');
    else this.init.logger.debug(fields, 'S3 request refused');
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const path = (request.url ?? '/').split('?')[0]!;
    const document = request.method === 'HEAD' ? '' : errorDocument(s3Error, path, requestId);
    response.writeHead(s3Error.status, {
      ...s3Error.headers,
      ...(document === '' ? {} : { 'content-type': 'application/xml' }),
      'content-length': Buffer.byteLength(document),
      ...(request.readableEnded || request.complete ? {} : { connection: 'close' }),
    });
    // The answer goes out at once; the connection closes when the client has stopped sending, else it would lose it.
    response.flushHeaders();
    if (document !== '') response.write(document);
    await body.drain(drainTimeoutMs);
    response.end();
  }
}

function describeCause(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at !== undefined && parts.length < 4; at = (at as { cause?: unknown }).cause) {
    parts.push(at instanceof CessError ? `${at.code}: ${at.message}` : messageOf(at));
  }
  return parts.join(' <- ');
}
