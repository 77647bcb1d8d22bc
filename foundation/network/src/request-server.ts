// Serves request protocols. One peer cannot take all places, an oversized, malformed or slow request costs its sender
// reputation, and nothing of a request is stored beyond its limit.
import { setMaxListeners } from 'node:events';
import { CessError, FairPlaces, isAbort, isCessError, type Logger, messageOf, type Timers } from '@cess/primitives';
import type { Connection, Stream } from '@libp2p/interface';
import { withDeadline } from './deadline.js';
import { FrameStream } from './frame-stream.js';
import type { NetworkNode } from './libp2p-node.js';
import type { NetworkMetrics } from './network-metrics.js';
import type { NetworkNames } from './network-names.js';
import { type PeerId, peerIdText } from './peer-id.js';
import type { Offence, PeerReputation } from './peer-reputation.js';
import { type RequestHandler, type RequestProtocol, responseStatus } from './request-protocol.js';

export interface RequestServerOptions {
  readonly node: NetworkNode;
  readonly names: NetworkNames;
  readonly maxRequests: number;
  readonly reputation: PeerReputation;
  readonly metrics: NetworkMetrics;
  readonly logger: Logger;
  readonly timers: Timers;
}

/** How long a stream is kept for another request. */
const keptStreamMs = 60_000;

type Outcome = 'ok' | 'busy' | 'refused' | 'failed' | Offence;

/** Outcomes after which the stream can carry another request. */
const answered: ReadonlySet<Outcome> = new Set<Outcome>(['ok', 'busy', 'refused']);

export class RequestServer {
  readonly #places: FairPlaces;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(private readonly options: RequestServerOptions) {
    this.#places = new FairPlaces(options.maxRequests);
    // Every request under way listens to it.
    setMaxListeners(0, this.#stopping.signal);
  }

