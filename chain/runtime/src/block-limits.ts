// Limits of a block: 2 s of execution and 4 MiB of extrinsics. Normal calls get at most 65 % of both, together with the
// mandatory work of the block; the rest is reserved for operational calls, the duties of providers and workers.
import type { DispatchClass, Weight } from '@cess/chain-primitives';
import { refTime } from './frame/weight.js';
import { weightTable } from './weight-table.js';

const SECOND = 1_000_000_000_000n;
const ANY_PROOF = (1n << 64n) - 1n;

/** Number of recent block hashes that are kept beside the genesis hash. */
export const BLOCK_HASH_COUNT = 2400;
export const SS58_PREFIX = 11330;
export const MAX_BLOCK_BYTES = 4 * 1024 * 1024;
/** Largest extrinsic, length prefix included. */
export const MAX_EXTRINSIC_BYTES = 1_310_720;
export const MAX_BLOCK_WEIGHT: Weight = { ref_time: 2n * SECOND, proof_size: ANY_PROOF };
const NORMAL_PERCENT = 65;
const MAX_NORMAL_WEIGHT: Weight = {
  ref_time: (MAX_BLOCK_WEIGHT.ref_time * BigInt(NORMAL_PERCENT)) / 100n,
  proof_size: ANY_PROOF,
};
export const MAX_NORMAL_BYTES = Math.floor((MAX_BLOCK_BYTES * NORMAL_PERCENT) / 100);
/** From this share of the block on, the room for operational calls counts as exhausted. */
const EXHAUSTED_PERCENT = 90;
/** Priority of operational transactions in the pool; that of all others is lower. */
export const OPERATIONAL_PRIORITY = 1n << 63n;
export const BASE_EXTRINSIC_WEIGHT: Weight = refTime(weightTable.baseExtrinsic);
export const BASE_BLOCK_WEIGHT: Weight = refTime(weightTable.baseBlock);

/** Largest total of a class within a block. */
export function maxTotalWeight(dispatchClass: DispatchClass): Weight {
  return dispatchClass === 'Normal' ? MAX_NORMAL_WEIGHT : MAX_BLOCK_WEIGHT;
}

/** Largest number of bytes of all extrinsics of a class within a block. */
export function maxTotalBytes(dispatchClass: DispatchClass): number {
  return dispatchClass === 'Normal' ? MAX_NORMAL_BYTES : MAX_BLOCK_BYTES;
}

/** Whether a block with this weight and length may have had no room for another operational call. */
export function isDutyRoomExhausted(usedRefTime: bigint, usedBytes: number): boolean {
  const percent = BigInt(EXHAUSTED_PERCENT);
  return (
    usedRefTime * 100n >= MAX_BLOCK_WEIGHT.ref_time * percent || usedBytes * 100 >= MAX_BLOCK_BYTES * EXHAUSTED_PERCENT
  );
}

/** The limits as the metadata shows them. */
export const blockWeightsValue = {
  base_block: BASE_BLOCK_WEIGHT,
  max_block: MAX_BLOCK_WEIGHT,
  per_class: {
    normal: {
      base_extrinsic: BASE_EXTRINSIC_WEIGHT,
      max_extrinsic: MAX_NORMAL_WEIGHT,
      max_total: MAX_NORMAL_WEIGHT,
      reserved: undefined,
    },
    operational: {
      base_extrinsic: BASE_EXTRINSIC_WEIGHT,
      max_extrinsic: MAX_BLOCK_WEIGHT,
      max_total: MAX_BLOCK_WEIGHT,
      reserved: { ref_time: MAX_BLOCK_WEIGHT.ref_time - MAX_NORMAL_WEIGHT.ref_time, proof_size: 0n },
    },
    mandatory: {
      base_extrinsic: BASE_EXTRINSIC_WEIGHT,
      max_extrinsic: undefined,
      max_total: undefined,
      reserved: undefined,
    },
  },
};
