// Weights of StorageHandler.
import type { Weight } from '@cess/chain-primitives';

export const CALL_WEIGHT: Weight = { ref_time: 100_000_000n, proof_size: 0n };

/** Weight of ending so many leases. */
export function sweepWeight(swept: number): Weight {
  return { ref_time: BigInt(swept) * 100_000_000n, proof_size: 0n };
}
