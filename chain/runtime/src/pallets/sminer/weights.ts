// Weights of Sminer.
import type { Weight } from '@cess/chain-primitives';

export const CALL_WEIGHT: Weight = { ref_time: 80_000_000n, proof_size: 0n };
/** A signature is verified. */
export const SIGNATURE_WEIGHT: Weight = { ref_time: 600_000_000n, proof_size: 0n };
