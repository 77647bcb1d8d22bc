// An implementation that is not ours: the Rust crate reed-solomon-erasure, compiled to WebAssembly.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ReedSolomonErasure } from '@digitaldefiance/reed-solomon-erasure.wasm';

const require = createRequire(import.meta.url);
const entry = require.resolve('@digitaldefiance/reed-solomon-erasure.wasm');
const codec = ReedSolomonErasure.fromBytes(readFileSync(entry.replace(/[^/]*$/, 'reed_solomon_erasure_bg.wasm')));

/** The n - k parity shards. */
export function independentEncode(k: number, n: number, data: readonly Uint8Array[]): Uint8Array[] {
  const length = data[0]!.length;
  const shards = new Uint8Array(n * length);
  data.forEach((shard, i) => {
    shards.set(shard, i * length);
  });
  const result = codec.encode(shards, k, n - k);
  if (result !== ReedSolomonErasure.RESULT_OK) throw new Error(`independent encoder failed: ${result}`);
  return Array.from({ length: n - k }, (_, i) => shards.slice((k + i) * length, (k + i + 1) * length));
}
