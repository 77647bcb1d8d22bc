// Answers of the runtime APIs that the RPC decodes itself.
import { dispatchClass } from '@cess/chain-primitives';
import { compact, option, struct, u64, u128 } from '@cess/codec';

export const runtimeDispatchInfo = struct({
  weight: struct({ ref_time: compact(u64), proof_size: compact(u64) }),
  class: dispatchClass,
  partial_fee: u128,
});

export const feeDetails = struct({
  inclusion_fee: option(struct({ base_fee: u128, len_fee: u128, adjusted_weight_fee: u128 })),
});
