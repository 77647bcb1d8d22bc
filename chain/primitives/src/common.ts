// Types that every pallet uses. Their paths are behaviour: clients recognise AccountId32, H256, MultiAddress,
// MultiSignature and Era by path alone.
import {
  bytes,
  type Codec,
  compact,
  createCodec,
  describe,
  fixedBytes,
  named,
  type Static,
  struct,
  u8,
  u64,
  u128,
  unit,
  variant,
} from '@cess/codec';

/** 32-byte account id: an sr25519 or ed25519 public key, or BLAKE2b-256 of a compressed ecdsa key. */
export const accountId = named(['sp_core', 'crypto', 'AccountId32'], fixedBytes(32));
export const h256 = named(['primitive_types', 'H256'], fixedBytes(32));
export const balance = u128;

/** A block number as part of a map's key: big-endian, so that the order of keys is the order of blocks. */
export const blockKey: Codec<number> = createCodec<number>({
  type: describe({ kind: 'array', of: u8.type, length: 4 }),
  minBytes: 4,
  write: (value, writer) => {
    for (const shift of [24, 16, 8, 0]) writer.u8((value >>> shift) & 0xff);
  },
  read: (reader) => ((reader.u8() << 24) | (reader.u8() << 16) | (reader.u8() << 8) | reader.u8()) >>> 0,
});

/** Computation in picoseconds and proof size in bytes. */
export const weight = struct(
  { ref_time: compact(u64), proof_size: compact(u64) },
  { path: ['sp_weights', 'weight_v2', 'Weight'] },
);
export type Weight = Static<typeof weight>;
export const ZERO_WEIGHT: Weight = { ref_time: 0n, proof_size: 0n };

/** Sum of two weights. */
export function addWeight(a: Weight, b: Weight): Weight {
  return { ref_time: a.ref_time + b.ref_time, proof_size: a.proof_size + b.proof_size };
}

// AccountIndex is () on this chain: its compact form is zero bytes.
export const multiAddress = variant(
  {
    Id: accountId,
    Index: unit,
    Raw: bytes({ max: 128 }),
    Address32: fixedBytes(32),
    Address20: fixedBytes(20),
  },
  {
    path: ['sp_runtime', 'multiaddress', 'MultiAddress'],
    params: [
      { name: 'AccountId', type: accountId.type },
      { name: 'AccountIndex', type: unit.type },
    ],
  },
);
export type MultiAddress = Static<typeof multiAddress>;

export const multiSignature = variant(
  { Ed25519: fixedBytes(64), Sr25519: fixedBytes(64), Ecdsa: fixedBytes(65) },
  { path: ['sp_runtime', 'MultiSignature'] },
);
/** A signature with its scheme: sr25519 and ed25519 have 64 bytes, ecdsa has 65. */
export type MultiSignature = Static<typeof multiSignature>;