  /** The result ends the service. */
  async handle(protocol: RequestProtocol, handler: RequestHandler): Promise<() => Promise<void>> {
    const { node, names, metrics } = this.options;
    const id = names.request(protocol.name, protocol.version);
    const perPeer = new Map<PeerId, number>();
    const ended = new AbortController();
    setMaxListeners(0, ended.signal);
    const serveOne = async (frames: FrameStream, peer: PeerId): Promise<Outcome> => {
      const held = perPeer.get(peer) ?? 0;
      const isTooMany = held >= protocol.maxConcurrentPerPeer;
      const leave = isTooMany ? undefined : this.#places.tryEnter(peer);
      perPeer.set(peer, held + 1);
      // Places that other peers hold are no fault of this one: where all peers have much to say, each finds few free.
      if (isTooMany) this.options.reputation.report(peer, 'over-rate');
      const outcome = await this.#serve(frames, peer, protocol, leave === undefined ? undefined : handler);
      leave?.();
      const left = (perPeer.get(peer) ?? 1) - 1;
      if (left === 0) perPeer.delete(peer);
      else perPeer.set(peer, left);
      metrics.requests.add(1, { protocol: protocol.name, direction: 'in', outcome });
      return outcome;
    };
    const serve = async (stream: Stream, connection: Connection): Promise<void> => {
      const peer = peerIdText(connection.remotePeer);
      const frames = new FrameStream(stream);
      while (answered.has(await serveOne(frames, peer)) && (await this.#hasNext(frames, peer, ended.signal)));
    };
    const track = (stream: Stream, connection: Connection): void => {
      const serving = serve(stream, connection).finally(() => this.#running.delete(serving));
      this.#running.add(serving);
    };
    await node.handle(id, track, {
      // Some more than are handled, so that the peer is told that it is too fast.
      maxInboundStreams: 2 * protocol.maxConcurrentPerPeer + 8,
      runOnLimitedConnection: true,
    });
    return async () => {
      ended.abort();
      await node.unhandle(id);
    };
  }

  /** Aborts the requests under way and waits for their end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running);
  }

  /** Waits for another request over the stream. Ends the stream where none comes. Never throws. */
  async #hasNext(frames: FrameStream, peer: PeerId, ended: AbortSignal): Promise<boolean> {
    const end = () => frames.abort(new Error('the service ended'));
    if (ended.aborted || this.#stopping.signal.aborted) end();
    ended.addEventListener('abort', end, { once: true });
    const onTimeout = () => new Error('no further request came');
    const deadline = { timers: this.options.timers, ms: keptStreamMs, signal: this.#stopping.signal, onTimeout };
    try {
      if (await withDeadline(deadline, () => frames.next())) return true;
      // The peer has closed its side, or reset the stream.
      await frames.close();
    } catch (error) {
      this.#abort(frames, peer, error);
    } finally {
      ended.removeEventListener('abort', end);
    }
    return false;
  }

  /** The offence of the peer, if it committed one. */
  #abort(frames: FrameStream, peer: PeerId, error: unknown): Offence | undefined {
    frames.abort(error);
    const offence = offenceOf(error);
    if (offence !== undefined && !this.#stopping.signal.aborted) this.options.reputation.report(peer, offence);
    return offence;
  }

  /** Never throws. Without a handler, answers that there is no place. */
  async #serve(
    frames: FrameStream,
    peer: PeerId,
    protocol: RequestProtocol,
    handler: RequestHandler | undefined,
  ): Promise<Outcome> {
    try {
      if (handler === undefined) {
        // Only after the request: libp2p loses a response that arrives before its protocol negotiation has ended.
        await this.#withDeadline(frames, protocol, () => frames.skip(protocol.maxRequestBytes));
        await this.#respond(frames, protocol, responseStatus.busy);
        return 'busy';
      }
      const request = await this.#receive(frames, protocol);
      const response = await this.#answer(request, peer, protocol, handler);
      if (response === undefined) {
        await this.#respond(frames, protocol, responseStatus.refused);
        return 'refused';
      }
      await this.#respond(frames, protocol, responseStatus.ok, response);
      return 'ok';
    } catch (error) {
      return this.#abort(frames, peer, error) ?? 'failed';
    }
  }

  async #receive(frames: FrameStream, protocol: RequestProtocol): Promise<Uint8Array> {
    const request = await this.#withDeadline(frames, protocol, () => frames.read(protocol.maxRequestBytes));
    this.options.metrics.requestBytes.add(request.length, { protocol: protocol.name, direction: 'in' });
    return request;
  }

  /** Undefined if the handler refuses. */
  async #answer(
    request: Uint8Array,
    peer: PeerId,
    protocol: RequestProtocol,
    handler: RequestHandler,
  ): Promise<Uint8Array | undefined> {
    const { logger, timers } = this.options;
    const onTimeout = () => new Error(`the handler of ${protocol.name} took longer than ${protocol.timeoutMs} ms`);
    const deadline = { timers, ms: protocol.timeoutMs, signal: this.#stopping.signal, onTimeout };
    try {
      const response = await withDeadline(deadline, (signal) => handler(request, { peer, signal }));
      if (response.length <= protocol.maxResponseBytes) return response;
      logger.error({ protocol: protocol.name, bytes: response.length }, 'response is larger than its protocol allows');
    } catch (error) {
      const fields = { protocol: protocol.name, peer, cause: messageOf(error) };
      if (isCessError(error) || isAbort(error)) logger.debug(fields, 'request refused');
      else logger.error(fields, 'request handler failed');
    }
    return undefined;
  }

  async #respond(frames: FrameStream, protocol: RequestProtocol, status: number, content?: Uint8Array): Promise<void> {
    const parts = [Uint8Array.of(status), ...(content === undefined ? [] : [content])];
    await this.#withDeadline(frames, protocol, (signal) => frames.write(signal, ...parts));
    this.options.metrics.requestBytes.add(content?.length ?? 0, { protocol: protocol.name, direction: 'out' });
  }

  /** Aborts the stream when time is up. */
  #withDeadline<T>(
    frames: FrameStream,
    { timeoutMs }: RequestProtocol,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const deadline = {
      timers: this.options.timers,
      ms: timeoutMs,
      signal: this.#stopping.signal,
      onTimeout: (lateMs: number) =>
        lateMs > mostLateMs ? new Error('this process was too slow') : new SlowPeerError(),
    };
    return withDeadline(deadline, async (signal) => {
      const abort = () => frames.abort(new SlowPeerError());
      signal.addEventListener('abort', abort, { once: true });
      return work(signal).finally(() => signal.removeEventListener('abort', abort));
    });
  }
}

/** A timer that is later than this says that this process was busy, and nothing of the peer. */
const mostLateMs = 250;

class SlowPeerError extends Error {
  override readonly name = 'SlowPeerError';
}

function offenceOf(error: unknown): Offence | undefined {
  if (error instanceof SlowPeerError) return 'slow';
  if (!(error instanceof CessError)) return undefined;
  if (error.code === 'NETWORK_MESSAGE_TOO_LARGE') return 'oversized';
  return error.code === 'NETWORK_MESSAGE_MALFORMED' ? 'malformed' : undefined;
}
