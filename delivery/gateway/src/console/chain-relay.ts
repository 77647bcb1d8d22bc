// Relays WebSocket connections of signed-in pages to the chain node, so that pages connect to the console alone. What the node answers
// is checked in the browser; the relay only bounds what passes.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { openSocket } from '@cess/client';
import { type Logger, messageOf } from '@cess/primitives';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { TokenBucket } from '../limits/token-bucket.js';

const maxRequestBytes = 256 * 1024;
const maxAnswerBytes = 16 * 1024 * 1024;
const handshakeTimeoutMs = 10_000;
const maxRelays = 256;
/** Requests of one page; a burst lasts for two seconds of it. */
const requestsPerSecond = 200;
/** Requests of a page before the node is connected. */
const maxEarly = 64;
/** Answers that a page has not read; a slower page is disconnected. */
const maxUnreadBytes = 32 * 1024 * 1024;

export interface ChainRelayInit {
  /** WebSocket URL of the node, as `ChainClient` takes it. */
  readonly endpoint: string;
  readonly nowMs: () => number;
  readonly logger: Logger;
  /** Whether the request is one of a signed-in page. */
  readonly admits: (request: IncomingMessage) => boolean;
}

export class ChainRelay {
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: maxRequestBytes, perMessageDeflate: false });

  constructor(private readonly init: ChainRelayInit) {}

  get size(): number {
    return this.#server.clients.size;
  }

  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      const status = this.#refusalOf(request);
      if (status !== undefined)
        return void socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      this.#server.handleUpgrade(request, socket, head, (page) => this.#relay(page));
    });
  }

  stop(): void {
    for (const page of this.#server.clients) page.terminate();
  }

  #refusalOf(request: IncomingMessage): string | undefined {
    if ((request.url ?? '').split('?')[0] !== '/chain') return '404 Not Found';
    if (!this.init.admits(request)) return '403 Forbidden';
    return this.size >= maxRelays ? '503 Service Unavailable' : undefined;
  }

  #relay(page: WebSocket): void {
    const { endpoint, nowMs, logger } = this.init;
    const rate = new TokenBucket(requestsPerSecond, 2, nowMs());
    const early: string[] = [];
    let isOpen = false;
    const node = openSocket(
      { endpoint, maxMessageBytes: maxAnswerBytes, handshakeTimeoutMs },
      {
        onOpen: () => {
          isOpen = true;
          for (const text of early.splice(0)) node.send(text);
        },
        onMessage: (text) => {
          if (page.bufferedAmount > maxUnreadBytes) page.terminate();
          else page.send(text);
        },
        onAlive: () => {},
        onError: (error) => logger.debug({ cause: messageOf(error) }, 'the chain node ended a relayed connection'),
        onClose: () => page.close(1011, 'the chain node is not reachable'),
      },
    );
    page.on('message', (data: RawData) => {
      if (rate.waitMs(1, nowMs()) > 0) return page.close(1008, 'too many requests');
      rate.take(1, nowMs());
      if (isOpen) node.send(String(data));
      else if (early.length < maxEarly) early.push(String(data));
      else page.close(1008, 'too many requests');
    });
    page.on('error', () => page.terminate());
    page.on('close', () => node.terminate());
  }
}
