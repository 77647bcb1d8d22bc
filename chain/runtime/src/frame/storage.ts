// Typed storage items. A key is twox128(pallet) ‖ twox128(item) ‖ hashed key parts; every hasher keeps the key
// readable, so that maps can be iterated. Absent values are undefined or the declared default, never both.
import type { Codec, TypeDescriptor } from '@cess/codec';
import { Reader } from '@cess/codec';
import { blake2_128, twox64, twox128 } from '@cess/crypto';
import { concatBytes, invariant, utf8 } from '@cess/primitives';
import type { StorageAccess } from './context.js';

type HasherName = 'Blake2_128Concat' | 'Twox64Concat' | 'Identity';

/** One part of a map's key. */
export interface KeyPart<K> {
  readonly hasher: HasherName;
  readonly codec: Codec<K>;
}

/** For keys that users can choose. */
export function blake2Concat<K>(codec: Codec<K>): KeyPart<K> {
  return { hasher: 'Blake2_128Concat', codec };
}

/** For keys that users cannot choose, such as counters. */
export function twoxConcat<K>(codec: Codec<K>): KeyPart<K> {
  return { hasher: 'Twox64Concat', codec };
}

/** For keys that are hashes, and for ordered iteration. */
export function identity<K>(codec: Codec<K>): KeyPart<K> {
  return { hasher: 'Identity', codec };
}

const HASH_BYTES: Readonly<Record<HasherName, number>> = { Blake2_128Concat: 16, Twox64Concat: 8, Identity: 0 };

/** An item as the metadata describes it. */
interface StorageEntry {
  readonly pallet: string;
  readonly name: string;
  readonly keys: readonly { readonly hasher: HasherName; readonly type: TypeDescriptor }[];
  readonly value: TypeDescriptor;
  readonly modifier: 'Optional' | 'Default';
  readonly defaultBytes: Uint8Array;
  readonly docs: readonly string[];
}

interface ItemInit<V, R> {
  readonly pallet: string;
  readonly name: string;
  readonly parts: readonly KeyPart<unknown>[];
  readonly codec: Codec<V>;
  /** The default, as the metadata shows it; absent for optional items. */
  readonly fallback: { readonly value: V } | undefined;
  readonly docs: readonly string[];
  readonly absent: R;
}

abstract class StorageItem<V, R> {
  readonly pallet: string;
  readonly name: string;
  readonly codec: Codec<V>;
  readonly parts: readonly KeyPart<unknown>[];
  readonly docs: readonly string[];
  readonly #absent: R;
  readonly #fallback: { readonly value: V } | undefined;
  readonly itemPrefix: Uint8Array;

  constructor(init: ItemInit<V, R>) {
    this.pallet = init.pallet;
    this.name = init.name;
    this.codec = init.codec;
    this.parts = init.parts;
    this.docs = init.docs;
    this.#absent = init.absent;
    this.#fallback = init.fallback;
    this.itemPrefix = concatBytes(twox128(utf8(init.pallet)), twox128(utf8(init.name)));
  }

  /** The value of raw storage bytes; the default for undefined. */
  decodeValue(bytes: Uint8Array | undefined): V | R {
    return bytes === undefined ? this.#absent : this.codec.decode(bytes);
  }

  entry(): StorageEntry {
    return {
      pallet: this.pallet,
      name: this.name,
      keys: this.parts.map((part) => ({ hasher: part.hasher, type: part.codec.type })),
      value: this.codec.type,
      modifier: this.#fallback === undefined ? 'Optional' : 'Default',
      defaultBytes: this.#fallback === undefined ? new Uint8Array(1) : this.codec.encode(this.#fallback.value),
      docs: this.docs,
    };
  }

  protected keyOf(values: readonly unknown[]): Uint8Array {
    const pieces: Uint8Array[] = [this.itemPrefix];
    for (let i = 0; i < values.length; i++) {
      const part = this.parts[i];
      invariant(part !== undefined, 'a key has no more parts than its map declares');
      const { hasher, codec } = part;
      const encoded = codec.encode(values[i]);
      if (hasher === 'Blake2_128Concat') pieces.push(blake2_128(encoded));
      else if (hasher === 'Twox64Concat') pieces.push(twox64(encoded));
      pieces.push(encoded);
    }
    return concatBytes(...pieces);
  }
}

/** A single value. `R` is what an absent value reads as: undefined, or the value type if there is a default. */
export class StorageValue<V, R> extends StorageItem<V, R> {
  key(): Uint8Array {
    return this.itemPrefix;
  }

