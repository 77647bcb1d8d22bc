// Identities of stored content (docs/protocol/data-path.md §5). All integers little-endian.
//   segment root = SHA-256("CESS/segment/v1" ‖ u8 k-1 ‖ u8 n-1 ‖ u64 ciphertext length ‖ fragment roots)
//   FileId       = SHA-256("CESS/file/v1" ‖ genesis ‖ owner ‖ order id ‖ segment roots)
//   order id     = SHA-256(genesis ‖ owner ‖ territory ‖ 32 random bytes)            (OrdPla, PODR2-1)
//   of a file of an exported index: "CESSIDX1" ‖ the first 24 bytes of that hash
// k and n are stored minus one, so that n = 256 fits into a byte.
import { sha256 } from '@cess/crypto';
import { type Branded, concatBytes, equalBytes, invariant, utf8 } from '@cess/primitives';
import { maxFragments } from './layout.js';

/** 32-byte id of a stored file. */
export type FileId = Branded<Uint8Array, 'FileId'>;
/** 32-byte id of an order (OrdPla). */
export type OrderId = Branded<Uint8Array, 'OrderId'>;

const segmentDomain = utf8('CESS/segment/v1');
const fileDomain = utf8('CESS/file/v1');
const indexOrderTag = utf8('CESSIDX1');

export interface SegmentShape {
  readonly k: number;
  readonly ciphertextLength: number;
  /** The roots of all n fragments in order. */
  readonly fragmentRoots: readonly Uint8Array[];
}

/** Root of a segment: binds the code, the length and every fragment. */
export function segmentRoot({ k, ciphertextLength, fragmentRoots }: SegmentShape): Uint8Array {
  const n = fragmentRoots.length;
  invariant(k >= 1 && k <= n && n <= maxFragments, 'segment has 1 <= k <= n <= 256');
  const head = new Uint8Array(10);
  head[0] = k - 1;
  head[1] = n - 1;
  new DataView(head.buffer).setBigUint64(2, BigInt(ciphertextLength), true);
  return sha256(concatBytes(segmentDomain, head, ...fragmentRoots));
}

export interface FileIdentity {
  readonly genesis: Uint8Array;
  readonly owner: Uint8Array;
  readonly orderId: Uint8Array;
  readonly segmentRoots: readonly Uint8Array[];
}

/** The id under which the chain records a file. */
export function fileId({ genesis, owner, orderId, segmentRoots }: FileIdentity): FileId {
  return sha256(concatBytes(fileDomain, genesis, owner, orderId, ...segmentRoots)) as FileId;
}

export interface OrderSeed {
  readonly genesis: Uint8Array;
  readonly owner: Uint8Array;
  readonly territory: string;
  /** 32 fresh random bytes. */
  readonly randomness: Uint8Array;
}

/** A new order id, chosen by the node that prepares the file. The chain enforces uniqueness. */
export function orderId({ genesis, owner, territory, randomness }: OrderSeed): OrderId {
  invariant(randomness.length === 32, 'an order id takes 32 random bytes');
  return sha256(concatBytes(genesis, owner, utf8(territory), randomness)) as OrderId;
}

/** A new order id for a file of an exported index (ADR 73), so that whoever lists files tells these from content. */
export function indexOrderId(seed: OrderSeed): OrderId {
  return concatBytes(indexOrderTag, orderId(seed).subarray(0, 32 - indexOrderTag.length)) as OrderId;
}

/** Whether the file of this order is one of an exported index, as the gateway that declared it says. */
export function isIndexOrder(order: Uint8Array): boolean {
  return equalBytes(order.subarray(0, indexOrderTag.length), indexOrderTag);
}
