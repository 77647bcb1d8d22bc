// The S3 endpoint on node:http. Order for every request: parse, authenticate, route, act; the body is not read before
// the signature holds. One answer per request whatever happens.
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CessError, type Logger, messageOf } from '@cess/primitives';
import { verifySignature } from './auth/verify-signature.js';
import type { S3Account, S3Context, S3Services } from './context.js';
import { S3Error, toS3Error } from './errors.js';
import { parseTarget } from './request.js';
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
}

/** Most bytes of an unwanted body that are read away so that the client sees the answer. */
const maxDrainBytes = 8 * 1024 * 1024;

export class S3Server {
  readonly #server: Server;
  readonly #accounts: ReadonlyMap<string, S3Account>;
  readonly #active = new Set<AbortController>();
  readonly #idleTimeoutMs: number;

  constructor(private readonly init: S3ServerInit) {
    this.#accounts = new Map(init.accounts.map((account) => [account.accessKeyId, account]));
    this.#idleTimeoutMs = init.idleTimeoutMs ?? 60_000;
    this.#server = createServer({ keepAliveTimeout: 30_000, headersTimeout: 30_000, requestTimeout: 0, noDelay: true });
    this.#server.maxConnections = init.maxConnections ?? 2048;
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#server.on('request', serve);
    this.#server.on('checkContinue', serve);
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

  /** Refuses new requests, lets running ones end for `graceMs`, then cuts them. */
  async stop(graceMs = 2_000): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => {
      for (const controller of this.#active) controller.abort();
      this.#server.closeAllConnections();
    }, graceMs);
    await closed;
    clearTimeout(timer);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomBytes(8).toString('hex').toUpperCase();
    response.setHeader('x-amz-request-id', requestId);
    response.setHeader('server', 'CESS');
    const controller = new AbortController();
    this.#active.add(controller);
    response.on('close', () => controller.abort());
    request.on('error', () => {});
    response.on('error', () => {});
    request.socket.setTimeout(this.#idleTimeoutMs, () => request.destroy(new S3Error('RequestTimeout')));
    try {
      const context = this.#authenticate(request, response, requestId, controller.signal);
      const handler = route(context);
      if (request.headers.expect !== undefined) acceptBody(request, response);
      await handler(context);
    } catch (error) {
      this.#refuse(request, response, requestId, error);
    } finally {
      this.#active.delete(controller);
      if (!request.readableEnded) drain(request);
    }
  }

  #authenticate(request: IncomingMessage, response: ServerResponse, requestId: string, signal: AbortSignal): S3Context {
    const { accounts: _, logger: __, ...services } = this.init;
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
    return { ...services, request, response, target, headers, auth, account, requestId, signal };
  }

  #refuse(request: IncomingMessage, response: ServerResponse, requestId: string, error: unknown): void {
    const s3Error = toS3Error(error);
    const fields = { requestId, method: request.method, code: s3Error.code, cause: describeCause(error) };
    if (s3Error.status >= 500) this.init.logger.warn(fields, 'S3 request failed');
    else this.init.logger.debug(fields, 'S3 request refused');
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const path = (request.url ?? '/').split('?')[0]!;
    const body = request.method === 'HEAD' ? '' : errorDocument(s3Error, path, requestId);
    response.writeHead(s3Error.status, {
      ...s3Error.headers,
      ...(body === '' ? {} : { 'content-type': 'application/xml' }),
      'content-length': Buffer.byteLength(body),
      ...(request.readableEnded ? {} : { connection: 'close' }),
    });
    response.end(body);
  }
}

function acceptBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
}

/** Reads away what is left of a body, within bounds, so that a client that is still sending sees the answer. */
function drain(request: IncomingMessage): void {
  let left = maxDrainBytes;
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}

function flatHeaders(request: IncomingMessage): Readonly<Record<string, string>> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) out[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return out;
}

function describeCause(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at !== undefined && parts.length < 4; at = (at as { cause?: unknown }).cause) {
    parts.push(at instanceof CessError ? `${at.code}: ${at.message}` : messageOf(at));
  }
  return parts.join(' <- ');
}
