// Sealed streams of small files that were stored or read last, so that reading them again, and packing them, asks no provider. A sealed stream
// never changes, whatever pack it lies in, and opens only with its key: what was deleted cannot be read from here.
import { toHex } from '@cess/primitives';

/** Largest share of the cache for one stream. */
const largestShare = 1 / 64;

export class SealedCache {
  /** By stream id (hex), those used last at the end. */
  readonly #streams = new Map<string, Uint8Array>();
  #bytes = 0;
  #hits = 0;
  #misses = 0;

  constructor(private readonly capacityBytes: number) {}

  /** Bytes in use, and lookups since the start. */
  get counts(): { readonly bytes: number; readonly hits: number; readonly misses: number } {
    return { bytes: this.#bytes, hits: this.#hits, misses: this.#misses };
  }

  /** The whole stream. The caller must not change it. */
  get(streamId: Uint8Array): Uint8Array | undefined {
    const name = toHex(streamId);
    const stream = this.#streams.get(name);
    if (stream === undefined) {
      this.#misses++;
      return undefined;
    }
    this.#hits++;
    this.#streams.delete(name);
    this.#streams.set(name, stream);
    return stream;
  }

  /** Keeps a copy of a whole stream. */
  put(streamId: Uint8Array, stream: Uint8Array): void {
    if (stream.length > this.capacityBytes * largestShare) return;
    const name = toHex(streamId);
    if (this.#streams.has(name)) return;
    this.#streams.set(name, stream.slice());
    this.#bytes += stream.length;
    for (const [oldest, { length }] of this.#streams) {
      if (this.#bytes <= this.capacityBytes) break;
      this.#streams.delete(oldest);
      this.#bytes -= length;
    }
  }
}
