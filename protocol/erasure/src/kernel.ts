// Systematic Reed-Solomon over GF(2^8) (docs/protocol/data-path.md §3) on shards in one shared WebAssembly.Memory. Data shards
// stay in place, parity and rebuilt shards are written to their offsets, and nothing is copied. Each thread creates its own
// kernel over the same memory, with a scratch area of its own.
import { CessError, elementAt, invariant } from '@cess/primitives';
import { codingMatrix, inverted, product, selectRows } from './matrix.js';
import { nibbleTables, nibbleTablesSize } from './nibble-tables.js';
import { TableCache } from './table-cache.js';
import { instantiateKernel, type WasmMemory } from './wasm.js';

const maxShards = 256;
const pointerAreaBytes = maxShards * 4;
const tablesAt = 2 * pointerAreaBytes;
// Most entries of an applied matrix: (n - k) * k <= 128 * 128.
const maxTablesBytes = nibbleTablesSize(128, 128);
const cacheBytes = 4 * 1024 * 1024;

/** Bytes of a kernel's scratch area. */
export const erasureScratchSizeBytes = tablesAt + maxTablesBytes;

export interface EncodeJob {
  /** Data shards. */
  readonly k: number;
  /** All shards, k <= n <= 256. */
  readonly n: number;
  /** Bytes of each shard, at least 1. */
  readonly shardLength: number;
  /** Offset of each of the n shards in the memory. The first k are read, the others written. */
  readonly shardOffsets: readonly number[];
}

export interface ReconstructJob extends EncodeJob {
  /** Indices of available shards. The first k of the list are used. */
  readonly present: readonly number[];
  /** Indices of the shards to rebuild, data or parity. None of them is available. */
  readonly wanted: readonly number[];
}

export interface ErasureKernel {
  /** Writes all n - k parity shards. */
  encode(job: EncodeJob): void;
  /** Writes the wanted shards. Throws `ERASURE_TOO_FEW_SHARDS` with fewer than k present. */
  reconstruct(job: ReconstructJob): void;
}

/** A kernel over `memory` whose scratch area begins at `scratchOffset` (a multiple of 16). */
export function createErasureKernel(memory: WasmMemory, scratchOffset: number): ErasureKernel {
  return new WasmErasureKernel(memory, scratchOffset);
}

class WasmErasureKernel implements ErasureKernel {
  readonly #apply;
  readonly #cache = new TableCache(cacheBytes);
  /** Key of the tables in the scratch area. */
  #loaded = '';

  constructor(
    private readonly memory: WasmMemory,
    private readonly scratchOffset: number,
  ) {
    invariant(scratchOffset % 16 === 0, 'scratch offset is a multiple of 16');
    invariant(
      scratchOffset + erasureScratchSizeBytes <= memory.buffer.byteLength,
      'scratch area lies inside the memory',
    );
    this.#apply = instantiateKernel(memory).apply;
  }

  encode(job: EncodeJob): void {
    const { k, n } = job;
    this.#checkJob(job);
    if (n === k) return;
    const key = `e${k}/${n}`;
    const parity = range(k, n);
    this.#load(key, () => nibbleTables(selectRows(codingMatrix(k, n), parity)));
    this.#run(job, range(0, k), parity);
  }

  reconstruct(job: ReconstructJob): void {
    const { k, n, present, wanted } = job;
    this.#checkJob(job);
    checkIndices(n, [...present, ...wanted]);
    if (present.length < k) {
      throw new CessError(
        'ERASURE_TOO_FEW_SHARDS',
        `${k} shards are needed, but only ${present.length} are available.`,
        {
          needed: k,
          present: present.length,
        },
      );
    }
    if (wanted.length === 0) return;
    const used = present.slice(0, k);
    this.#load(`r${k}/${n}:${used.join(',')}>${wanted.join(',')}`, () => {
      const code = codingMatrix(k, n);
      return nibbleTables(product(selectRows(code, wanted), inverted(selectRows(code, used))));
    });
    this.#run(job, used, wanted);
  }

  #load(key: string, make: () => Uint8Array): void {
    if (this.#loaded === key) return;
    const tables = this.#cache.get(key, make);
    new Uint8Array(this.memory.buffer, this.scratchOffset + tablesAt, tables.length).set(tables);
    this.#loaded = key;
  }

  #run({ shardLength, shardOffsets }: EncodeJob, inputs: readonly number[], outputs: readonly number[]): void {
    const inputsAt = this.scratchOffset;
    const outputsAt = this.scratchOffset + pointerAreaBytes;
    const pointers = new Uint32Array(this.memory.buffer, inputsAt, 2 * maxShards);
    inputs.forEach((shard, i) => {
      pointers[i] = elementAt(shardOffsets, shard);
    });
    outputs.forEach((shard, i) => {
      pointers[maxShards + i] = elementAt(shardOffsets, shard);
    });
    const tables = this.scratchOffset + tablesAt;
    this.#apply(tables, outputs.length, inputs.length, inputsAt, outputsAt, shardLength);
  }

  #checkJob({ k, n, shardLength, shardOffsets }: EncodeJob): void {
    invariant(
      Number.isInteger(k) && Number.isInteger(n) && k >= 1 && k <= n && n <= maxShards,
      'code has 1 <= k <= n <= 256',
    );
    invariant(Number.isInteger(shardLength) && shardLength >= 1, 'a shard has at least one byte');
    invariant(shardOffsets.length === n, 'every shard has an offset');
    const size = this.memory.buffer.byteLength;
    const scratchEnd = this.scratchOffset + erasureScratchSizeBytes;
    for (const offset of shardOffsets) {
      invariant(
        Number.isInteger(offset) && offset >= 0 && offset + shardLength <= size,
        'shard lies inside the memory',
      );
      invariant(
        offset + shardLength <= this.scratchOffset || offset >= scratchEnd,
        'shard lies outside the scratch area',
      );
    }
  }
}

function checkIndices(n: number, indices: readonly number[]): void {
  const seen = new Set<number>();
  for (const index of indices) {
    invariant(
      Number.isInteger(index) && index >= 0 && index < n && !seen.has(index),
      'shard indices are distinct and below n',
    );
    seen.add(index);
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
