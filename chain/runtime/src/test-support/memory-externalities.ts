// State in memory for tests of pallets: a stack of layers over a base. The root is a hash over the sorted entries, good
// enough to compare two runs, not a trie root.
import { blake2_256 } from '@cess/crypto';
import { concatBytes } from '@cess/primitives';
import type { Externalities } from '../externalities.js';

type Layer = Map<string, Uint8Array | undefined>;

// Most entries stay the same from block to block.
const keyHashes = new Map<string, Uint8Array>();
const keyBytes = new Map<string, Uint8Array>();
const valueHashes = new WeakMap<Uint8Array, Uint8Array>();

export class MemoryExternalities implements Externalities {
  #layers: Layer[] = [new Map()];
  /** Every key that was ever written, as text, in order; those without a value are skipped. */
  readonly #keys: string[] = [];

  get depth(): number {
    return this.#layers.length - 1;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#valueOf(textOf(key));
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#write(textOf(key), value);
  }

  delete(key: Uint8Array): void {
    this.#write(textOf(key), undefined);
  }

  *keys(prefix: Uint8Array, startAfter?: Uint8Array, limit = Number.POSITIVE_INFINITY): Generator<Uint8Array> {
    const start = textOf(prefix);
    const after = startAfter === undefined ? undefined : textOf(startAfter);
    const found: string[] = [];
    const from = this.#indexOf(after === undefined || after < start ? start : after);
    for (let i = from; found.length < limit && this.#keys[i]?.startsWith(start); i++) {
      const key = this.#keys[i]!;
      if (key !== after && this.#valueOf(key) !== undefined) found.push(key);
    }
    for (const key of found) yield bytesOf(key);
  }

  /** All entries in key order. */
  entries(): readonly (readonly [Uint8Array, Uint8Array])[] {
    return this.#present().map(([key, value]) => [bytesOf(key), value]);
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
    const hashes = this.#present().flatMap(([key, value]) => [hashOfKey(key), hashOfValue(value)]);
    return blake2_256(Buffer.concat(hashes));
  }

  extrinsicsRoot(encodedExtrinsics: readonly Uint8Array[]): Uint8Array {
    return blake2_256(concatBytes(...encodedExtrinsics));
  }

  /** A copy of the present state. */
  fork(): MemoryExternalities {
    const copy = new MemoryExternalities();
    for (const [key, value] of this.#present()) copy.#write(key, value);
    return copy;
  }

  #valueOf(key: string): Uint8Array | undefined {
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const layer = this.#layers[i]!;
      if (layer.has(key)) return layer.get(key);
    }
    return undefined;
  }

  #write(key: string, value: Uint8Array | undefined): void {
    this.#layers.at(-1)!.set(key, value);
    const at = this.#indexOf(key);
    if (this.#keys[at] !== key) this.#keys.splice(at, 0, key);
  }

  #present(): readonly (readonly [string, Uint8Array])[] {
    const present: [string, Uint8Array][] = [];
    for (const key of this.#keys) {
      const value = this.#valueOf(key);
      if (value !== undefined) present.push([key, value]);
    }
    return present;
  }

  /** Where the key stands, or would stand, among all keys. */
  #indexOf(key: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function hashOfKey(key: string): Uint8Array {
  const hash = keyHashes.get(key) ?? blake2_256(bytesOf(key));
  keyHashes.set(key, hash);
  return hash;
}

function hashOfValue(value: Uint8Array): Uint8Array {
  const hash = valueHashes.get(value) ?? blake2_256(value);
  valueHashes.set(value, hash);
  return hash;
}

/** One character for each byte: texts stand in the order of the bytes. */
function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

/** The same array each time: nobody changes a key in place. */
function bytesOf(text: string): Uint8Array {
  let bytes = keyBytes.get(text);
  if (bytes === undefined) {
    bytes = new Uint8Array(Buffer.from(text, 'latin1'));
    keyBytes.set(text, bytes);
  }
  return bytes;
}
