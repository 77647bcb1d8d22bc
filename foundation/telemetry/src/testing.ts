// @cess/telemetry/testing: an OTLP receiver on a real socket. It answers what a test says, and keeps what it was sent.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export class TestReceiver {
  readonly received: Received[] = [];
  /** Default: 200 with an empty object. */
  answer: (response: ServerResponse, received: Received) => void = (response) => response.end('{}');
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  of(signal: 'traces' | 'metrics'): unknown[] {
    return this.received.filter(({ path }) => path.endsWith(`/v1/${signal}`)).map(({ body }) => body);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const received = { path: request.url ?? '', headers: request.headers, body: JSON.parse(text) as unknown };
    this.received.push(received);
    response.setHeader('content-type', 'application/json');
    this.answer(response, received);
  }
}
