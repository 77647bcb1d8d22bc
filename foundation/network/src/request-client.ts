// Sends requests. Every failure is a coded error that says whether another attempt can succeed; a peer that answers with more
// than the protocol allows, or with something else, loses reputation.
import { CessError, isAbort, isCessError, type Timers } from '@cess/primitives';
import { withDeadline } from './deadline.js';
import { type FrameStream, StreamEndedError } from './frame-stream.js';
import { malformedFrame, tooLarge } from './frames.js';
import { KeptStreams } from './kept-streams.js';
import type { NetworkNode } from './libp2p-node.js';
import type { NetworkMetrics } from './network-metrics.js';
import type { NetworkNames } from './network-names.js';
import { type PeerId, parsePeerId } from './peer-id.js';
import type { PeerReputation } from './peer-reputation.js';
import { type RequestProtocol, responseStatus } from './request-protocol.js';

export interface RequestClientOptions {
  readonly node: NetworkNode;
  readonly names: NetworkNames;
  readonly reputation: PeerReputation;
  readonly metrics: NetworkMetrics;
  readonly timers: Timers;
}

export class RequestClient {
  readonly #kept = new KeptStreams();

  constructor(private readonly options: RequestClientOptions) {}

  /** The content of the response. See `NetworkHost.request` for the errors. */
  async request(
    peer: PeerId,
    protocol: RequestProtocol,
    request: Uint8Array,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    const { metrics, reputation, timers } = this.options;
    if (request.length > protocol.maxRequestBytes) throw tooLarge(request.length, protocol.maxRequestBytes);
    if (reputation.isBanned(peer)) {
      throw new CessError('NETWORK_PEER_BANNED', `This node has banned the peer ${peer}.`, { peer });
    }
    const about = { peer, protocol: protocol.name };
    const onTimeout = () =>
      new CessError(
        'NETWORK_REQUEST_TIMEOUT',
        `The peer ${peer} did not answer ${protocol.name} within ${protocol.timeoutMs} ms.`,
        { ...about, timeoutMs: protocol.timeoutMs },
      );
    let outcome = 'failed';
    try {
      const deadline = { timers, ms: protocol.timeoutMs, signal, onTimeout };
      const frame = await withDeadline(deadline, (until) => this.#exchange(peer, protocol, request, until));
      const response = contentOf(frame, about);
      outcome = 'ok';
      return response;
    } catch (error) {
      if (isCessError(error)) outcome = this.#report(peer, error);
      throw isCessError(error) || isAbort(error) || signal?.aborted === true ? error : failure(error, about);
    } finally {
      metrics.requests.add(1, { protocol: protocol.name, direction: 'out', outcome });
    }
  }

  /** The frame of the response. */
  async #exchange(peer: PeerId, protocol: RequestProtocol, request: Uint8Array, signal: AbortSignal) {
    const { node, names } = this.options;
    const id = names.request(protocol.name, protocol.version);
    const kept = this.#kept.take(peer, id);
    if (kept !== undefined) {
      const frame = await this.#over(kept, peer, protocol, request, signal).catch((error: unknown) => {
        // The peer ended the stream while the request was on its way.
        if (error instanceof StreamEndedError && !error.isWithinFrame) return undefined;
        throw error;
      });
      if (frame !== undefined) return frame;
    }
    const stream = await node.dialProtocol(parsePeerId(peer), id, { signal, runOnLimitedConnection: true });
    return this.#over(this.#kept.adopt(peer, id, stream), peer, protocol, request, signal);
  }

  async #over(
    frames: FrameStream,
    peer: PeerId,
    protocol: RequestProtocol,
    request: Uint8Array,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { names, metrics } = this.options;
    const abort = () => frames.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      const [frame] = await Promise.all([frames.read(1 + protocol.maxResponseBytes), frames.write(signal, request)]);
      metrics.requestBytes.add(request.length, { protocol: protocol.name, direction: 'out' });
      metrics.requestBytes.add(frame.length, { protocol: protocol.name, direction: 'in' });
      this.#kept.keep(peer, names.request(protocol.name, protocol.version), frames);
      return frame;
    } catch (error) {
      frames.abort(error);
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** The outcome for the metrics. */
  #report(peer: PeerId, { code }: CessError): string {
    const { reputation } = this.options;
    if (code === 'NETWORK_MESSAGE_TOO_LARGE') reputation.report(peer, 'oversized');
    if (code === 'NETWORK_MESSAGE_MALFORMED') reputation.report(peer, 'malformed');
    return outcomes[code] ?? 'failed';
  }
}

const outcomes: Readonly<Record<string, string>> = {
  NETWORK_MESSAGE_TOO_LARGE: 'oversized',
  NETWORK_MESSAGE_MALFORMED: 'malformed',
  NETWORK_BUSY: 'busy',
  NETWORK_REQUEST_REFUSED: 'refused',
  NETWORK_REQUEST_TIMEOUT: 'timeout',
};

interface About {
  readonly peer: PeerId;
  readonly protocol: string;
}

function contentOf(frame: Uint8Array, about: About): Uint8Array {
  const { peer, protocol } = about;
  if (frame[0] === responseStatus.ok) return frame.subarray(1);
  if (frame.length === 1 && frame[0] === responseStatus.busy) {
    throw new CessError('NETWORK_BUSY', `The peer ${peer} has no place for another request of ${protocol}.`, about);
  }
  if (frame.length === 1 && frame[0] === responseStatus.refused) {
    throw new CessError('NETWORK_REQUEST_REFUSED', `The peer ${peer} refused the request of ${protocol}.`, about);
  }
  throw malformedFrame('a response without a known status');
}

function failure(error: unknown, about: About): CessError {
  const { peer, protocol } = about;
  if (error instanceof Error && error.name === 'UnsupportedProtocolError') {
    const text = `The peer ${peer} does not serve ${protocol} of this network.`;
    return new CessError('NETWORK_PROTOCOL_UNSUPPORTED', text, about, { cause: error });
  }
  const text = `The request of ${protocol} to the peer ${peer} failed: the connection could not be opened, or broke.`;
  return new CessError('NETWORK_PEER_UNREACHABLE', text, about, { cause: error });
}
