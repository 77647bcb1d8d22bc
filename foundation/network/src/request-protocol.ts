// Request protocols: their definition, which both sides share, and what goes over a stream. A request is one frame, its
// response another; every request has its own stream, so a slow one delays no other (docs/protocol/network.md §3).
import { createDeferred } from '@cess/primitives';
import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import { encodeFrame, FrameReader, headerBytes, tooLarge } from './frames.js';
import type { PeerId } from './peer-id.js';

export interface RequestProtocol {
  /** Lower-case letters, digits and hyphens, at most 32. Also the label of its metrics. */
  readonly name: string;
  readonly version: number;
  readonly maxRequestBytes: number;
  readonly maxResponseBytes: number;
  /** From the opening of the stream to the end of the response; on the server, for each of receiving, handling and sending. */
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

/**
 * Reads the one frame of a stream. Rejects with `NETWORK_MESSAGE_TOO_LARGE` or `NETWORK_MESSAGE_MALFORMED`, and with another error
 * for a stream that ends within the frame: whether the peer or the network ended it cannot be told.
 */
export function readFrame(stream: Stream, maxBytes: number): Promise<Uint8Array> {
  // By events: the iterator of libp2p never ends if the peer closed its side before the iteration began.
  const reader = new FrameReader(maxBytes);
  const { promise, resolve, reject } = createDeferred<Uint8Array>();
  const onMessage = ({ data }: StreamMessageEvent) => {
    try {
      const frame = reader.push(data.subarray());
      if (frame !== undefined) resolve(frame);
    } catch (error) {
      reject(error);
    }
  };
  const onEnd = () => reject(new Error('the stream ended within the frame'));
  stream.addEventListener('message', onMessage);
  stream.addEventListener('end', onEnd);
  if (stream.readableEnded) onEnd();
  return promise.finally(() => {
    stream.removeEventListener('message', onMessage);
    stream.removeEventListener('end', onEnd);
  });
}

/** Discards what comes until the peer closes its side. Rejects with `NETWORK_MESSAGE_TOO_LARGE`. */
export function discardFrame(stream: Stream, maxBytes: number): Promise<void> {
  let bytes = 0;
  const { promise, resolve, reject } = createDeferred<void>();
  const onMessage = ({ data }: StreamMessageEvent) => {
    bytes += data.byteLength;
    if (bytes > headerBytes + maxBytes) reject(tooLarge(bytes, maxBytes));
  };
  const onEnd = () => resolve();
  stream.addEventListener('message', onMessage);
  stream.addEventListener('end', onEnd);
  if (stream.readableEnded) onEnd();
  return promise.finally(() => {
    stream.removeEventListener('message', onMessage);
    stream.removeEventListener('end', onEnd);
  });
}

export async function writeFrame(stream: Stream, signal: AbortSignal, ...parts: readonly Uint8Array[]): Promise<void> {
  if (!stream.send(encodeFrame(...parts))) await stream.onDrain({ signal });
}
