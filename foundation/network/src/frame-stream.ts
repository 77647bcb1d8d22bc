// Frames over one stream of libp2p, in turn: a request, its response, the next request (docs/protocol/network.md §3).
import { aborted, createDeferred, type Deferred, isCessError } from '@cess/primitives';
import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import { encodeFrame, FrameReader, malformedFrame } from './frames.js';

/** The stream ended before a frame was complete. Whether the peer or the network ended it cannot be told. */
export class StreamEndedError extends Error {
  override readonly name = 'StreamEndedError';

  /** `isWithinFrame`: a part of the frame had arrived. */
  constructor(readonly isWithinFrame: boolean) {
    super(isWithinFrame ? 'the stream ended within the frame' : 'the stream ended');
  }
}

/** One caller at a time. Bytes that arrive between frames, where the peer has to wait, make the next read fail. */
export class FrameStream {
  #reading: { readonly reader: FrameReader; readonly frame: Deferred<Uint8Array> } | undefined;
  #awaiting: Deferred<boolean> | undefined;
  /** Bytes of a frame that nobody reads yet; undefined where none may arrive. */
  #early: Uint8Array[] | undefined = [];
  #failure: Error | undefined;

  constructor(readonly stream: Stream) {
    stream.addEventListener('message', ({ data }: StreamMessageEvent) => this.#take(data.subarray()));
    stream.addEventListener('end', () => this.#end());
    if (stream.readableEnded) this.#end();
  }

  /** Whether another frame can be sent, and its answer read. */
  get isOpen(): boolean {
    return this.#failure === undefined && this.stream.status === 'open';
  }

  /** Sends a frame of these parts; resolves when the connection has taken all of it. */
  async write(signal: AbortSignal, ...parts: readonly Uint8Array[]): Promise<void> {
    // A peer that has closed its side still reads.
    if (this.#failure !== undefined && !(this.#failure instanceof StreamEndedError)) throw this.#failure;
    this.stream.send(encodeFrame(...parts));
    // Not `onDrain`, which waits only once in the life of a stream.
    if (this.stream.writeBufferLength > 0) await this.#writeIdle(signal);
  }

  /** Resolves when a frame begins, false if the stream has ended. Rejects if the peer sent bytes before. */
  async next(): Promise<boolean> {
    if (this.#failure instanceof StreamEndedError) return false;
    if (this.#failure !== undefined) throw this.#failure;
    this.#early ??= [];
    if (this.#early.length > 0) return true;
    this.#awaiting = createDeferred<boolean>();
    return this.#awaiting.promise;
  }

  /**
   * Reads a frame. Rejects with `NETWORK_MESSAGE_TOO_LARGE`, `NETWORK_MESSAGE_MALFORMED` or {@link StreamEndedError}; no frame can
   * be read after that.
   */
  read(maxBytes: number): Promise<Uint8Array> {
    return this.#receive(new FrameReader(maxBytes));
  }

  /** Reads a frame without keeping its content. Rejects as `read`. */
  async skip(maxBytes: number): Promise<void> {
    await this.#receive(new FrameReader(maxBytes, 'discard'));
  }

  /** Closes this side. Never throws: what cannot be closed is reset. */
  async close(): Promise<void> {
    try {
      await this.stream.close();
    } catch (error) {
      this.abort(error);
    }
  }

  /** Ends the stream at once, for both sides. */
  abort(reason: unknown): void {
    this.stream.abort(reason instanceof Error ? reason : new Error('the request was aborted'));
  }

  #writeIdle(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = createDeferred<void>();
    const onIdle = () => (this.stream.status === 'open' ? resolve() : reject(new StreamEndedError(true)));
    const onAbort = () => reject(aborted());
    this.stream.addEventListener('idle', onIdle);
    this.stream.addEventListener('close', onIdle);
    signal.addEventListener('abort', onAbort);
    return promise.finally(() => {
      this.stream.removeEventListener('idle', onIdle);
      this.stream.removeEventListener('close', onIdle);
      signal.removeEventListener('abort', onAbort);
    });
  }

  #receive(reader: FrameReader): Promise<Uint8Array> {
    const frame = createDeferred<Uint8Array>();
    const early = this.#early ?? [];
    this.#early = undefined;
    this.#reading = { reader, frame };
    for (const chunk of early) this.#take(chunk);
    if (this.#failure !== undefined) this.#reject(this.#failure);
    return frame.promise;
  }

  #take(chunk: Uint8Array): void {
    if (this.#reading === undefined) {
      this.#keep(chunk);
      return;
    }
    const { reader, frame } = this.#reading;
    try {
      const content = reader.push(chunk);
      if (content === undefined) return;
      this.#reading = undefined;
      frame.resolve(content);
    } catch (error) {
      if (!isCessError(error)) throw error;
      this.#fail(error);
    }
  }

  #keep(chunk: Uint8Array): void {
    if (this.#early === undefined) {
      this.#fail(malformedFrame('bytes follow the frame'));
      this.abort(this.#failure);
      return;
    }
    this.#early.push(chunk);
    this.#awaiting?.resolve(true);
    this.#awaiting = undefined;
  }

  #end(): void {
    const isWithinFrame = (this.#reading?.reader.hasBytes ?? false) || (this.#early?.length ?? 0) > 0;
    this.#fail(new StreamEndedError(isWithinFrame));
    this.#awaiting?.resolve(false);
    this.#awaiting = undefined;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#reject(this.#failure);
  }

  #reject(error: Error): void {
    this.#reading?.frame.reject(error);
    this.#reading = undefined;
  }
}
