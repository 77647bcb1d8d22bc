// What is on a simulated disk: a map with ordered keys, in buckets of the first two bytes, because a chain's database has few
// tables that are read in order. Keys are Latin-1 strings, whose order is the order of bytes.
import type { KvEntry, KvRange } from '@cess/store';

const bucketLength = 2;

export function keyText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

function keyBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

export class SortedStore {
  readonly #values: Map<string, Uint8Array>;
  readonly #buckets = new Map<string, string[]>();

  constructor(values: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.#values = new Map(values);
    for (const key of [...values.keys()].sort()) this.#bucket(key).push(key);
  }

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  /** A copy of the content; values are never changed in place. */
  copy(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.#values);
  }

  /** Undefined deletes. Returns the value before. */
  set(key: string, value: Uint8Array | undefined): Uint8Array | undefined {
    const before = this.#values.get(key);
    if (value === undefined) {
      if (before === undefined) return undefined;
      this.#values.delete(key);
      const bucket = this.#bucket(key);
      bucket.splice(lowerBound(bucket, key), 1);
      return before;
    }
    this.#values.set(key, value);
    if (before === undefined) this.#insert(key);
    return before;
  }

  /** One consistent snapshot. */
  entries({ gte, lt, reverse = false, limit = Number.POSITIVE_INFINITY }: KvRange): KvEntry[] {
    const from = gte === undefined ? '' : keyText(gte);
    const to = lt === undefined ? undefined : keyText(lt);
    const keys: string[] = [];
    for (const name of [...this.#buckets.keys()].sort()) {
      if (name < from.slice(0, bucketLength) || (to !== undefined && name > to)) continue;
      const bucket = this.#buckets.get(name) ?? [];
      for (let i = lowerBound(bucket, from); i < bucket.length; i++) {
        const key = bucket[i] as string;
        if (to !== undefined && key >= to) break;
        keys.push(key);
        if (!reverse && keys.length >= limit) break;
      }
    }
    if (reverse) keys.reverse();
    return keys
      .slice(0, Math.min(limit, keys.length))
      .map((key) => [keyBytes(key), (this.#values.get(key) as Uint8Array).slice()] as const);
  }

  #insert(key: string): void {
    const bucket = this.#bucket(key);
    const last = bucket.at(-1);
    if (last === undefined || last < key) bucket.push(key);
    else bucket.splice(lowerBound(bucket, key), 0, key);
  }

  #bucket(key: string): string[] {
    const name = key.slice(0, bucketLength);
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = [];
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
