// One kept-alive HTTP/1.1 connection for reads in bulk. node:http makes a buffer outside of the heap of every 64 KiB
// that arrive and copies twice; here the system writes the body where the caller wants it. One exchange at a time, no
// transfer codings, no interim answers. A connection that fails is over, and nothing is written to the target after
// that.
import { connect, type Socket } from 'node:net';
import type { CessError } from '@cess/primitives';
import { providerFailures } from './provider-failures.js';
import { type ResponseHead, tryParseResponseHead } from './response-head.js';

const maxHeadBytes = 16 * 1024;
/** Longest refusal that is read; of a longer one only the status counts. */
const maxRefusalBytes = 16 * 1024;
const endOfHead = '\r\n\r\n';

export interface BulkConnectionInit {
  /** `http://host:port` */
  readonly endpoint: string;
  /** At rest for this long, the connection is closed. */
  readonly idleTimeoutMs: number;
  /** Called when nothing is left of the connection. */
  readonly onClosed: () => void;
}

/** `head` is the whole request without a body; its answer must be exactly as long as `target`. */
export interface BulkRequest {
  readonly head: string;
  readonly target: Uint8Array;
  /** No byte in either direction for this long ends the exchange. */
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

  /** Connects at once. */
  constructor(private readonly init: BulkConnectionInit) {
    const { hostname, port } = new URL(init.endpoint);
    const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
    const onread = { buffer: () => this.#nextBuffer(), callback: (bytes: number) => this.#onBytes(bytes) };
    this.#socket = connect({ host, port: Number(port || 80), noDelay: true, keepAlive: true, onread });
    this.#socket.on('timeout', () => this.#fail(providerFailures.stalled()));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => {
      this.#fail(new Error('The connection was closed.'));
      init.onClosed();
    });
  }

  /** False once the connection cannot carry another exchange. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Reads the body of a successful answer into the target. Fails as `ProviderClient` does. */
  read(request: BulkRequest): Promise<void> {
    const { head, signal, stallTimeoutMs } = request;
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
      this.#socket.write(head, 'latin1');
    });
  }

  close(): void {
    this.#fail(new Error('The client was closed.'));
  }

  /** Where the next bytes go. Between two exchanges it is the head's buffer. */
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

  /** What an answer means that is not a success. */
  #failureOf(head: ResponseHead, body?: Uint8Array): CessError | undefined {
    return isSuccess(head)
      ? undefined
      : providerFailures.refused({ endpoint: this.init.endpoint, status: head.status, body });
  }

  #rest(): void {
    this.#socket.setTimeout(this.init.idleTimeoutMs);
    this.#socket.unref();
  }

  /** Closing a socket ends reading at once: the system writes nowhere any more. */
  #end(): void {
    this.#isUsable = false;
    this.#socket.destroy();
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

/** Room for the body of a refusal, none if its length is unknown or too large. */
function refusalBuffer({ contentLength = 0 }: ResponseHead): Uint8Array {
  return new Uint8Array(contentLength <= maxRefusalBytes ? contentLength : 0);
}
