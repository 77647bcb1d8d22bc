// Takes plaintext chunks as they come from the socket and lays them into a segment's region in shared memory at the
// places of their frames, so that sealing works in place. The only copy of the plaintext on its way in.

import { aborted, handledElsewhere } from '@cess/primitives';
import { framePlaintextSizeBytes, frameSizeBytes, frameTagSizeBytes } from '@cess/sealing';

/** Bytes in order. */
export interface ByteSource {
  /** Fills `target` completely; resolves with the bytes written, fewer only at the end of the source. */
  readInto(target: Uint8Array): Promise<number>;
}

/** A pull source of plaintext with look-ahead of one chunk. */
export class PlaintextSource implements ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #isReading = false;
  #receivedBytes = 0;
  #waitedMs = 0;

  /** `signal` ends a wait for a chunk that nobody needs any more. */
  constructor(
    chunks: AsyncIterable<Uint8Array>,
    private readonly signal: AbortSignal,
  ) {
    this.#iterator = chunks[Symbol.asyncIterator]();
  }

  /** Rate of the source so far, without the time in which nobody asked for more. */
  get bytesPerMs(): number {
    return this.#receivedBytes / this.#waitedMs;
  }

  async readInto(target: Uint8Array): Promise<number> {
    let written = 0;
    while (written < target.length) {
      if (this.#chunk.length === 0) {
        const next = await this.#next();
        if (next.done === true) return written;
        this.#chunk = next.value;
        continue;
      }
      const take = Math.min(this.#chunk.length, target.length - written);
      target.set(this.#chunk.subarray(0, take), written);
      this.#chunk = this.#chunk.subarray(take);
      written += take;
    }
    return written;
  }

  /** True when the source ends here; runs the checks that stand at its end. */
  async isAtEnd(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#next();
      if (next.done === true) return true;
      this.#chunk = next.value;
    }
    return false;
  }

  /** Closes the source early, which releases its resources. */
  async close(): Promise<void> {
    const closed = this.#iterator.return?.();
    // A generator that waits for its next chunk closes only when the chunk arrives.
    if (!this.#isReading) await closed;
    else if (closed !== undefined) handledElsewhere(closed);
  }

  #next(): Promise<IteratorResult<Uint8Array>> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(aborted(signal.reason));
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      this.#isReading = true;
      const startedMs = performance.now();
      this.#iterator
        .next()
        .finally(() => {
          this.#isReading = false;
          signal.removeEventListener('abort', onAbort);
          this.#waitedMs += performance.now() - startedMs;
        })
        .then((next) => {
          if (next.done !== true) this.#receivedBytes += next.value.length;
          resolve(next);
        }, reject);
    });
  }
}

/** Reads the plaintext of `sealedLength` ciphertext bytes into their frames; false when the source ended too early. */
export async function fillFrames(source: ByteSource, data: Uint8Array, sealedLength: number): Promise<boolean> {
  for (let at = 0; at < sealedLength; at += frameSizeBytes) {
    const length = Math.min(framePlaintextSizeBytes, sealedLength - at - frameTagSizeBytes);
    if ((await source.readInto(data.subarray(at, at + length))) < length) return false;
  }
  return true;
}
