// Erasure coding 4 + 8 with shards of 1 MiB: GB of data per second and core, compared with copying the same data and with an
// independent implementation (the Rust crate reed-solomon-erasure as WebAssembly).
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createErasureKernel, createSharedMemory, erasureScratchSizeBytes } from '@cess/erasure';
import { MiB } from '@cess/primitives';
import { ReedSolomonErasure } from '@digitaldefiance/reed-solomon-erasure.wasm';
import { cpuSecondsOf } from './support/measure.js';
import { report } from './support/report.js';

const [k, n, shardLength] = [4, 12, MiB];
const dataGB = (k * shardLength) / 1e9;

const memory = createSharedMemory(erasureScratchSizeBytes + n * shardLength);
const kernel = createErasureKernel(memory, 0);
const shardOffsets = Array.from({ length: n }, (_, i) => erasureScratchSizeBytes + i * shardLength);
const bytes = new Uint8Array(memory.buffer);
for (let i = 0; i < k * shardLength; i++) bytes[erasureScratchSizeBytes + i] = (i * 31 + (i >> 8)) & 0xff;

const encode = cpuSecondsOf(() => kernel.encode({ k, n, shardLength, shardOffsets }));
const present = [8, 9, 10, 11];
const decode = cpuSecondsOf(() =>
  kernel.reconstruct({ k, n, shardLength, shardOffsets, present, wanted: [0, 1, 2, 3] }),
);

const source = bytes.slice(erasureScratchSizeBytes, erasureScratchSizeBytes + k * shardLength);
const target = new Uint8Array(k * shardLength);
const copy = cpuSecondsOf(() => target.set(source));

const entry = createRequire(import.meta.url).resolve('@digitaldefiance/reed-solomon-erasure.wasm');
const independent = ReedSolomonErasure.fromBytes(readFileSync(entry.replace(/[^/]*$/, 'reed_solomon_erasure_bg.wasm')));
const shards = new Uint8Array(n * shardLength);
shards.set(source);
const other = cpuSecondsOf(() => void independent.encode(shards, k, n - k));

const speed = (seconds: number): number => dataGB / seconds;
report('erasure 4+8, shards of 1 MiB, per core', [
  {
    name: 'encode',
    value: speed(encode),
    unit: 'GB/s of data',
    ratio: other / encode,
    of: 'independent',
    target: 'at least 1.9 GB/s',
    met: speed(encode) >= 1.9,
  },
  { name: 'decode, all data shards lost', value: speed(decode), unit: 'GB/s of data' },
  { name: 'copy of the data', value: speed(copy), unit: 'GB/s of data', ratio: encode / copy, of: 'encode' },
  { name: 'independent encode', value: speed(other), unit: 'GB/s of data' },
]);
