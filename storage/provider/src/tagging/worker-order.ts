// In which order a provider asks TEE workers for tags: at random, as the chain draws verifiers (docs/protocol/r2s.md RS-5.5). In every
// second draw the first worker gives way to the second if only that works for a candidate without a seat (R2S-2).
import type { Rng } from '@cess/primitives';
import type { TeeWorkerRecord } from '../chain/duty-chain.js';
import { randomShare, shuffled } from '../scheduling/random.js';

export function orderOfWorkers(workers: readonly TeeWorkerRecord[], rng: Rng): readonly TeeWorkerRecord[] {
  const order = shuffled(workers, rng);
  const [first, second, ...rest] = order;
  if (first === undefined || second === undefined || first.isAuxiliary || !second.isAuxiliary) return order;
  return randomShare(rng) < 0.5 ? [second, first, ...rest] : order;
}
