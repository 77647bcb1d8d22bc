// Encodes half of the columns of shards that lie in a memory shared with other threads.
import { parentPort, workerData } from 'node:worker_threads';
import { createErasureKernel, type EncodeJob, type WasmMemory } from '../index.js';

const { memory, scratchOffset, job } = workerData as { memory: WasmMemory; scratchOffset: number; job: EncodeJob };
createErasureKernel(memory, scratchOffset).encode(job);
parentPort?.postMessage('done');
