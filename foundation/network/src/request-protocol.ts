// Request protocols: their definition, which both sides share (docs/protocol/network.md §3).
import type { PeerId } from './peer-id.js';

export interface RequestProtocol {
  /** Lower-case letters, digits and hyphens, at most 32. Also the label of its metrics. */
  readonly name: string;
  readonly version: number;
  readonly maxRequestBytes: number;
  readonly maxResponseBytes: number;
  /** From the opening of a stream to the end of the response; on the server, for each of receiving, handling and sending. */
  readonly timeoutMs: number;
  /** Most requests of one peer that a server handles at once. */
  readonly maxConcurrentPerPeer: number;
}

export interface RequestContext {
  readonly peer: PeerId;
  /** Fires when time is up, the peer leaves or the host stops. */
  readonly signal: AbortSignal;
}

/** Resolves with the response. What it throws refuses the request. */
export type RequestHandler = (request: Uint8Array, context: RequestContext) => Promise<Uint8Array>;

/** First byte of a response. Only `ok` is followed by content. */
export const responseStatus = { ok: 0, busy: 1, refused: 2 } as const;
