// S3 requests over a bare socket, signed by an independent signer, for what no well-behaved client would send.
import { createHash, createHmac } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { SignatureV4 } from '@smithy/signature-v4';
import { testCredentials, testRegion } from './test-gateway.js';

export class NodeSha256 {
  readonly #hash;
  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', Buffer.from(secret as Uint8Array));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === 'string' ? data : Buffer.from(data as Uint8Array));
  }
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest());
  }
  reset(): void {}
}

type Credentials = typeof testCredentials;

const signerOf = (credentials: Credentials) =>
  new SignatureV4({
    credentials,
    region: testRegion,
    service: 's3',
    sha256: NodeSha256,
    uriEscapePath: false,
    applyChecksum: true,
  });

export interface RawRequest {
  readonly method: string;
  /** Percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Signed, but for content-length, transfer-encoding and expect. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly date?: Date;
  readonly host?: string;
  /** Default: those of the test account. `none`: the request is not signed. */
  readonly credentials?: Credentials | 'none';
}

/** The head of a request, signed unless it is anonymous, with the empty line that ends it. */
export async function signedHead(request: RawRequest): Promise<string> {
  const { method, path, query = {}, headers = {}, host = 'localhost', credentials = testCredentials } = request;
  const unsigned = ['content-length', 'transfer-encoding', 'expect'];
  const isSigned = ([name]: readonly [string, string]) => !unsigned.includes(name);
  const entries = Object.entries(headers);
  const plain = { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...Object.fromEntries(entries.filter(isSigned)) };
  const signed =
    credentials === 'none'
      ? { headers: plain }
      : await signerOf(credentials).sign(
          { method, protocol: 'http:', hostname: host, path, query: { ...query }, headers: plain },
          { signingDate: request.date ?? new Date() },
        );
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  const target = pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
  const all = [...Object.entries(signed.headers), ...entries.filter((entry) => !isSigned(entry))];
  return `${method} ${target} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** The S3 error code in the body. */
  readonly code: string | undefined;
}

/** A connection to the gateway that remembers what it received. */
export class RawConnection {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => {};

  constructor(endpoint: string) {
    const { hostname, port } = new URL(endpoint);
    this.socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    this.socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    const ended = () => {
      this.#ended = true;
      this.#wake();
    };
    this.socket.on('end', ended).on('close', ended).on('error', ended);
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  /** The next answer, or undefined when the connection ended without one. */
  async answer(timeoutMs = 10_000): Promise<RawAnswer | undefined> {
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n');
      if (end >= 0) {
        const head = this.#received.toString('latin1', 0, end);
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        const total = end + 4 + length;
        if (this.#received.length >= total) {
          const body = this.#received.toString('utf8', end + 4, total);
          this.#received = this.#received.subarray(total);
          const code = /<Error><Code>(\w+)<\/Code>/.exec(body)?.[1];
          return { status: Number(head.slice(9, 12)), head, body, code };
        }
      }
      if (this.#ended) return undefined;
      await this.#change(timeoutMs);
    }
  }

  /** Resolves when the other side has ended the connection. */
  async ended(timeoutMs = 10_000): Promise<void> {
    while (!this.#ended) await this.#change(timeoutMs);
  }

  close(): void {
    this.socket.destroy();
  }

  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the request timed out')), timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
