// What the runtime needs of the world: a key-value state with nested transactions. chain/state implements it over
// the trie.

export interface Externalities {
  get(key: Uint8Array): Uint8Array | undefined;
  put(key: Uint8Array, value: Uint8Array): void;
  delete(key: Uint8Array): void;
  /** Keys under `prefix` in ascending order, changes included, after `startAfter` (exclusive), at most `limit`. */
  keys(prefix: Uint8Array, startAfter?: Uint8Array, limit?: number): Iterable<Uint8Array>;
  beginTransaction(): void;
  commitTransaction(): void;
  rollbackTransaction(): void;
  /** 32-byte root of the state with all changes. */
  storageRoot(): Uint8Array;
  /** 32-byte trie root over the encoded extrinsics in order (each as length-prefixed bytes). */
  extrinsicsRoot(encodedExtrinsics: readonly Uint8Array[]): Uint8Array;
}
