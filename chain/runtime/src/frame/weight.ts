// Weights of calls and hooks. Execution time is in picoseconds; the size of proofs does not count on this chain.
import type { Weight } from '@cess/chain-primitives';

export function refTime(picoseconds: bigint): Weight {
  return { ref_time: picoseconds, proof_size: 0n };
}
