// Weights of Balances.
import type { Weight } from '@cess/chain-primitives';

export const TRANSFER_WEIGHT: Weight = { ref_time: 60_000_000n, proof_size: 0n };