  get(at: StorageAccess): V | R {
    return this.decodeValue(at.ext.get(this.itemPrefix));
  }

  put(at: StorageAccess, value: V): void {
    at.ext.put(this.itemPrefix, this.codec.encode(value));
  }

  kill(at: StorageAccess): void {
    at.ext.delete(this.itemPrefix);
  }

  /** Replaces the value by `change` of it and returns the new value. */
  mutate(at: StorageAccess, change: (value: V | R) => V): V {
    const value = change(this.get(at));
    this.put(at, value);
    return value;
  }
}

/** A map with one or more key parts. */
export class StorageMap<K extends readonly unknown[], V, R> extends StorageItem<V, R> {
  key(...keys: K): Uint8Array {
    return this.keyOf(keys);
  }

  /** The common prefix of all keys that begin with these parts. */
  prefix(...keys: Partial<K>): Uint8Array {
    return this.keyOf(keys as readonly unknown[]);
  }

  get(at: StorageAccess, ...keys: K): V | R {
    return this.decodeValue(at.ext.get(this.keyOf(keys)));
  }

  has(at: StorageAccess, ...keys: K): boolean {
    return at.ext.get(this.keyOf(keys)) !== undefined;
  }

  put(at: StorageAccess, ...entry: readonly [...K, V]): void {
    const keys = entry.slice(0, -1);
    at.ext.put(this.keyOf(keys), this.codec.encode(entry[entry.length - 1] as V));
  }

  remove(at: StorageAccess, ...keys: K): void {
    at.ext.delete(this.keyOf(keys));
  }

  /** The key parts of a raw key of this item. Throws `SCALE_MALFORMED` on a foreign key. */
  decodeKey(raw: Uint8Array): K {
    const reader = new Reader(raw.subarray(this.itemPrefix.length));
    const keys: unknown[] = [];
    for (const part of this.parts) {
      reader.view(HASH_BYTES[part.hasher]);
      keys.push(part.codec.read(reader));
    }
    reader.end();
    return keys as unknown as K;
  }

  /** Entries under a partial key in the order of the raw keys. Do not change the map while iterating. */
  *entries(at: StorageAccess, partial: Partial<K>, limit?: number): Generator<readonly [K, V]> {
    for (const raw of at.ext.keys(this.keyOf(partial as readonly unknown[]), undefined, limit)) {
      const bytes = at.ext.get(raw);
      if (bytes !== undefined) yield [this.decodeKey(raw), this.codec.decode(bytes)];
    }
  }
}

type KeysOf<P extends readonly KeyPart<unknown>[]> = {
  readonly [I in keyof P]: P[I] extends KeyPart<infer K> ? K : never;
};

/** A storage item of any shape, for tables of them. */
export type AnyStorageItem = Pick<StorageItem<unknown, unknown>, 'name' | 'pallet' | 'entry' | 'codec' | 'decodeValue'>;

/** Declares the items of one pallet. */
export function storageOf(pallet: string) {
  return {
    /** Optional value. */
    value<V>(name: string, codec: Codec<V>, docs: readonly string[] = []): StorageValue<V, undefined> {
      return new StorageValue({ pallet, name, parts: [], codec, fallback: undefined, absent: undefined, docs });
    },
    /** Value with a default. */
    valueOr<V>(name: string, codec: Codec<V>, fallback: V, docs: readonly string[] = []): StorageValue<V, V> {
      return new StorageValue({
        pallet,
        name,
        parts: [],
        codec,
        fallback: { value: fallback },
        absent: fallback,
        docs,
      });
    },
    /** Map with optional values. */
    map<const P extends readonly KeyPart<unknown>[], V>(
      name: string,
      parts: P,
      codec: Codec<V>,
      docs: readonly string[] = [],
    ): StorageMap<KeysOf<P>, V, undefined> {
      return new StorageMap({ pallet, name, parts, codec, fallback: undefined, absent: undefined, docs });
    },
    /** Map with a default value. */
    mapOr<const P extends readonly KeyPart<unknown>[], V>(
      name: string,
      parts: P,
      codec: Codec<V>,
      fallback: V,
      docs: readonly string[] = [],
    ): StorageMap<KeysOf<P>, V, V> {
      return new StorageMap({ pallet, name, parts, codec, fallback: { value: fallback }, absent: fallback, docs });
    },
  };
}
