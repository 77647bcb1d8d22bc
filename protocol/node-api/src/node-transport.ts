// One signed HTTP call to another node over node:http with kept-alive connections, shared by the clients of all roles.
// Every call takes an AbortSignal and fails with a coded CessError; it never retries: the caller decides what to do instead.
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { CessError, toHex } from '@cess/primitives';
import { audienceHeader, maxJsonBodyBytes } from './routes.js';
import { type NodeSigner, signRequest } from './sign-request.js';

/** Codes of what can go wrong with a peer of one role, and its name in messages. */
export interface PeerErrors {
  /** As in "The provider stopped answering." */
  readonly name: string;
  /** No byte in either direction for too long. */
  readonly stalled: string;
  readonly unreachable: string;
  /** Its answer is a refusal; `data` has `endpoint`, `status` and the field `refusedCodeField`. */
  readonly refused: string;
  /** Field of `data` that takes the code of the refusal. */
  readonly refusedCodeField: string;
  readonly badResponse: string;
}

/** Where a call goes; `audience` is the ed25519 key that it is meant for. Without one the call is not signed. */
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
  readonly errors: PeerErrors;
}

export class NodeTransport {
  readonly #agent: Agent;

  constructor(private readonly init: NodeTransportInit) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: init.maxSocketsPerPeer, maxFreeSockets: 4 });
  }

  /** Closes idle connections. */
  close(): void {
    this.#agent.destroy();
  }

  /** Resolves with a successful answer once the whole body is out. `body` is written as it is, piece by piece. */
  call(peer: PeerAddress, options: NodeCall): Promise<IncomingMessage> {
    const { method, path, body = [], signal } = options;
    const { errors, stallTimeoutMs } = this.init;
    const headers: Record<string, string> = { ...options.headers };
    if (peer.audience !== undefined) {
      headers[audienceHeader] = toHex(peer.audience);
      Object.assign(headers, signRequest({ method, path, query: '', headers }, this.init.signer, this.init.nowMs()));
    }
    let length = 0;
    for (const piece of body) length += piece.length;
    if (method !== 'GET' && method !== 'DELETE') headers['content-length'] = String(length);
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(peer.endpoint + path, {
        method,
        headers,
        agent: this.#agent,
        timeout: stallTimeoutMs,
        ...(signal === undefined ? {} : { signal }),
      });
      let incoming: IncomingMessage | undefined;
      outgoing.on('timeout', () => {
        const stalled = new CessError(errors.stalled, `The ${errors.name} stopped answering.`);
        incoming?.destroy(stalled);
        outgoing.destroy(stalled);
      });
      outgoing.on('error', (cause) => reject(this.#unreachable(peer, cause)));
      outgoing.on('response', (response) => {
        incoming = response;
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) return whenWritten(outgoing, () => resolve(response));
        // The rest of the body must not be sent: its memory belongs to somebody else once this call has failed.
        this.#refusal(peer, response).then((refused) => {
          if (!outgoing.writableFinished) outgoing.destroy();
          reject(refused);
        }, reject);
      });
      writePieces(outgoing, body).catch((cause: unknown) => outgoing.destroy(cause as Error));
    });
  }

  /** The body of an answer; a connection that breaks in the middle of it is a coded error as well. */
  async *chunksOf(peer: PeerAddress, response: IncomingMessage): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) yield chunk;
    } catch (cause) {
      throw this.#unreachable(peer, cause);
    }
  }

  /** The whole body of an answer, which may have at most `maxBytes`. */
  async readAll(peer: PeerAddress, response: IncomingMessage, maxBytes: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.chunksOf(peer, response)) {
      length += chunk.length;
      if (length > maxBytes) {
        response.destroy();
        throw this.badResponse('sent an oversized answer');
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
      throw this.badResponse('sent an answer that is not JSON', cause);
    }
  }

  /** `what`: how the sentence "The provider …" goes on. */
  badResponse(what: string, cause?: unknown): CessError {
    const { badResponse, name } = this.init.errors;
    return new CessError(badResponse, `The ${name} ${what}.`, {}, { cause });
  }

  #unreachable(peer: PeerAddress, cause: unknown): CessError {
    if (cause instanceof CessError) return cause;
    const { unreachable, name } = this.init.errors;
    return new CessError(unreachable, `The ${name} could not be reached.`, { endpoint: peer.endpoint }, { cause });
  }

  async #refusal(peer: PeerAddress, response: IncomingMessage): Promise<CessError> {
    const { refused, refusedCodeField, name } = this.init.errors;
    const status = response.statusCode ?? 0;
    const retryAfter = Number(response.headers['retry-after']);
    const json = (await this.readJson(peer, response).catch(() => null)) as { code?: unknown } | null;
    const code = typeof json?.code === 'string' ? json.code.slice(0, 64) : 'unknown';
    return new CessError(refused, `The ${name} refused the request (${status} ${code}).`, {
      endpoint: peer.endpoint,
      status,
      [refusedCodeField]: code,
      ...(Number.isSafeInteger(retryAfter) && retryAfter >= 0 ? { retryAfterSeconds: retryAfter } : {}),
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
