// A cache of nibble tables by code and pattern, bounded in bytes. An encoder needs one entry, a reader one for each pattern of
// missing shards. Evicts the least recently used entry.

export class TableCache {
  readonly #entries = new Map<string, Uint8Array>();
  #sizeBytes = 0;

  constructor(readonly maxSizeBytes: number) {}

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The entry of `key`. `make` creates it if it is missing. */
  get(key: string, make: () => Uint8Array): Uint8Array {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known;
    }
    const made = make();
    this.#entries.set(key, made);
    this.#sizeBytes += made.length;
    for (const [oldest, tables] of this.#entries) {
      if (this.#sizeBytes <= this.maxSizeBytes || oldest === key) break;
      this.#entries.delete(oldest);
      this.#sizeBytes -= tables.length;
    }
    return made;
  }
}
