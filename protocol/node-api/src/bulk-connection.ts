// One kept-alive HTTP/1.1 connection for bulk reads. node:http allocates an off-heap buffer for every 64 KiB and copies
// twice; here the body goes straight into the caller's memory. The connection carries one exchange at a time, without
// transfer codings and interim responses. After a failure the connection is closed, and the target is not written again.
import { connect, type Socket } from 'node:net';
import type { CessError } from '@cess/primitives';
import type { PinnedConnector } from '@cess/tls';
import { parseNodeOrigin } from './peer-connections.js';
import { providerFailures } from './provider-failures.js';
import { type ResponseHead, tryParseResponseHead } from './response-head.js';

const maxHeadBytes = 16 * 1024;
/** Longest error body to read. For a longer one only the status is used. */
const maxRefusalBytes = 16 * 1024;
const endOfHead = '\r\n\r\n';

export interface BulkConnectionInit {
  /** `https://host:port`; on loopback also `http:`. */
  readonly endpoint: string;
  /** ed25519 key that TLS must prove. */
  readonly nodeKey: Uint8Array;
  readonly connector: PinnedConnector;
  /** An idle connection is closed after this long. */
  readonly idleTimeoutMs: number;
  /** Called when the connection has closed. */
  readonly onClosed: () => void;
}

/** `head` makes the whole request, which has no body, for each connection anew. The response body must be exactly as long as `target`. */
export interface BulkRequest {
  readonly head: () => string;
  readonly target: Uint8Array;
  /** The exchange times out when no byte moves for this long. */
  readonly stallTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

interface Exchange extends BulkRequest {
  succeed(): void;
  fail(failure: unknown): void;
}

interface Body {
  readonly head: ResponseHead;
  readonly into: Uint8Array;
  received: number;
}

export class BulkConnection {
  readonly #socket: Socket;
  readonly #head = Buffer.allocUnsafeSlow(maxHeadBytes);
  #headReceived = 0;
  #body: Body | undefined;
  #exchange: Exchange | undefined;
  #isUsable = true;
  #reads = 0;
  #closedWhileIdle = false;

  /** Connects immediately. Throws like `parseNodeOrigin`. */
  constructor(private readonly init: BulkConnectionInit) {
    const { endpoint, nodeKey, connector } = init;
    const { host, port, isSecure } = parseNodeOrigin(endpoint);
    const onread = { buffer: () => this.#nextBuffer(), callback: (bytes: number) => this.#onBytes(bytes) };
    this.#socket = isSecure
      ? connector.connect({ host, port, nodeKey, onread })
      : connect({ host, port, noDelay: true, keepAlive: true, onread });
    this.#socket.on('timeout', () => this.#fail(providerFailures.stalled()));
    this.#socket.on('error', (error) => this.#onClosed(error));
    this.#socket.on('close', () => {
      this.#onClosed(new Error('The connection was closed.'));
      init.onClosed();
    });
  }

  /** False once the connection cannot carry another exchange. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** True if the provider closed the connection after a former read and before it answered the last one. */
  get closedWhileIdle(): boolean {
    return this.#closedWhileIdle;
  }

  /** Reads the body of a successful response into the target. Throws like `ProviderClient`. */
  read(request: BulkRequest): Promise<void> {
    const { head, signal, stallTimeoutMs } = request;
    this.#reads++;
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#fail(signal?.reason);
      this.#exchange = {
        ...request,
        succeed() {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        fail: (failure) => {
          signal?.removeEventListener('abort', onAbort);
          reject(providerFailures.unreachable(this.init.endpoint, failure));
        },
      };
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#socket.ref();
      this.#socket.setTimeout(stallTimeoutMs);
      this.#socket.write(head(), 'latin1');
    });
  }

  close(): void {
    this.#fail(new Error('The client was closed.'));
  }

  /** Where the next bytes go. Between two exchanges this is the buffer of the head. */
  #nextBuffer(): Uint8Array {
    const body = this.#body;
    return body === undefined ? this.#head.subarray(this.#headReceived) : body.into.subarray(body.received);
  }

  #onBytes(bytes: number): boolean {
    const exchange = this.#exchange;
    if (exchange === undefined) this.#fail(new Error('The provider sent bytes that nobody asked for.'));
    else if (this.#body === undefined) this.#onHeadBytes(exchange, bytes);
    else {
      this.#body.received += bytes;
      this.#finishWhenWhole(exchange, this.#body);
    }
    return true;
  }

  #onHeadBytes(exchange: Exchange, bytes: number): void {
    this.#headReceived += bytes;
    const received = this.#head.subarray(0, this.#headReceived);
    const end = received.indexOf(endOfHead, 0, 'latin1');
    if (end < 0) {
      if (received.length === maxHeadBytes) this.#fail(new Error('The head of the answer is too long.'));
      return;
    }
    const head = tryParseResponseHead(received.toString('latin1', 0, end));
    if (head === undefined) return this.#fail(new Error('The answer is not the HTTP/1.1 that was expected.'));
    const early = received.subarray(end + endOfHead.length);
    const into = isSuccess(head) ? exchange.target : refusalBuffer(head);
    if ((isSuccess(head) && head.contentLength !== into.length) || early.length > into.length) {
      return this.#fail(
        this.#failureOf(head) ?? providerFailures.badResponse('sent another length than was asked for'),
      );
    }
    into.set(early);
    this.#body = { head, into, received: early.length };
    this.#finishWhenWhole(exchange, this.#body);
  }

  #finishWhenWhole(exchange: Exchange, { head, into, received }: Body): void {
    if (received < into.length) return;
    this.#exchange = undefined;
    this.#body = undefined;
    this.#headReceived = 0;
    if (head.keepsAlive && head.contentLength === into.length) this.#rest();
    else this.#end();
    const failure = this.#failureOf(head, into);
    if (failure === undefined) exchange.succeed();
    else exchange.fail(failure);
  }

  /** The error for a response without success. */
  #failureOf(head: ResponseHead, body?: Uint8Array): CessError | undefined {
    return isSuccess(head)
      ? undefined
      : providerFailures.refused({ endpoint: this.init.endpoint, status: head.status, body });
  }

  #rest(): void {
    this.#socket.setTimeout(this.init.idleTimeoutMs);
    this.#socket.unref();
  }

  /** Closing the socket ends reading immediately: the system writes to no buffer afterwards. */
  #end(): void {
    this.#isUsable = false;
    this.#socket.destroy();
  }

  #onClosed(failure: Error): void {
    const isUnanswered = this.#exchange !== undefined && this.#headReceived === 0;
    if (isUnanswered && this.#reads > 1) this.#closedWhileIdle = true;
    this.#fail(failure);
  }

  #fail(failure: unknown): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#body = undefined;
    this.#end();
    exchange?.fail(failure);
  }
}

function isSuccess({ status }: ResponseHead): boolean {
  return status >= 200 && status < 300;
}

/** A buffer for an error body. Empty if the length is unknown or too large. */
function refusalBuffer({ contentLength = 0 }: ResponseHead): Uint8Array {
  return new Uint8Array(contentLength <= maxRefusalBytes ? contentLength : 0);
}
