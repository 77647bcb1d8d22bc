// Branded ids: byte strings that the type system keeps apart.

declare const brand: unique symbol;
export type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** 32-byte account id (sr25519 or ed25519 public key, or BLAKE2b-256 of a longer key). */
export type AccountId = Branded<Uint8Array, 'AccountId'>;
/** 32-byte BLAKE2b-256 hash of a block header. */
export type BlockHash = Branded<Uint8Array, 'BlockHash'>;
/** 32-byte id of a stored file (decisions: FileId). */
export type FileId = Branded<Uint8Array, 'FileId'>;
/** 32-byte root of a fragment (decisions: fragment root). */
export type FragmentRoot = Branded<Uint8Array, 'FragmentRoot'>;
/** 32-byte id of an order (OrdPla). */
export type OrderId = Branded<Uint8Array, 'OrderId'>;
