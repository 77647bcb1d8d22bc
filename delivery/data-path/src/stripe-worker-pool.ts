// The gateway's worker threads, behind the StripeWorkers port. One pool per process, given by the composition root.
import { availableParallelism } from 'node:os';
import { erasureScratchSizeBytes, type WasmMemory } from '@cess/erasure';
import { Piscina } from 'piscina';
import type {
  OpenStripeResult,
  OpenStripeTask,
  RebuildShardResult,
  RebuildShardTask,
  SealStripeResult,
  SealStripeTask,
  StripeWorkers,
} from './stripe-tasks.js';

const maxQueuedTasks = 4096;
/** Every frame leaves 64 KiB outside of the heap. A small nursery is swept often, so that they stay few and in cache. */
const nurserySizeMb = 2;
/**
 * Piscina first tries `require` on the worker's module and imports it when that fails. Here it fails at once: otherwise Node
 * loads all of it before it finds that it cannot, and the process aborts when the pool is stopped at that moment.
 */
const workerFlags = ['--no-experimental-require-module'];

/** Threads that the pool will use: as many as there are processors, at most 16. */
export function stripeThreadCount(): number {
  return Math.min(availableParallelism(), 16);
}

/** Bytes at the start of the memory that the workers' kernels need. A replaced worker takes a fresh area. */
export function reservedArenaBytes(threads: number): number {
  return threads * 2 * erasureScratchSizeBytes;
}

export class StripeWorkerPool implements StripeWorkers {
  readonly #pool: Piscina;

  constructor(memory: WasmMemory, threads: number) {
    this.#pool = new Piscina({
      filename: new URL('./stripe-worker.js', import.meta.url).href,
      workerData: { memory, nextScratch: new Int32Array(new SharedArrayBuffer(4)) },
      minThreads: threads,
      maxThreads: threads,
      maxQueue: maxQueuedTasks,
      execArgv: workerFlags,
      resourceLimits: { maxYoungGenerationSizeMb: nurserySizeMb },
    });
  }

  seal(task: SealStripeTask): Promise<SealStripeResult> {
    return this.#pool.run(task) as Promise<SealStripeResult>;
  }

  open(task: OpenStripeTask): Promise<OpenStripeResult> {
    return this.#pool.run(task) as Promise<OpenStripeResult>;
  }

  rebuild(task: RebuildShardTask): Promise<RebuildShardResult> {
    return this.#pool.run(task) as Promise<RebuildShardResult>;
  }

  async stop(): Promise<void> {
    await this.#pool.destroy();
  }
}
