// Weights of Sminer.
import type { Weight } from '@cess/chain-primitives';

export const CALL_WEIGHT: Weight = { ref_time: 80_000_000n, proof_size: 0n };
/** A signature is verified. */
export const SIGNATURE_WEIGHT: Weight = { ref_time: 600_000_000n, proof_size: 0n };
/** An entry is released, or moved after a look at the questions of the provider. */
const PER_RELEASE = 300_000_000n;

export function releasesWeight(count: number): Weight {
  return { ref_time: BigInt(count) * PER_RELEASE, proof_size: 0n };
}
