// State in memory for tests of pallets: a stack of layers over a base. The root is a hash over the sorted entries, good
// enough to compare two runs, not a trie root.
import { blake2_256 } from '@cess/crypto';
import { compareBytes, concatBytes, fromHex, toHex } from '@cess/primitives';
import type { Externalities } from '../externalities.js';

type Layer = Map<string, Uint8Array | undefined>;

export class MemoryExternalities implements Externalities {
  #layers: Layer[] = [new Map()];

  get depth(): number {
    return this.#layers.length - 1;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const text = toHex(key);
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const layer = this.#layers[i]!;
      if (layer.has(text)) return layer.get(text);
    }
    return undefined;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#layers.at(-1)!.set(toHex(key), value);
  }

  delete(key: Uint8Array): void {
    this.#layers.at(-1)!.set(toHex(key), undefined);
  }

  *keys(prefix: Uint8Array, startAfter?: Uint8Array, limit = Number.POSITIVE_INFINITY): Generator<Uint8Array> {
    const start = toHex(prefix);
    const found = [...this.entries()]
      .map(([key]) => key)
      .filter((key) => toHex(key).startsWith(start) && (startAfter === undefined || compareBytes(key, startAfter) > 0));
    let count = 0;
    for (const key of found) {
      if (count++ >= limit) return;
      yield key;
    }
  }

  /** All entries in key order. */
  entries(): readonly (readonly [Uint8Array, Uint8Array])[] {
    const merged = new Map<string, Uint8Array | undefined>();
    for (const layer of this.#layers) for (const [key, value] of layer) merged.set(key, value);
    return [...merged]
      .filter((entry): entry is [string, Uint8Array] => entry[1] !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [fromHex(key), value]);
  }

  beginTransaction(): void {
    this.#layers.push(new Map());
  }

  commitTransaction(): void {
    const top = this.#layers.pop()!;
    const below = this.#layers.at(-1)!;
    for (const [key, value] of top) below.set(key, value);
  }

  rollbackTransaction(): void {
    this.#layers.pop();
  }

  storageRoot(): Uint8Array {
    return blake2_256(concatBytes(...this.entries().flatMap(([key, value]) => [blake2_256(key), blake2_256(value)])));
  }

  extrinsicsRoot(encodedExtrinsics: readonly Uint8Array[]): Uint8Array {
    return blake2_256(concatBytes(...encodedExtrinsics));
  }

  /** A copy of the present state. */
  fork(): MemoryExternalities {
    const copy = new MemoryExternalities();
    for (const [key, value] of this.entries()) copy.put(key, value);
    return copy;
  }
}
