import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createSharedMemory, type EncodeJob, erasureScratchSizeBytes } from './index.js';
import { testBytes } from './test-support/bytes.js';
import { independentEncode } from './test-support/independent-code.js';

test('two threads encode the two halves of one set of shards in one shared memory', async () => {
  const [k, n, length] = [4, 12, 10_007];
  const memory = createSharedMemory(2 * erasureScratchSizeBytes + n * length);
  const bytes = new Uint8Array(memory.buffer);
  const offsets = Array.from({ length: n }, (_, i) => 2 * erasureScratchSizeBytes + i * length);
  const data = Array.from({ length: k }, (_, i) => testBytes(length, i));
  data.forEach((shard, i) => {
    bytes.set(shard, offsets[i]!);
  });
  const half = 5_000;
  const jobs: EncodeJob[] = [
    { k, n, shardLength: half, shardOffsets: offsets },
    { k, n, shardLength: length - half, shardOffsets: offsets.map((offset) => offset + half) },
  ];
  const url = new URL('./test-support/kernel-worker.js', import.meta.url);
  await Promise.all(
    jobs.map(async (job, i) => {
      const worker = new Worker(url, { workerData: { memory, scratchOffset: i * erasureScratchSizeBytes, job } });
      await once(worker, 'message');
      await worker.terminate();
    }),
  );
  const parity = offsets.slice(k).map((offset) => bytes.slice(offset, offset + length));
  assert.deepEqual(parity, independentEncode(k, n, data));
});
