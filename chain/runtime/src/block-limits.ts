// Limits of a block: 2 s of execution (75 % for normal calls) and 4 MiB of extrinsics.
import type { DispatchClass, Weight } from '@cess/chain-primitives';

const SECOND = 1_000_000_000_000n;
const ANY_PROOF = (1n << 64n) - 1n;

/** Number of recent block hashes that are kept beside the genesis hash. */
export const BLOCK_HASH_COUNT = 2400;
export const SS58_PREFIX = 11330;
export const MAX_BLOCK_BYTES = 4 * 1024 * 1024;
/** Largest extrinsic, length prefix included. */
export const MAX_EXTRINSIC_BYTES = 1_310_720;
export const MAX_BLOCK_WEIGHT: Weight = { ref_time: 2n * SECOND, proof_size: ANY_PROOF };
const MAX_NORMAL_WEIGHT: Weight = { ref_time: (3n * SECOND) / 2n, proof_size: ANY_PROOF };
export const BASE_EXTRINSIC_WEIGHT: Weight = { ref_time: 400_000_000n, proof_size: 0n };
export const BASE_BLOCK_WEIGHT: Weight = { ref_time: 500_000_000n, proof_size: 0n };

/** Largest total of a class within a block. */
export function maxTotalWeight(dispatchClass: DispatchClass): Weight {
  return dispatchClass === 'Normal' ? MAX_NORMAL_WEIGHT : MAX_BLOCK_WEIGHT;
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
      reserved: undefined,
    },
    mandatory: {
      base_extrinsic: BASE_EXTRINSIC_WEIGHT,
      max_extrinsic: undefined,
      max_total: undefined,
      reserved: undefined,
    },
  },
};
