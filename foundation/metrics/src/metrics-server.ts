// The HTTP endpoint of metrics: `GET /metrics` and `GET /healthz`, nothing else. Bounded in connections and time; scrapes that
// come together share one answer. No credentials: it is meant for loopback or a private network.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CessError, hostAndPort, type Logger, messageOf, type Startable } from '@cess/primitives';

const maxConnections = 32;
const headersTimeoutMs = 5_000;
const idleTimeoutMs = 15_000;
const maxHeaderBytes = 8 * 1024;
const contentType = 'text/plain; version=0.0.4; charset=utf-8';

export interface MetricsServerInit {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The text of a scrape. */
  readonly text: () => Promise<string>;
  readonly logger: Logger;
}

export class MetricsServer implements Startable {
  readonly #server: Server;
  #answering: Promise<string> | undefined;

  constructor(private readonly init: MetricsServerInit) {
    this.#server = createServer(
      { maxHeaderSize: maxHeaderBytes, headersTimeout: headersTimeoutMs },
      (request, response) => {
        void this.#serve(request, response);
      },
    );
    this.#server.maxConnections = maxConnections;
    this.#server.timeout = idleTimeoutMs;
    this.#server.requestTimeout = headersTimeoutMs;
  }

  /** URL of the metrics; once it listens. */
  get endpoint(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${hostAndPort(address, port)}/metrics`;
  }

  /** Throws `METRICS_PORT_IN_USE`, `METRICS_LISTEN`. */
  async start(): Promise<void> {
    const { host, port } = this.init;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const inUse = cause.code === 'EADDRINUSE';
        const code = inUse ? 'METRICS_PORT_IN_USE' : 'METRICS_LISTEN';
        const message = inUse
          ? `Port ${port} for metrics is in use by another program. Stop it or choose another port (0 takes a free one).`
          : `Metrics cannot be served on ${host}:${port}: ${messageOf(cause)}`;
        reject(new CessError(code, message, { host, port }, { cause }));
      });
      this.#server.listen(port, host, resolve);
    });
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    response.on('error', () => {});
    const [path] = (request.url ?? '').split('?');
    if (path !== '/metrics' && path !== '/healthz') return send(response, 404, 'There is nothing at this path.\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return send(response, 405, 'Only GET and HEAD.\n');
    }
    if (path === '/healthz') return send(response, 200, 'ok\n');
    try {
      send(response, 200, await this.#text());
    } catch (error) {
      this.init.logger.error({ cause: messageOf(error) }, 'metrics could not be given');
      send(response, 500, 'The metrics could not be read; see the log.\n');
    }
  }

  #text(): Promise<string> {
    this.#answering ??= this.init.text().finally(() => {
      this.#answering = undefined;
    });
    return this.#answering;
  }
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) });
  // Node leaves the body out of the answer to HEAD.
  response.end(text);
}
