// GRANDPA justification in Substrate's wire format: proof that a block is final, checkable with the authority set
// alone. Source: Polkadot specification §6 (GRANDPA messages); sp_consensus_grandpa.
import { header } from '@cess/chain-primitives';
import { fixedBytes, type Static, struct, u32, u64, vec } from '@cess/codec';
import { concatBytes } from '@cess/primitives';

/** Limits checked before allocation, far above any authority set and any gap between votes. */
const maxPrecommits = 2048;
const maxAncestries = 4096;

const signedPrecommit = struct({
  target_hash: fixedBytes(32),
  target_number: u32,
  signature: fixedBytes(64),
  id: fixedBytes(32),
});
export type SignedPrecommit = Static<typeof signedPrecommit>;

export const justificationCodec = struct({
  round: u64,
  commit: struct({
    target_hash: fixedBytes(32),
    target_number: u32,
    precommits: vec(signedPrecommit, { max: maxPrecommits }),
  }),
  votes_ancestries: vec(header, { max: maxAncestries }),
});
export type Justification = Static<typeof justificationCodec>;

/** Engine id of GRANDPA in `chain_getBlock` and consensus digests. */
export const grandpaEngineId = 'FRNK';

export interface BlockId {
  readonly hash: Uint8Array;
  readonly number: number;
}

/** The 53 bytes that a precommit signs: 0x01 ‖ hash ‖ u32 number ‖ u64 round ‖ u64 set id, little-endian. */
export function precommitPayload(target: BlockId, round: bigint, setId: bigint): Uint8Array {
  const tail = new Uint8Array(20);
  const view = new DataView(tail.buffer);
  view.setUint32(0, target.number, true);
  view.setBigUint64(4, round, true);
  view.setBigUint64(12, setId, true);
  return concatBytes(Uint8Array.of(1), target.hash, tail);
}
