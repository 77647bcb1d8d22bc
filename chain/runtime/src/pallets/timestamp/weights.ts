// Weights of Timestamp.
import type { Weight } from '@cess/chain-primitives';

export const SET_WEIGHT: Weight = { ref_time: 10_000_000n, proof_size: 0n };
