// Decoded records that requests read again and again: buckets, files, segments of packs. A record is given only for the very bytes that it
// was decoded from, which the caller has just read: so it is never older than the index, whichever gateway wrote it. Records are immutable.

/** Stored bytes of all remembered records; a decoded one takes several times its bytes. */
const defaultMaxBytes = 1024 * 1024;

interface Decoded {
  readonly stored: Uint8Array;
  readonly record: unknown;
}

export class DecodedRecords {
  /** By name. When the recent ones take half of the bytes they become the older ones, and those are forgotten. */
  #recent = new Map<string, Decoded>();
  #older: ReadonlyMap<string, Decoded> = new Map();
  #recentBytes = 0;

  constructor(private readonly maxBytes = defaultMaxBytes) {}

  /** The record of `name`, which is decoded in one way only. Throws what `decode` throws. */
  read<T>(name: string, stored: Uint8Array, decode: (stored: Uint8Array) => T): T {
    const recent = this.#recent.get(name);
    const known = recent ?? this.#older.get(name);
    if (known === undefined || Buffer.compare(known.stored, stored) !== 0) {
      const record = decode(stored);
      this.#remember(name, { stored, record });
      return record;
    }
    if (recent === undefined) this.#remember(name, known);
    return known.record as T;
  }

  #remember(name: string, decoded: Decoded): void {
    const { length } = decoded.stored;
    const half = this.maxBytes / 2;
    if (length > half) return;
    if (this.#recentBytes + length > half) {
      this.#older = this.#recent;
      this.#recent = new Map();
      this.#recentBytes = 0;
    }
    this.#recentBytes += length - (this.#recent.get(name)?.stored.length ?? 0);
    this.#recent.set(name, decoded);
  }
}
