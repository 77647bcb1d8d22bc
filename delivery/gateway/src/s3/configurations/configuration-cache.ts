// Parsed configurations of buckets. A cached value is used only while the stored document is the one that it was parsed from,
// so a change takes effect with the next request, and a request parses nothing that an earlier one has parsed.
import { type BucketConfiguration, type NamedBucket, storedDocument } from './configuration.js';

/** Stored bytes of all cached values; a compiled policy takes several times its document. */
const defaultMaxBytes = 4 * 1024 * 1024;

interface CachedValue {
  readonly stored: Uint8Array;
  readonly value: unknown;
}

export class ConfigurationCache {
  readonly #values = new Map<string, CachedValue>();
  #bytes = 0;

  constructor(private readonly maxBytes = defaultMaxBytes) {}

  /** The value of the bucket, or undefined if it has none. Throws what the parser throws for the stored document. */
  read<T>(configuration: BucketConfiguration<T>, { name, record }: NamedBucket): T | undefined {
    const stored = storedDocument(record, configuration.name);
    if (stored === undefined) return configuration.initial;
    if (stored.length === 0) return undefined;
    const id = `${configuration.name} ${name}`;
    const known = this.#values.get(id);
    if (known !== undefined && Buffer.compare(known.stored, stored) === 0) return known.value as T;
    const value = configuration.parse(stored, name);
    this.#remember(id, { stored: Uint8Array.from(stored), value });
    return value;
  }

  #remember(id: string, entry: CachedValue): void {
    this.#forget(id);
    if (entry.stored.length > this.maxBytes) return;
    this.#values.set(id, entry);
    this.#bytes += entry.stored.length;
    for (const oldest of this.#values.keys()) {
      if (this.#bytes <= this.maxBytes) break;
      this.#forget(oldest);
    }
  }

  #forget(id: string): void {
    this.#bytes -= this.#values.get(id)?.stored.length ?? 0;
    this.#values.delete(id);
  }
}
