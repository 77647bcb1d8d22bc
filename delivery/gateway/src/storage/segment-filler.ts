// Takes plaintext chunks as they come from the socket and lays them into a segment's region in shared memory at the
// places of their frames, so that sealing works in place. The only copy of the plaintext on its way in.
import { framePlaintextSizeBytes, frameSizeBytes, frameTagSizeBytes } from '@cess/crypto';

/** A pull source of plaintext with look-ahead of one chunk. */
export class PlaintextSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#iterator = chunks[Symbol.asyncIterator]();
  }

  /** Fills `target` completely; resolves with the bytes written, fewer only at the end of the source. */
  async readInto(target: Uint8Array): Promise<number> {
    let written = 0;
    while (written < target.length) {
      if (this.#chunk.length === 0) {
        const next = await this.#iterator.next();
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
      const next = await this.#iterator.next();
      if (next.done === true) return true;
      this.#chunk = next.value;
    }
    return false;
  }

  /** Ends the source early, which releases whatever it holds. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** Reads the plaintext of `sealedLength` ciphertext bytes into their frames; false when the source ended too early. */
export async function fillFrames(source: PlaintextSource, data: Uint8Array, sealedLength: number): Promise<boolean> {
  for (let at = 0; at < sealedLength; at += frameSizeBytes) {
    const length = Math.min(framePlaintextSizeBytes, sealedLength - at - frameTagSizeBytes);
    if ((await source.readInto(data.subarray(at, at + length))) < length) return false;
  }
  return true;
}
