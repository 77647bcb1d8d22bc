// The same code over plain byte arrays, for small callers and browsers. It copies shards in strips through a private memory of
// bounded size. Columns of bytes are independent, so coding in strips gives the same result as coding whole shards.
import { CessError, elementAt, invariant } from '@cess/primitives';
import { createErasureKernel, type ErasureKernel, erasureScratchSizeBytes } from './kernel.js';
import { createSharedMemory, type WasmMemory } from './wasm.js';

const stripAreaBytes = 4 * 1024 * 1024;
const maxStripBytes = 65_536;

export interface ErasureCode {
  readonly k: number;
  readonly n: number;
}

export class ErasureCoder {
  readonly #memory: WasmMemory;
  readonly #kernel: ErasureKernel;
  readonly #stripBytes: number;
  readonly #offsets: readonly number[];

  constructor(readonly code: ErasureCode) {
    const { n } = code;
    this.#stripBytes = Math.min(maxStripBytes, Math.floor(stripAreaBytes / n / 64) * 64);
    this.#memory = createSharedMemory(erasureScratchSizeBytes + n * this.#stripBytes);
    this.#kernel = createErasureKernel(this.#memory, 0);
    this.#offsets = Array.from({ length: n }, (_, i) => erasureScratchSizeBytes + i * this.#stripBytes);
  }

  /** The n - k parity shards of k data shards of equal length. */
  encode(data: readonly Uint8Array[]): Uint8Array[] {
    const { k, n } = this.code;
    invariant(data.length === k, 'encode takes k data shards');
    const parity = Array.from({ length: n - k }, (_, i) => k + i);
    return this.#byStrips(data, parity, (job) => this.#kernel.encode(job));
  }

  /**
   * The wanted shards, in the order of `wanted`, from a sparse list of n shards with at least k entries.
   * Throws `ERASURE_TOO_FEW_SHARDS`.
   */
  reconstruct(shards: readonly (Uint8Array | undefined)[], wanted: readonly number[]): Uint8Array[] {
    const { k, n } = this.code;
    invariant(shards.length === n, 'reconstruct takes a list of n places');
    const present = shards.flatMap((shard, i) => (shard === undefined ? [] : [i])).slice(0, k);
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
    const used = shards.map((shard, i) => (present.includes(i) ? shard : undefined));
    return this.#byStrips(used, wanted, (job) => this.#kernel.reconstruct({ ...job, present, wanted }));
  }

  #byStrips(
    inputs: readonly (Uint8Array | undefined)[],
    outputs: readonly number[],
    work: (job: { k: number; n: number; shardLength: number; shardOffsets: readonly number[] }) => void,
  ): Uint8Array[] {
    const length = inputs.find((shard) => shard !== undefined)?.length ?? 0;
    invariant(
      inputs.every((shard) => shard === undefined || shard.length === length),
      'shards have one length',
    );
    const made = outputs.map(() => new Uint8Array(length));
    const bytes = new Uint8Array(this.#memory.buffer);
    for (let at = 0; at < length; at += this.#stripBytes) {
      const shardLength = Math.min(this.#stripBytes, length - at);
      inputs.forEach((shard, i) => {
        if (shard !== undefined) bytes.set(shard.subarray(at, at + shardLength), elementAt(this.#offsets, i));
      });
      work({ ...this.code, shardLength, shardOffsets: this.#offsets });
      outputs.forEach((shard, i) => {
        const from = elementAt(this.#offsets, shard);
        elementAt(made, i).set(bytes.subarray(from, from + shardLength), at);
      });
    }
    return made;
  }
}
