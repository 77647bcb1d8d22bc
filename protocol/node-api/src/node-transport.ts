// One signed HTTP call to another node over node:http with kept-alive connections. The clients of all roles share it. Every
// call takes an AbortSignal and fails with a coded CessError. It is repeated only if its kept-alive connection turns out to
// be closed: servers close idle connections, and a client that was paused learns of it too late.
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { type CessError, toHex } from '@cess/primitives';
import type { PinnedConnector } from '@cess/tls';
import { idleTimeoutMs } from './connection-pool.js';
import { type NodeOrigin, PinnedAgent, type PinnedRequest, parseNodeOrigin } from './peer-connections.js';
import type { PeerFailures } from './peer-failures.js';
import { audienceHeader, maxJsonBodyBytes } from './routes.js';
import { type NodeSigner, signRequest } from './sign-request.js';

/** The target of a call. */
export interface PeerAddress {
  /** `https://host:port` as registered on chain; on loopback also `http:`. */
  readonly endpoint: string;
  /** ed25519 key that TLS must prove, and the audience of signed calls. */
  readonly nodeKey: Uint8Array;
  /** Default true. */
  readonly isSigned?: boolean;
}

export interface NodeCall {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: readonly Uint8Array[];
  readonly signal: AbortSignal | undefined;
}

export interface NodeTransportInit {
  readonly signer: NodeSigner;
  readonly nowMs: () => number;
  readonly stallTimeoutMs: number;
  readonly maxSocketsPerPeer: number;
  readonly failures: PeerFailures;
  /** Shared by all connections of one client. */
  readonly connector: PinnedConnector;
}

/** What writing to or reading from a connection that the peer has closed fails with. */
const closedCodes: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE']);

/** The call never reached the peer, or the peer closed the connection instead of answering. */
class ClosedWhileIdle extends Error {}

export class NodeTransport {
  readonly #plain: Agent;
  readonly #secure: Agent;
  /** Makes a new connection for every call. */
  readonly #secureOnce: Agent;

  constructor(private readonly init: NodeTransportInit) {
    const { maxSocketsPerPeer: maxSockets, connector } = init;
    const pooled = { keepAlive: true, maxSockets, maxFreeSockets: 4, timeout: idleTimeoutMs };
    this.#plain = new Agent(pooled);
    this.#secure = new PinnedAgent(connector, pooled);
    this.#secureOnce = new PinnedAgent(connector, { keepAlive: false });
  }

