// Nodes of the Substrate state trie as immutable values. Source: Polkadot specification §2.3 (state trie), V0 and V1.
// `id` is the id of the node's or value's record in the store; 0 means that there is none (inline, or from a proof).

export type NodeValue =
  | { readonly type: 'inline'; readonly bytes: Uint8Array }
  | { readonly type: 'hashed'; readonly hash: Uint8Array; readonly id: number };

export interface ChildRef {
  /** Merkle value: BLAKE2b-256 of the node's encoding, or the encoding itself when it is shorter than 32 bytes. */
  readonly merkle: Uint8Array;
  readonly id: number;
}

export interface TrieNode {
  /** Nibbles between the parent's branching and this node. */
  readonly partial: Uint8Array;
  readonly value: NodeValue | undefined;
  /** 16 slots; undefined in a leaf. */
  readonly children: readonly (ChildRef | undefined)[] | undefined;
}

export type StateVersion = 0 | 1;

/** Values of at least this many bytes are stored by hash in V1. */
export const hashedValueThreshold = 33;

/** A merkle value of this length is a hash; a shorter one is the node itself. */
export const hashLength = 32;

/** Root of the trie without entries: BLAKE2b-256 of the byte 0x00. */
export const emptyTrieRoot: Uint8Array = Uint8Array.from([
  0x03, 0x17, 0x0a, 0x2e, 0x75, 0x97, 0xb7, 0xb7, 0xe3, 0xd8, 0x4c, 0x05, 0x39, 0x1d, 0x13, 0x9a, 0x62, 0xb1, 0x57,
  0xe7, 0x87, 0x86, 0xd8, 0xc0, 0x82, 0xf2, 0x9d, 0xcf, 0x4c, 0x11, 0x13, 0x14,
]);
