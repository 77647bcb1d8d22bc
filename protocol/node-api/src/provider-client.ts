// The caller's side of a provider's HTTP interface over kept-alive connections: node:http, but for reading fragments,
// whose bytes go straight into the caller's memory. Every call takes an AbortSignal and fails with a coded CessError; it
// never retries (placement and reads decide what to do instead).
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { type CessError, fromHex, toHex, utf8 } from '@cess/primitives';
import { type Receipt, receiptFromJson } from '@cess/types';
import { ConnectionPool } from './connection-pool.js';
import { contentDigest, contentDigestHeader } from './message-signature.js';
import { badResponse, refused, stalled, unreachable } from './provider-failures.js';
import {
  audienceHeader,
  type FragmentPlace,
  fragmentPlacePath,
  fragmentRootHeader,
  fragmentRootPath,
  gatewayHeader,
  type HoldingEntryJson,
  type HoldingsResponse,
  holdingsPath,
  maxJsonBodyBytes,
  type RenewalsResponse,
  renewalsPath,
  type StatusResponse,
  statusPath,
} from './routes.js';
import { type NodeSigner, signRequest } from './sign-request.js';

export interface ProviderAddress {
  /** `http://host:port` as registered on chain. */
  readonly endpoint: string;
  /** ed25519 node key as registered on chain. */
  readonly nodeKey: Uint8Array;
}

export interface ProviderClientInit {
  readonly signer: NodeSigner;
  /** Account of the gateway (or of the provider that repairs). */
  readonly account: Uint8Array;
  readonly nowMs: () => number;
  /** No byte in either direction for this long ends a call. */
  readonly stallTimeoutMs?: number;
  readonly maxSocketsPerProvider?: number;
}

interface CallOptions {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: readonly Uint8Array[];
  readonly signal: AbortSignal | undefined;
}

export class ProviderClient {
  readonly #agent: Agent;
  readonly #readers: ConnectionPool;
  readonly #stallTimeoutMs: number;

  constructor(private readonly init: ProviderClientInit) {
    const maxSockets = init.maxSocketsPerProvider ?? 32;
    this.#agent = new Agent({ keepAlive: true, maxSockets, maxFreeSockets: 4 });
    this.#readers = new ConnectionPool({ maxBusyPerPeer: maxSockets });
    this.#stallTimeoutMs = init.stallTimeoutMs ?? 10_000;
  }

