// The client of a provider's HTTP interface (docs/protocol/node-api.md). It uses node:http, except for fragment reads, whose
// bytes go straight into the caller's memory. Every call takes an AbortSignal and fails with a coded CessError. It retries
// only when a kept-alive connection was closed: placement and reads choose another provider instead.
import type { IncomingMessage } from 'node:http';
import { fromHex, toHex, utf8 } from '@cess/primitives';
import { PinnedConnector } from '@cess/tls';
import { type OrderPlace, type Receipt, receiptFromJson } from '@cess/types';
import { ConnectionPool } from './connection-pool.js';
import { contentDigest, contentDigestHeader } from './message-signature.js';
import { type NodeCall, NodeTransport, signedHeaders } from './node-transport.js';
import { parseNodeOrigin } from './peer-connections.js';
import { providerFailures as failures } from './provider-failures.js';
import {
  type DiscardsRequest,
  type DiscardsResponse,
  discardsPath,
  fragmentRootHeader,
  fragmentRootPath,
  gatewayHeader,
  type HoldingEntryJson,
  type HoldingsRequest,
  type HoldingsResponse,
  holdingsPath,
  orderPlacePath,
  type RenewalsRequest,
  type RenewalsResponse,
  renewalsPath,
  type StatusResponse,
  statusPath,
  type UndeclaredFragmentJson,
  type UndeclaredRequest,
  type UndeclaredResponse,
  undeclaredPath,
} from './routes.js';
import type { NodeSigner } from './sign-request.js';

export interface ProviderAddress {
  /** `https://host:port` as registered on chain; on loopback also `http:`. */
  readonly endpoint: string;
  /** ed25519 node key as registered on chain; TLS must prove it. */
  readonly nodeKey: Uint8Array;
}

/** A provider's signature over its fragments of a declaration batch. */
export interface HoldingAttestation {
  /** Last block in which the chain accepts it. */
  readonly until: number;
  readonly signature: Uint8Array;
}

export interface ProviderClientInit {
  readonly signer: NodeSigner;
  /** Account of the gateway, or of the repairing provider. */
  readonly account: Uint8Array;
  readonly nowMs: () => number;
  /** A call times out when no byte moves for this long. */
  readonly stallTimeoutMs?: number;
  readonly maxSocketsPerProvider?: number;
}

export interface UndeclaredFragment extends OrderPlace {
  /** Seconds since the provider stored or renewed it. */
  readonly ageSeconds: number;
  /** Bytes of the fragment; 0 if the provider does not state it. */
  readonly length: number;
}

export class ProviderClient {
  readonly #transport: NodeTransport;
  readonly #readers: ConnectionPool;
  readonly #stallTimeoutMs: number;

  constructor(private readonly init: ProviderClientInit) {
    const { signer, nowMs, stallTimeoutMs = 10_000, maxSocketsPerProvider: maxSocketsPerPeer = 32 } = init;
    const connector = new PinnedConnector(nowMs);
    this.#transport = new NodeTransport({ signer, nowMs, stallTimeoutMs, maxSocketsPerPeer, failures, connector });
    this.#readers = new ConnectionPool({ maxBusyPerPeer: maxSocketsPerPeer, connector });
    this.#stallTimeoutMs = stallTimeoutMs;
  }

