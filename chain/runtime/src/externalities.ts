// What the runtime needs of the world: a key-value state with nested transactions, and hash functions.
// chain/state implements the state over the trie, @cess/crypto the cryptography.

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

export interface RuntimeCrypto {
  blake2_128(data: Uint8Array): Uint8Array;
  blake2_256(data: Uint8Array): Uint8Array;
  twox64(data: Uint8Array): Uint8Array;
  twox128(data: Uint8Array): Uint8Array;
  sha256(data: Uint8Array): Uint8Array;
  sha512(data: Uint8Array): Uint8Array;
  verifySr25519(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean;
  verifyEd25519(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean;
  /** The 33-byte compressed public key that made the 65-byte signature over the 32-byte hash; undefined if none did. */
  recoverEcdsa(hash: Uint8Array, signature: Uint8Array): Uint8Array | undefined;
}
