// The worker thread of the gateway: executes stripe tasks on the shared memory that it was given at start.
import './errors.js';
import { workerData } from 'node:worker_threads';
import { createErasureKernel, erasureScratchSizeBytes, type WasmMemory } from '@cess/erasure';
import { equalBytes } from '@cess/primitives';
import { frameSizeBytes, frameTagSizeBytes, openFrame, sealFrame, treeRootOf } from '@cess/sealing';
import type {
  OpenStripeResult,
  OpenStripeTask,
  ReadShard,
  RebuildShardResult,
  RebuildShardTask,
  SealStripeResult,
  SealStripeTask,
  StripeTask,
} from './stripe-tasks.js';

export interface StripeWorkerData {
  readonly memory: WasmMemory;
  /** One counter that hands each worker its scratch area. */
  readonly nextScratch: Int32Array;
}

// Piscina passes its own workerData first and the pool's second.
const { memory, nextScratch } = (Array.isArray(workerData) ? workerData[1] : workerData) as StripeWorkerData;
const kernel = createErasureKernel(memory, Atomics.add(nextScratch, 0, 1) * erasureScratchSizeBytes);
const arena = new Uint8Array(memory.buffer);

const view = (offset: number, length: number): Uint8Array => arena.subarray(offset, offset + length);

export default function execute(task: StripeTask): SealStripeResult | OpenStripeResult | RebuildShardResult {
  switch (task.kind) {
    case 'seal':
      return seal(task);
    case 'open':
      return open(task);
    case 'rebuild':
      return rebuild(task);
  }
}

function seal(task: SealStripeTask): SealStripeResult {
  const { dataOffset, dataLength, k, shardLength, shardOffsets } = task;
  if (task.key !== undefined) sealFrames(task, task.key);
  arena.fill(0, dataOffset + dataLength, dataOffset + k * shardLength);
  kernel.encode({ k, n: shardOffsets.length, shardLength, shardOffsets });
  const hashes = new Uint8Array(shardOffsets.length * 32);
  shardOffsets.forEach((offset, index) => {
    hashes.set(treeRootOf(view(offset, shardLength)), index * 32);
  });
  return hashes;
}

function sealFrames(
  { streamId, dataOffset, dataLength, firstFrame, endsStream }: SealStripeTask,
  key: Uint8Array,
): void {
  const frames = Math.ceil(dataLength / frameSizeBytes);
  for (let frame = 0; frame < frames; frame++) {
    const offset = dataOffset + frame * frameSizeBytes;
    const sealedLength = Math.min(frameSizeBytes, dataLength - frame * frameSizeBytes);
    const address = { streamId, index: firstFrame + frame, isLast: endsStream && frame === frames - 1 };
    sealFrame(key, address, view(offset, sealedLength - frameTagSizeBytes), arena, offset);
  }
}

function open(task: OpenStripeTask): OpenStripeResult {
  const { key, streamId, dataOffset, dataLength, k, n, shardLength, shards, wanted } = task;
  const bad = badShards(shards, shardLength);
  if (bad.length > 0) return { type: 'bad', indices: bad };
  const present = shards.map(({ index }) => index);
  const missing = wanted.filter((index) => !present.includes(index));
  if (missing.length > 0) {
    const shardOffsets = Array.from({ length: n }, (_, index) => dataOffset + Math.min(index, k - 1) * shardLength);
    for (const { index, offset } of shards) shardOffsets[index] = offset;
    kernel.reconstruct({ k, n, shardLength, shardOffsets, present, wanted: missing });
  }
  const lastFrame = frameCountOfCiphertext(dataLength) - 1;
  let length = 0;
  const start = dataOffset + task.openFrom * frameSizeBytes;
  for (let frame = task.openFrom; frame < task.openFrom + task.openCount; frame++) {
    const sealedLength = Math.min(frameSizeBytes, dataLength - frame * frameSizeBytes);
    const sealed = view(dataOffset + frame * frameSizeBytes, sealedLength);
    const address = { streamId, index: task.firstFrame + frame, isLast: task.endsStream && frame === lastFrame };
    try {
      length += openFrame(key, address, sealed, arena, start + length);
    } catch {
      return { type: 'sealBroken' };
    }
  }
  return { type: 'opened', offset: start, length };
}

function rebuild({ k, n, shardLength, shards, target }: RebuildShardTask): RebuildShardResult {
  const bad = badShards(shards, shardLength);
  if (bad.length > 0) return { type: 'bad', indices: bad };
  const shardOffsets = Array.from({ length: n }, () => target.offset);
  for (const { index, offset } of shards) shardOffsets[index] = offset;
  kernel.reconstruct({
    k,
    n,
    shardLength,
    shardOffsets,
    present: shards.map(({ index }) => index),
    wanted: [target.index],
  });
  const whole = equalBytes(treeRootOf(view(target.offset, shardLength)), target.hash);
  return whole ? { type: 'rebuilt' } : { type: 'bad', indices: [target.index] };
}

function badShards(shards: readonly ReadShard[], shardLength: number): number[] {
  return shards
    .filter(({ offset, hash }) => !equalBytes(treeRootOf(view(offset, shardLength)), hash))
    .map(({ index }) => index);
}

function frameCountOfCiphertext(length: number): number {
  return Math.ceil(length / frameSizeBytes);
}
