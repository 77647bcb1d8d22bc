// One signed HTTP call to another node over node:http with kept-alive connections. The clients of all roles share it. Every
// call takes an AbortSignal and fails with a coded CessError. It is repeated only if its kept-alive connection turns out to
// be closed: servers close idle connections, and a client that was paused learns of it too late.
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { type CessError, toHex } from '@cess/primitives';
import { idleTimeoutMs } from './connection-pool.js';
import type { PeerFailures } from './peer-failures.js';
import { audienceHeader, maxJsonBodyBytes } from './routes.js';
import { type NodeSigner, signRequest } from './sign-request.js';

/** The target of a call. `audience` is the ed25519 key of the target. Without it the call is not signed. */
export interface PeerAddress {
  /** `http://host:port` as registered on chain. */
  readonly endpoint: string;
  readonly audience: Uint8Array | undefined;
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
}

/** What writing to or reading from a connection that the peer has closed fails with. */
const closedCodes: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE']);

/** The call never reached the peer, or the peer closed the connection instead of answering. */
class ClosedWhileIdle extends Error {}

export class NodeTransport {
  readonly #agent: Agent;

  constructor(private readonly init: NodeTransportInit) {
    const { maxSocketsPerPeer: maxSockets } = init;
    this.#agent = new Agent({ keepAlive: true, maxSockets, maxFreeSockets: 4, timeout: idleTimeoutMs });
  }

  /** Closes idle connections. */
  close(): void {
    this.#agent.destroy();
  }

  /** Resolves with a successful response once the whole body is written. `body` is written without copying. */
  async call(peer: PeerAddress, options: NodeCall): Promise<IncomingMessage> {
    try {
      return await this.#attempt(peer, options, this.#agent);
    } catch (error) {
      if (!(error instanceof ClosedWhileIdle)) throw error;
    }
    return this.#attempt(peer, options, false);
  }

  /** Throws `ClosedWhileIdle` if a connection of the agent had been closed before the call. `false`: a new connection. */
  #attempt(peer: PeerAddress, options: NodeCall, agent: Agent | false): Promise<IncomingMessage> {
    const { method, path, body = [], signal } = options;
    const { failures, stallTimeoutMs } = this.init;
    const headers = this.#signed(peer, options);
    let length = 0;
    for (const piece of body) length += piece.length;
    if (method !== 'GET' && method !== 'DELETE') headers['content-length'] = String(length);
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(peer.endpoint + path, {
        method,
        headers,
        agent,
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

  /** Headers, with audience and signature if the call has an audience. */
  #signed({ audience }: PeerAddress, { method, path, headers: given }: NodeCall): Record<string, string> {
    if (audience === undefined) return { ...given };
    const { signer, nowMs } = this.init;
    return signedHeaders({ method, path, headers: given ?? {}, audience }, signer, nowMs());
  }

  async #refusal({ endpoint }: PeerAddress, response: IncomingMessage): Promise<CessError> {
    const body = await this.readAll({ endpoint, audience: undefined }, response, maxJsonBodyBytes).catch(
      () => undefined,
    );
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
