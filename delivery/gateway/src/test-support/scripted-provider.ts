// A storage provider for tests of the gateway: real sockets, real signatures, fragments in memory, and faults on
// demand. What it does wrong is decided per request by `fault`.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEd25519Signer, type Ed25519Signer } from '@cess/crypto';
import type { ProviderInfo } from '@cess/data-path';
import {
  type DiscardsRequest,
  fragmentRootHeader,
  gatewayHeader,
  orderPlacePath,
  ReplayGuard,
  verifyRequest,
} from '@cess/node-api';
import { fromHex, toHex } from '@cess/primitives';
import { fragmentRootOf } from '@cess/sealing';
import { holdingDigest, receiptMessage, receiptToJson } from '@cess/types';

export type Fault =
  | 'none'
  /** Accepts the request and never answers. */
  | 'stall'
  /** Cuts the connection in the middle of the body. */
  | 'reset'
  /** Answers bytes that are no answer. */
  | 'garbage'
  /** Signs a receipt for another root; serves flipped bytes. */
  | 'lie'
  /** Refuses with an error. */
  | 'refuse';

export type RequestKind = 'put' | 'get' | 'holdings' | 'renewals' | 'discards' | 'delete';

export class ScriptedProvider {
  readonly fragments = new Map<string, Uint8Array>();
  readonly places = new Map<string, string>();
  readonly puts: string[] = [];
  /** Orders that it was asked to keep longer. */
  readonly renewed: string[] = [];
  /** The fault of the next request; asked each time. */
  fault: (kind: RequestKind) => Fault = () => 'none';
  readonly #signer: Ed25519Signer;
  readonly #server: Server;
  readonly #guard = new ReplayGuard(600);

  constructor(
    readonly index: number,
    private readonly genesis: Uint8Array,
  ) {
    this.#signer = createEd25519Signer(new Uint8Array(32).fill(index + 1));
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Loses everything. */
  wipe(): void {
    this.fragments.clear();
    this.places.clear();
  }

  /** Flips one byte of every fragment. */
  rot(): void {
    for (const bytes of this.fragments.values()) bytes[bytes.length >> 1]! ^= 1;
  }

  get info(): ProviderInfo {
    const { port } = this.#server.address() as AddressInfo;
    return {
      index: this.index,
      nodeKey: this.#signer.publicKey,
      endpoint: `http://127.0.0.1:${port}`,
      declaredBytes: 2 ** 40,
      serviceBytes: 0,
      takesFragments: true,
    };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => {});
    const path = request.url ?? '';
    const kind = kindOf(request.method ?? '', path);
    const fault = this.fault(kind);
    if (fault === 'stall') return void request.resume();
    if (fault === 'reset') return void request.once('readable', () => request.socket.destroy());
    const body = await readAll(request);
    if (body === undefined) return;
    const verified = verifyRequest(
      { method: request.method ?? '', path, query: '', headers: request.headers as Record<string, string> },
      { audience: this.#signer.publicKey, nowMs: Date.now(), replayGuard: this.#guard },
    );
    if (!verified.ok) return sendJson(response, 401, { code: verified.error, message: 'refused' });
    if (fault === 'garbage') return void response.end('\u0000garbage');
    if (fault === 'refuse') return sendJson(response, 503, { code: 'BUSY', message: 'no' });
    if (kind === 'put') this.#put(request, response, path, body, fault === 'lie');
    else if (kind === 'get') this.#get(request, response, path, fault === 'lie');
    else if (kind === 'delete') {
      this.places.delete(path);
      sendJson(response, 204, {});
    } else if (kind === 'discards') {
      const { places } = JSON.parse(Buffer.from(body).toString()) as DiscardsRequest;
      for (const { orderId, segment, fragment } of places)
        this.places.delete(orderPlacePath({ orderId: fromHex(orderId), segment, fragment }));
      sendJson(response, 200, { deleted: places.length, kept: 0, declared: 0 });
    } else if (kind === 'renewals') {
      const { orderIds } = JSON.parse(Buffer.from(body).toString()) as { orderIds: string[] };
      this.renewed.push(...orderIds);
      sendJson(response, 200, { expirySeconds: Math.floor(Date.now() / 1000) + 7 * 86_400 });
    } else this.#attest(response, body, fault === 'lie');
  }

  #put(request: IncomingMessage, response: ServerResponse, path: string, body: Uint8Array, lie: boolean): void {
    const root = fragmentRootOf(body);
    if (toHex(root) !== request.headers[fragmentRootHeader])
      return sendJson(response, 400, { code: 'ROOT', message: 'root' });
    this.fragments.set(toHex(root), body);
    this.places.set(path, toHex(root));
    this.puts.push(path);
    const [, , , orderId, segment, fragment] = path.split('/');
    const fields = {
      genesis: this.genesis,
      provider: this.index,
      gateway: fromHex(String(request.headers[gatewayHeader])),
      orderId: fromHex(orderId!),
      segment: Number(segment),
      fragment: Number(fragment),
      root: lie ? new Uint8Array(32) : root,
      length: body.length,
      expirySeconds: Math.floor(Date.now() / 1000) + 7 * 86_400,
    };
    const receipt = { ...fields, signature: this.#signer.sign(receiptMessage(fields)) };
    sendJson(response, 201, { receipt: receiptToJson(receipt) });
  }

  #get(request: IncomingMessage, response: ServerResponse, path: string, lie: boolean): void {
    const bytes = this.fragments.get(path.split('/')[3]!);
    if (bytes === undefined) return sendJson(response, 404, { code: 'FRAGMENT_NOT_FOUND', message: 'gone' });
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(String(request.headers.range))!;
    let part = bytes.subarray(Number(first), Number(last) + 1);
    if (lie) part = part.map((byte, i) => (i === 0 ? byte ^ 0xff : byte));
    response.writeHead(206, { 'content-length': part.length });
    response.end(part);
  }

  #attest(response: ServerResponse, body: Uint8Array, lie: boolean): void {
    const { gateway, entries } = JSON.parse(Buffer.from(body).toString()) as {
      gateway: string;
      entries: { fileId: string; segment: number; fragment: number; root: string; length: number }[];
    };
    if (entries.some(({ root }) => !this.fragments.has(root)))
      return sendJson(response, 409, { code: 'NOT_HELD', message: 'no' });
    const until = 600;
    const digest = holdingDigest({
      genesis: this.genesis,
      provider: this.index,
      gateway: fromHex(gateway),
      until,
      entries: entries.map((entry) => ({ ...entry, fileId: fromHex(entry.fileId), root: fromHex(entry.root) })),
    });
    if (lie) digest[0]! ^= 1;
    sendJson(response, 200, { until, signature: toHex(this.#signer.sign(digest)) });
  }
}

function kindOf(method: string, path: string): RequestKind {
  if (path.endsWith('/holdings')) return 'holdings';
  if (path.endsWith('/renewals')) return 'renewals';
  if (path.endsWith('/discards')) return 'discards';
  return method === 'PUT' ? 'put' : method === 'DELETE' ? 'delete' : 'get';
}

async function readAll(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const body = new Uint8Array(Number(request.headers['content-length'] ?? 0));
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      body.set(chunk, length);
      length += chunk.length;
    }
  } catch {
    return undefined;
  }
  return body;
}

function sendJson(response: ServerResponse, status: number, json: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(status === 204 ? undefined : JSON.stringify(json));
}