  /** Stores a fragment; `body` is written as it is, piece by piece. Resolves with the receipt (not yet checked). */
  async putFragment(
    provider: ProviderAddress,
    place: FragmentPlace,
    root: Uint8Array,
    body: readonly Uint8Array[],
    signal?: AbortSignal,
  ): Promise<Receipt> {
    const headers = { [fragmentRootHeader]: toHex(root), [gatewayHeader]: toHex(this.init.account) };
    const response = await this.#call(provider, {
      method: 'PUT',
      path: fragmentPlacePath(place),
      headers,
      body,
      signal,
    });
    const json = (await readJson(provider, response)) as { receipt?: unknown } | null;
    return receiptFromJson(json?.receipt);
  }

  /** Drops an undeclared fragment that this gateway stored. */
  async deleteFragment(provider: ProviderAddress, place: FragmentPlace, signal?: AbortSignal): Promise<void> {
    const headers = { [gatewayHeader]: toHex(this.init.account) };
    const response = await this.#call(provider, { method: 'DELETE', path: fragmentPlacePath(place), headers, signal });
    response.resume();
  }

  /** Reads exactly `target.length` bytes of a fragment from `offset` into `target`. The caller verifies them. */
  async readFragment(
    provider: ProviderAddress,
    root: Uint8Array,
    offset: number,
    target: Uint8Array,
    signal?: AbortSignal,
  ): Promise<void> {
    const path = fragmentRootPath(root);
    const headers = {
      host: hostOf(provider),
      range: `bytes=${offset}-${offset + target.length - 1}`,
    };
    const lines = Object.entries(this.#signed(provider, 'GET', path, headers)).map(
      ([name, value]) => `${name}: ${value}`,
    );
    const head = [`GET ${path} HTTP/1.1`, ...lines, '\r\n'].join('\r\n');
    await this.#readers.read(provider.endpoint, { head, target, stallTimeoutMs: this.#stallTimeoutMs, signal });
  }

  /** The provider's signature over what it holds of a declaration batch (not yet checked). */
  async attestHoldings(
    provider: ProviderAddress,
    entries: readonly HoldingEntryJson[],
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    const json = { gateway: toHex(this.init.account), entries };
    const answer = (await this.#postJson(provider, holdingsPath, json, signal)) as Partial<HoldingsResponse> | null;
    const signature = answer?.signature;
    if (typeof signature !== 'string' || !/^[0-9a-f]{128}$/.test(signature)) {
      throw badResponse('The provider answered without a signature.');
    }
    return fromHex(signature);
  }

  /** Asks to keep the undeclared fragments of these orders for another period. Unix seconds of the new expiry. */
  async renew(provider: ProviderAddress, orderIds: readonly Uint8Array[], signal?: AbortSignal): Promise<number> {
    const json = { gateway: toHex(this.init.account), orderIds: orderIds.map(toHex) };
    const answer = (await this.#postJson(provider, renewalsPath, json, signal)) as Partial<RenewalsResponse> | null;
    const expirySeconds = answer?.expirySeconds;
    if (typeof expirySeconds !== 'number' || !Number.isSafeInteger(expirySeconds)) {
      throw badResponse('The provider answered without an expiry.');
    }
    return expirySeconds;
  }

  async status(provider: ProviderAddress, signal?: AbortSignal): Promise<StatusResponse> {
    const response = await this.#call(provider, { method: 'GET', path: statusPath, signal });
    return (await readJson(provider, response)) as StatusResponse;
  }

  /** Closes all connections. */
  close(): void {
    this.#agent.destroy();
    this.#readers.close();
  }

  async #postJson(provider: ProviderAddress, path: string, json: unknown, signal?: AbortSignal): Promise<unknown> {
    const body = utf8(JSON.stringify(json));
    const headers = { 'content-type': 'application/json', [contentDigestHeader]: contentDigest(body) };
    return readJson(provider, await this.#call(provider, { method: 'POST', path, headers, body: [body], signal }));
  }

  /** The headers of a request with audience and signature. */
  #signed(
    provider: ProviderAddress,
    method: string,
    path: string,
    given: Readonly<Record<string, string>> = {},
  ): Record<string, string> {
    const headers = { ...given, [audienceHeader]: toHex(provider.nodeKey) };
    return { ...headers, ...signRequest({ method, path, query: '', headers }, this.init.signer, this.init.nowMs()) };
  }

  #call(provider: ProviderAddress, options: CallOptions): Promise<IncomingMessage> {
    const { method, path, body = [], signal } = options;
    const headers = this.#signed(provider, method, path, options.headers);
    let length = 0;
    for (const piece of body) length += piece.length;
    if (method !== 'GET' && method !== 'DELETE') headers['content-length'] = String(length);
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(provider.endpoint + path, {
        method,
        headers,
        agent: this.#agent,
        timeout: this.#stallTimeoutMs,
        ...(signal === undefined ? {} : { signal }),
      });
      let incoming: IncomingMessage | undefined;
      outgoing.on('timeout', () => {
        const failure = stalled();
        incoming?.destroy(failure);
        outgoing.destroy(failure);
      });
      outgoing.on('error', (cause) => reject(unreachable(provider.endpoint, cause)));
      outgoing.on('response', (response) => {
        incoming = response;
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) return whenWritten(outgoing, () => resolve(response));
        // The rest of the body must not be sent: its memory belongs to somebody else once this call has failed.
        refusal(provider, response).then((refused) => {
          if (!outgoing.writableFinished) outgoing.destroy();
          reject(refused);
        }, reject);
      });
      writePieces(outgoing, body).catch((cause: unknown) => outgoing.destroy(cause as Error));
    });
  }
}

/** An answer counts only when the whole body is out: its memory may be used for something else afterwards. */
function whenWritten(outgoing: ClientRequest, then: () => void): void {
  if (outgoing.writableFinished) then();
  else outgoing.once('finish', then);
}

async function writePieces(outgoing: ClientRequest, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    if (outgoing.destroyed) return;
    // Not 'drain': a request that was answered early gets none any more.
    let flushed: () => void = () => {};
    const isRoom = outgoing.write(piece, () => flushed());
    if (!isRoom) {
      await new Promise<void>((resolve) => {
        flushed = () => {
          outgoing.off('close', flushed);
          resolve();
        };
        outgoing.on('close', flushed);
      });
    }
  }
  outgoing.end();
}

/** Host and port of an `http` endpoint. Throws `PROVIDER_UNREACHABLE` when it is none. */
function hostOf({ endpoint }: ProviderAddress): string {
  try {
    const { host, protocol } = new URL(endpoint);
    if (protocol !== 'http:') throw new Error(`${protocol} endpoints cannot be read from.`);
    return host;
  } catch (cause) {
    throw unreachable(endpoint, cause);
  }
}

async function refusal(provider: ProviderAddress, response: IncomingMessage): Promise<CessError> {
  const json = await readJson(provider, response).catch(() => null);
  return refused(provider.endpoint, response.statusCode ?? 0, json);
}

/** The body of an answer; a connection that breaks in the middle of it is a coded error as well. */
async function* chunksOf(provider: ProviderAddress, response: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) yield chunk;
  } catch (cause) {
    throw unreachable(provider.endpoint, cause);
  }
}

async function readJson(provider: ProviderAddress, response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunksOf(provider, response)) {
    length += chunk.length;
    if (length > maxJsonBodyBytes) {
      response.destroy();
      throw badResponse('The provider sent an oversized answer.');
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw badResponse('The provider sent an answer that is not JSON.', cause);
  }
}
