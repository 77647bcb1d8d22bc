// Weights of Oss.
import type { Weight } from '@cess/chain-primitives';

export const CALL_WEIGHT: Weight = { ref_time: 40_000_000n, proof_size: 0n };
