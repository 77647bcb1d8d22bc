// Limits of a block: half a slot of execution, at most 2 s, and 4 MiB of extrinsics. Normal calls get at most 65 % of both,
// together with the mandatory work of the block; the rest is reserved for operational calls, the duties of providers and workers.
// The opening hooks of all pallets together get 30 % of the execution.
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
/** Of slots of 4 s and more. In longer ones the rest is for propagation, and for the import by others. */
const MAX_BLOCK_REF_TIME = 2n * SECOND;
/** Of slots of 1 s and less; shorter ones are for tests. The heaviest calls still fit. */
const MIN_BLOCK_REF_TIME = SECOND / 2n;
const PICOSECONDS_PER_MS = SECOND / 1000n;
const NORMAL_PERCENT = 65n;
const HOOKS_PERCENT = 30n;
export const MAX_NORMAL_BYTES = Math.floor((MAX_BLOCK_BYTES * Number(NORMAL_PERCENT)) / 100);
/** From this share of the block on, the room for operational calls counts as exhausted. */
const EXHAUSTED_PERCENT = 90;
/** Priority of operational transactions in the pool; that of all others is lower. */
export const OPERATIONAL_PRIORITY = 1n << 63n;
export const BASE_EXTRINSIC_WEIGHT: Weight = refTime(weightTable.baseExtrinsic);
export const BASE_BLOCK_WEIGHT: Weight = refTime(weightTable.baseBlock);

/** Picoseconds of execution that a block of such a slot may have. */
export function maxBlockRefTime(slotDurationMs: bigint): bigint {
  const half = (slotDurationMs * PICOSECONDS_PER_MS) / 2n;
  if (half > MAX_BLOCK_REF_TIME) return MAX_BLOCK_REF_TIME;
  return half < MIN_BLOCK_REF_TIME ? MIN_BLOCK_REF_TIME : half;
}

function normalShare(refTimeOfBlock: bigint): bigint {
  return (refTimeOfBlock * NORMAL_PERCENT) / 100n;
}

/** Picoseconds of execution that the calls of a class may have within a block. */
export function maxTotalRefTime(dispatchClass: DispatchClass, slotDurationMs: bigint): bigint {
  const whole = maxBlockRefTime(slotDurationMs);
  return dispatchClass === 'Normal' ? normalShare(whole) : whole;
}

/** Picoseconds after which no opening hook of a block begins another step. */
export function maxHooksRefTime(slotDurationMs: bigint): bigint {
  return (maxBlockRefTime(slotDurationMs) * HOOKS_PERCENT) / 100n;
}

/** Largest number of bytes of all extrinsics of a class within a block. */
export function maxTotalBytes(dispatchClass: DispatchClass): number {
  return dispatchClass === 'Normal' ? MAX_NORMAL_BYTES : MAX_BLOCK_BYTES;
}

/** Whether a block with this weight and length may have had no room for another operational call. */
export function isDutyRoomExhausted(usedRefTime: bigint, usedBytes: number, slotDurationMs: bigint): boolean {
  const percent = BigInt(EXHAUSTED_PERCENT);
  const isFull = usedRefTime * 100n >= maxBlockRefTime(slotDurationMs) * percent;
  return isFull || usedBytes * 100 >= MAX_BLOCK_BYTES * EXHAUSTED_PERCENT;
}

const MAX_BLOCK_WEIGHT: Weight = { ref_time: MAX_BLOCK_REF_TIME, proof_size: ANY_PROOF };
const MAX_NORMAL_WEIGHT: Weight = { ref_time: normalShare(MAX_BLOCK_REF_TIME), proof_size: ANY_PROOF };

/** The limits of the production slot, as the metadata shows them. */
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