  /** Stores a fragment. `body` is written without copying. Resolves with the receipt, which the caller verifies. */
  async putFragment(
    provider: ProviderAddress,
    place: OrderPlace,
    root: Uint8Array,
    body: readonly Uint8Array[],
    signal?: AbortSignal,
  ): Promise<Receipt> {
    const headers = { [fragmentRootHeader]: toHex(root), [gatewayHeader]: toHex(this.init.account) };
    const response = await this.#call(provider, {
      method: 'PUT',
      path: orderPlacePath(place),
      headers,
      body,
      signal,
    });
    const json = (await this.#readJson(provider, response)) as { receipt?: unknown } | null;
    return receiptFromJson(json?.receipt);
  }

  /** Deletes an undeclared fragment of this gateway. */
  async deleteFragment(provider: ProviderAddress, place: OrderPlace, signal?: AbortSignal): Promise<void> {
    const headers = { [gatewayHeader]: toHex(this.init.account) };
    const response = await this.#call(provider, { method: 'DELETE', path: orderPlacePath(place), headers, signal });
    response.resume();
  }

  /** Deletes undeclared fragments of this gateway, at most `maxDiscardPlaces`. */
  async discardFragments(
    provider: ProviderAddress,
    places: readonly OrderPlace[],
    signal?: AbortSignal,
  ): Promise<DiscardsResponse> {
    const json: DiscardsRequest = {
      gateway: toHex(this.init.account),
      places: places.map(({ orderId, segment, fragment }) => ({ orderId: toHex(orderId), segment, fragment })),
    };
    const answer = await this.#postJson(provider, discardsPath, json, signal);
    if (!isDiscardsResponse(answer)) throw failures.badResponse('answered without the numbers of discarded fragments');
    return answer;
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
    const given = { host: hostOf(provider), range: `bytes=${offset}-${offset + target.length - 1}` };
    const { signer, nowMs } = this.init;
    const call = { method: 'GET', path, headers: given, audience: provider.nodeKey };
    const head = () => {
      const lines = Object.entries(signedHeaders(call, signer, nowMs())).map(([name, value]) => `${name}: ${value}`);
      return [`GET ${path} HTTP/1.1`, ...lines, '\r\n'].join('\r\n');
    };
    await this.#readers.read(provider, { head, target, stallTimeoutMs: this.#stallTimeoutMs, signal });
  }

  /** The provider's attestation of its fragments of a declaration batch. The caller verifies it. */
  async attestHoldings(
    provider: ProviderAddress,
    entries: readonly HoldingEntryJson[],
    signal?: AbortSignal,
  ): Promise<HoldingAttestation> {
    const json: HoldingsRequest = { gateway: toHex(this.init.account), entries };
    const answer = (await this.#postJson(provider, holdingsPath, json, signal)) as Partial<HoldingsResponse> | null;
    const { until, signature } = answer ?? {};
    if (typeof signature !== 'string' || !/^[0-9a-f]{128}$/.test(signature)) {
      throw failures.badResponse('answered without a signature');
    }
    if (typeof until !== 'number' || !Number.isInteger(until) || until < 0 || until > 0xffff_ffff) {
      throw failures.badResponse('answered without the last block of its attestation');
    }
    return { until, signature: fromHex(signature) };
  }

  /** Renews the undeclared fragments with these order ids. Returns the new expiry in Unix seconds. */
  async renew(provider: ProviderAddress, orderIds: readonly Uint8Array[], signal?: AbortSignal): Promise<number> {
    const json: RenewalsRequest = { gateway: toHex(this.init.account), orderIds: orderIds.map(toHex) };
    const answer = (await this.#postJson(provider, renewalsPath, json, signal)) as Partial<RenewalsResponse> | null;
    const expirySeconds = answer?.expirySeconds;
    if (typeof expirySeconds !== 'number' || !Number.isSafeInteger(expirySeconds)) {
      throw failures.badResponse('answered without an expiry');
    }
    return expirySeconds;
  }

  /** Undeclared fragments of this gateway, behind the order `after`. */
  async listUndeclared(
    provider: ProviderAddress,
    after: Uint8Array | undefined,
    signal?: AbortSignal,
  ): Promise<{ readonly fragments: readonly UndeclaredFragment[]; readonly isComplete: boolean }> {
    const json: UndeclaredRequest = {
      gateway: toHex(this.init.account),
      after: after === undefined ? '' : toHex(after),
    };
    const answer = (await this.#postJson(provider, undeclaredPath, json, signal)) as Partial<UndeclaredResponse> | null;
    const { fragments, isComplete } = answer ?? {};
    if (!Array.isArray(fragments) || typeof isComplete !== 'boolean' || !fragments.every(isUndeclaredFragment)) {
      throw failures.badResponse('answered without its undeclared fragments');
    }
    const listed = fragments.map(({ orderId, length = 0, ...rest }) => ({
      ...rest,
      length,
      orderId: fromHex(orderId),
    }));
    return { fragments: listed, isComplete };
  }

  async status(provider: ProviderAddress, signal?: AbortSignal): Promise<StatusResponse> {
    const response = await this.#call(provider, { method: 'GET', path: statusPath, signal });
    return (await this.#readJson(provider, response)) as StatusResponse;
  }

  /** Closes all connections. */
  close(): void {
    this.#transport.close();
    this.#readers.close();
  }

  async #postJson(provider: ProviderAddress, path: string, json: unknown, signal?: AbortSignal): Promise<unknown> {
    const body = utf8(JSON.stringify(json));
    const headers = { 'content-type': 'application/json', [contentDigestHeader]: contentDigest(body) };
    return this.#readJson(
      provider,
      await this.#call(provider, { method: 'POST', path, headers, body: [body], signal }),
    );
  }

  #call(provider: ProviderAddress, call: NodeCall): Promise<IncomingMessage> {
    return this.#transport.call(provider, call);
  }

  #readJson(provider: ProviderAddress, response: IncomingMessage): Promise<unknown> {
    return this.#transport.readJson(provider, response);
  }
}

/** Host and port of an endpoint. Throws `TLS_REQUIRED`, or `PROVIDER_UNREACHABLE` for what is no endpoint. */
function hostOf({ endpoint }: ProviderAddress): string {
  try {
    return parseNodeOrigin(endpoint).authority;
  } catch (cause) {
    throw failures.unreachable(endpoint, cause);
  }
}

function isUndeclaredFragment(value: unknown): value is UndeclaredFragmentJson {
  const { orderId, segment, fragment, ageSeconds, length = 0 } = (value ?? {}) as Partial<UndeclaredFragmentJson>;
  const isPlace = typeof orderId === 'string' && /^[0-9a-f]{64}$/.test(orderId);
  return isPlace && [segment, fragment, ageSeconds, length].every((number) => Number.isSafeInteger(number));
}

function isDiscardsResponse(answer: unknown): answer is DiscardsResponse {
  const { deleted, kept, declared } = (answer ?? {}) as Partial<Record<string, unknown>>;
  return [deleted, kept, declared].every((count) => Number.isSafeInteger(count));
}
