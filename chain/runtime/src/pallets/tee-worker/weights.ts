// Weights of TeeWorker.
import type { Weight } from '@cess/chain-primitives';

export const CALL_WEIGHT: Weight = { ref_time: 80_000_000n, proof_size: 0n };
/** Two pairings, three subgroup checks, a signature. */
export const KEY_WEIGHT: Weight = { ref_time: 20_000_000_000n, proof_size: 0n };
