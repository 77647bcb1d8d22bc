// Weights of System.
import type { Weight } from '@cess/chain-primitives';

export function remarkWeight({ remark }: { readonly remark: Uint8Array }): Weight {
  return { ref_time: 5_000_000n + BigInt(remark.length) * 1_000n, proof_size: 0n };
}
