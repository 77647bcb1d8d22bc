import type { Weight } from '@cess/chain-primitives';

export const COUNT_WEIGHT: Weight = { ref_time: 40_000_000n, proof_size: 0n };