  /** Closes idle connections. */
  close(): void {
    for (const agent of [this.#plain, this.#secure, this.#secureOnce]) agent.destroy();
  }

  /** Resolves with a successful response once the whole body is written. `body` is written without copying. */
  async call(peer: PeerAddress, options: NodeCall): Promise<IncomingMessage> {
    try {
      return await this.#attempt(peer, options, true);
    } catch (error) {
      if (!(error instanceof ClosedWhileIdle)) throw error;
    }
    return this.#attempt(peer, options, false);
  }

  /** Throws `ClosedWhileIdle` if a pooled connection had been closed before the call. */
  #attempt(peer: PeerAddress, options: NodeCall, isPooled: boolean): Promise<IncomingMessage> {
    const { method, path, body = [], signal } = options;
    const { failures, stallTimeoutMs } = this.init;
    const headers = this.#signed(peer, options);
    let length = 0;
    for (const piece of body) length += piece.length;
    if (method !== 'GET' && method !== 'DELETE') headers['content-length'] = String(length);
    return new Promise((resolve, reject) => {
      const target = this.#targetOf(peer, isPooled);
      const outgoing = httpRequest({
        ...target,
        ...{ method, path, headers },
        timeout: stallTimeoutMs,
        ...(signal === undefined ? {} : { signal }),
      });
      let incoming: IncomingMessage | undefined;
      outgoing.on('timeout', () => {
        const stalled = failures.stalled();
        incoming?.destroy(stalled);
        outgoing.destroy(stalled);
      });
      outgoing.on('error', (cause: NodeJS.ErrnoException) => {
        const wasIdle = outgoing.reusedSocket && incoming === undefined && closedCodes.has(cause.code);
        reject(wasIdle ? new ClosedWhileIdle() : failures.unreachable(peer.endpoint, cause));
      });
      outgoing.on('response', (response) => {
        incoming = response;
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) return whenWritten(outgoing, () => resolve(response));
        // The rest of the body must not be sent: the caller may reuse its memory once this call has failed.
        this.#refusal(peer, response).then((refused) => {
          if (!outgoing.writableFinished) outgoing.destroy();
          reject(refused);
        }, reject);
      });
      writePieces(outgoing, body).catch((cause: unknown) => outgoing.destroy(cause as Error));
    });
  }

  /** The body of a response as JSON. A connection that breaks in the middle is a coded error, too. */
  async *chunksOf(peer: PeerAddress, response: IncomingMessage): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) yield chunk;
    } catch (cause) {
      throw this.init.failures.unreachable(peer.endpoint, cause);
    }
  }

  /** The whole body of a response of at most `maxBytes`. */
  async readAll(peer: PeerAddress, response: IncomingMessage, maxBytes: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.chunksOf(peer, response)) {
      length += chunk.length;
      if (length > maxBytes) {
        response.destroy();
        throw this.init.failures.badResponse('sent an oversized answer');
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  async readJson(peer: PeerAddress, response: IncomingMessage): Promise<unknown> {
    const body = await this.readAll(peer, response, maxJsonBodyBytes);
    try {
      return JSON.parse(body.toString('utf8'));
    } catch (cause) {
      throw this.init.failures.badResponse('sent an answer that is not JSON', cause);
    }
  }

  /** Where to, and over which connections. */
  #targetOf({ endpoint, nodeKey }: PeerAddress, isPooled: boolean): PinnedRequest & { readonly agent: Agent | false } {
    let origin: NodeOrigin;
    try {
      origin = parseNodeOrigin(endpoint);
    } catch (cause) {
      throw this.init.failures.unreachable(endpoint, cause);
    }
    const { host, port, isSecure } = origin;
    if (!isSecure) return { host, port, agent: isPooled ? this.#plain : false };
    return { host, port, nodeKey, agent: isPooled ? this.#secure : this.#secureOnce };
  }

  /** Headers, with audience and signature if the call is signed. */
  #signed({ nodeKey: audience, isSigned }: PeerAddress, call: NodeCall): Record<string, string> {
    const { method, path, headers = {} } = call;
    if (isSigned === false) return { ...headers };
    const { signer, nowMs } = this.init;
    return signedHeaders({ method, path, headers, audience }, signer, nowMs());
  }

  async #refusal(peer: PeerAddress, response: IncomingMessage): Promise<CessError> {
    const { endpoint } = peer;
    // Without its body a refusal still has its status.
    const body = await this.readAll(peer, response, maxJsonBodyBytes).catch((): Buffer | undefined => undefined);
    const retryAfter = response.headers['retry-after'];
    return this.init.failures.refused({ endpoint, status: response.statusCode ?? 0, body, retryAfter });
  }
}

export interface SignedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly audience: Uint8Array;
}

/** The headers of a call with audience and signature. */
export function signedHeaders(
  { method, path, headers: given, audience }: SignedCall,
  signer: NodeSigner,
  nowMs: number,
): Record<string, string> {
  const headers = { ...given, [audienceHeader]: toHex(audience) };
  return { ...headers, ...signRequest({ method, path, query: '', headers }, signer, nowMs) };
}

/** The call ends only when the whole body is written, because the caller may reuse its memory afterwards. */
function whenWritten(outgoing: ClientRequest, then: () => void): void {
  if (outgoing.writableFinished) then();
  else outgoing.once('finish', then);
}

async function writePieces(outgoing: ClientRequest, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    if (outgoing.destroyed) return;
    // Not 'drain', which does not fire for a request that was answered early.
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
