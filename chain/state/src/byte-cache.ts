// Cache bounded by the size of what it holds, in two generations: a hit in the old one moves to the young one, and a
// full young one becomes the old one. Within a factor of two of LRU at the cost of one map look-up.

export class ByteCache<K, V> {
  readonly #halfBytes: number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  #youngBytes = 0;

  /** Holds values of at most about `maxBytes` in all. */
  constructor(maxBytes: number) {
    this.#halfBytes = maxBytes / 2;
  }

  /** `sizeBytes` is asked only when the value moves between generations. */
  get(key: K, sizeBytes: (value: V) => number): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old, sizeBytes(old));
    return old;
  }

  set(key: K, value: V, sizeBytes: number): void {
    if (this.#youngBytes + sizeBytes > this.#halfBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(key, value);
    this.#youngBytes += sizeBytes;
  }
}
