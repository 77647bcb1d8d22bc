// Requests to an S3 endpoint over plain HTTP, exactly as a case states them.
import { createHash } from 'node:crypto';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { presign, type Scope, type SigningKeys, sha256, signHeaders } from './signing.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** The S3 error code in the body; of an answer without a body, undefined. */
  readonly code: string | undefined;
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Default: the root of the account. `none`: the request is anonymous. */
  readonly keys?: SigningKeys | 'none';
  /** The value of `x-amz-content-sha256`. Default: the hash of the body. */
  readonly payload?: string;
  readonly date?: Date;
  readonly region?: string;
  readonly service?: string;
  /** The body that is sent in place of the one that is signed; it can depend on the signed headers. */
  readonly sent?: Uint8Array | ((signed: Readonly<Record<string, string>>) => Uint8Array);
  /** Changes the signed headers before they are sent. */
  readonly change?: (headers: Record<string, string>) => Record<string, string>;
  readonly host?: string;
  /** `none`: without the Content-MD5 that bodies of some operations need, and have by default. */
  readonly digest?: 'none';
}

/** Targets of configurations that are put with Content-MD5 or a checksum only. */
const needsDigest = /\?(cors|lifecycle|object-lock)$/;

export class Endpoint {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #url: URL;

  constructor(
    endpoint: string,
    readonly region: string,
    readonly keys: SigningKeys,
  ) {
    this.#url = new URL(endpoint);
  }

  get host(): string {
    return this.#url.host;
  }

  get url(): string {
    return this.#url.origin;
  }

  /** Sends a signed request. The target is the encoded path with its query. */
  send(method: string, target: string, options: SendOptions = {}): Promise<Answer> {
    const { body = '', keys = this.keys, host = this.host } = options;
    const payload = options.payload ?? sha256(body);
    const digest = createHash('md5').update(body).digest('base64');
    const isStated = method === 'PUT' && needsDigest.test(target) && options.digest !== 'none';
    const given: Record<string, string> = {
      host,
      ...(isStated ? { 'content-md5': digest } : {}),
      ...lowerCase(options.headers ?? {}),
    };
    const signed: Record<string, string> =
      keys === 'none' ? given : signHeaders({ method, target, headers: given }, payload, keys, this.scope(options));
    const { sent = Buffer.from(body) } = options;
    const bytes = typeof sent === 'function' ? sent(signed) : sent;
    const hasBody = bytes.length > 0 || ['PUT', 'POST'].includes(method);
    const length =
      hasBody && given['transfer-encoding'] === undefined ? { 'content-length': String(bytes.length) } : {};
    const headers = { ...length, ...signed };
    return this.exchange(method, target, options.change?.(headers) ?? headers, bytes);
  }

  /** The path of a presigned URL. */
  presign(method: string, target: string, options: SendOptions & { readonly expires?: number | string } = {}): string {
    const keys = options.keys === 'none' || options.keys === undefined ? this.keys : options.keys;
    const headers = { host: this.host, ...lowerCase(options.headers ?? {}) };
    return presign({ method, target, headers }, options.expires ?? 300, keys, this.scope(options));
  }

  /** Sends a request as it stands. */
  exchange(
    method: string,
    target: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array = new Uint8Array(0),
  ): Promise<Answer> {
    const { hostname, port } = this.#url;
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        { host: hostname, port, method, path: target, headers: { host: this.host, ...headers }, agent: this.#agent },
        (incoming) => {
          const pieces: Buffer[] = [];
          incoming.on('data', (piece: Buffer) => pieces.push(piece));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const bytes = Buffer.concat(pieces);
            const text = bytes.toString('utf8');
            const code = /<Code>(\w+)<\/Code>/.exec(/<Error>.*<\/Error>/s.exec(text)?.[0] ?? '')?.[1];
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: bytes, text, code });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  scope({ date, region, service }: Pick<SendOptions, 'date' | 'region' | 'service'> = {}): Scope {
    return { date: date ?? new Date(), region: region ?? this.region, service: service ?? 's3' };
  }

  close(): void {
    this.#agent.destroy();
  }
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
