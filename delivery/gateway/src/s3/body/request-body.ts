// The body of a request as read from the socket. 100 Continue is sent on the first read, never before. A handler that
// stops reading leaves the connection usable for the response. A client that sends too slowly gets RequestTimeout
// instead of holding memory forever.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { S3Error } from '../errors.js';

/** What must arrive within one idle timeout (or the end of the body): about 1 KiB/s at the default of 60 s. */
const minProgressBytes = 64 * 1024;
/** A client that sends nothing for this long after the response has finished sending. */
const drainIdleMs = 500;
/** Maximum bytes of an unread body to drain so that the client sees the response. */
const maxDrainBytes = 16 * 1024 * 1024;

export class RequestBody {
  #asked = false;
  #reading = false;
  #failure: S3Error | undefined;
  #receivedBytes = 0;
  #wake: () => void = () => {};

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly idleTimeoutMs: number,
  ) {}

  /** The body in chunks. Throws IncompleteBody when the client disconnects, RequestTimeout when it stalls. */
  async *chunks(): AsyncGenerator<Buffer> {
    const { request } = this;
    this.#ask();
    const wake = () => this.#wake();
    for (const event of ['readable', 'end', 'error', 'close', 'aborted']) request.on(event, wake);
    this.#reading = true;
    let waitedMs = 0;
    let progressBytes = 0;
    try {
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure;
        const chunk = request.read() as Buffer | null;
        if (chunk !== null) {
          progressBytes += chunk.length;
          this.#receivedBytes += chunk.length;
          if (progressBytes >= minProgressBytes) {
            progressBytes = 0;
            waitedMs = 0;
          }
          yield chunk;
          continue;
        }
        if (request.readableEnded) return;
        if (request.destroyed || request.errored !== null) throw new S3Error('IncompleteBody');
        if (waitedMs >= this.idleTimeoutMs) throw new S3Error('RequestTimeout');
        waitedMs += await this.#wait(this.idleTimeoutMs - waitedMs);
      }
    } finally {
      this.#reading = false;
      for (const event of ['readable', 'end', 'error', 'close', 'aborted']) request.off(event, wake);
    }
  }

  /** Read so far, drained bytes included. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** True when the whole body has been received, read or not. */
  get isComplete(): boolean {
    return this.request.complete;
  }

  /** Aborts a read in progress: the rest is not needed. */
  cancel(): void {
    if (this.#reading || !this.isComplete) this.#failure ??= new S3Error('IncompleteBody');
    this.#wake();
  }

  /** Drains the rest of the body, within size and time limits, so that a client still sending sees the response. */
  async drain(timeoutMs: number): Promise<void> {
    const { request } = this;
    this.cancel();
    // The cancelled reader removes its listeners in the following event loop turns.
    while (this.#reading) await new Promise<void>((resolve) => setImmediate(resolve));
    const isUnasked = request.headers.expect !== undefined && !this.#asked;
    const hasEnded = request.readableEnded || request.destroyed || request.socket.readableEnded;
    if (hasEnded || isUnasked) return;
    await new Promise<void>((resolve) => {
      let left = maxDrainBytes;
      const done = () => {
        clearTimeout(timer);
        clearTimeout(idle);
        request.off('data', onData).off('end', done).off('close', done).off('error', done);
        resolve();
      };
      const onData = (chunk: Buffer) => {
        left -= chunk.length;
        this.#receivedBytes += chunk.length;
        idle.refresh();
        if (left < 0) done();
      };
      const timer = setTimeout(done, timeoutMs);
      const idle = setTimeout(done, drainIdleMs);
      request.on('data', onData).on('end', done).on('close', done).on('error', done);
      request.resume();
    });
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    if (this.request.headers.expect?.toLowerCase() === '100-continue') this.response.writeContinue();
  }

  /** Milliseconds waited until an event or the timeout. */
  #wait(timeoutMs: number): Promise<number> {
    const startedAt = performance.now();
    return new Promise((resolve) => {
      // When the event loop was busy, unread bytes may have arrived already: process them before the timeout.
      const timer = setTimeout(() => setImmediate(() => this.#wake()), Math.max(timeoutMs, 0) + 1);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => {};
        resolve(performance.now() - startedAt);
      };
    });
  }
}
