// @cess/erasure: systematic Reed-Solomon over GF(2^8), any k of n <= 256, and the layout of segments.
import './errors.js';

export { type ErasureCode, ErasureCoder } from './coder.js';
export {
  createErasureKernel,
  type EncodeJob,
  type ErasureKernel,
  erasureScratchSizeBytes,
  type ReconstructJob,
} from './kernel.js';
export { decodeSegment, encodeSegment, rebuildFragment } from './segment.js';
export {
  locateCiphertext,
  maxShardSizeBytes,
  type SegmentLayout,
  type ShardSpan,
  type StripeLayout,
  segmentLayout,
} from './segment-layout.js';
export { createSharedMemory, type WasmMemory } from './wasm.js';
