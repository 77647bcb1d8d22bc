// The field kernel over assembly/kernel.ts: Montgomery arithmetic in WebAssembly with 192 KiB of private memory. The
// memory is cleared after each call.
import { areCanonicalScalars, isCanonicalScalar, scalarBytes, scalarOrder } from '@cess/crypto';
import { invariant } from '@cess/primitives';
import type { BlockSum, FieldKernel, PowerTable } from './field-kernel.js';
import { kernelBase64 } from './generated/kernel.js';
import { blockSizeBytes, sectorSizeBytes, sectorsPerBlock } from './podr2/parameters.js';

interface KernelExports {
  multiply(out: number, a: number, b: number): void;
  powers(out: number, one: number, point: number, count: number): void;
  evaluate(out: number, sectors: number, table: number, count: number, work: number): void;
  accumulate(sums: number, sectors: number, count: number, scalar: number, work: number): void;
  reduceSums(out: number, sums: number, count: number, square: number, work: number): void;
  divide(quotient: number, value: number, polynomial: number, count: number, point: number): void;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (limits: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
}

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };
const numberSize = 32;
const sumSize = 52;
const tableSize = sectorsPerBlock * numberSize;

// The layout of the memory. Reading the last sector of a block also reads the eight bytes after it.
const outAt = 0;
const scalarAt = 32;
const workAt = 64;
const numberOneAt = workAt + 64;
const oneAt = 160;
const squareAt = 192;
const tableAt = 256;
const resultAt = tableAt + tableSize;
const blockAt = resultAt + tableSize;
const sumsAt = blockAt + blockSizeBytes + 32;
const memorySize = sumsAt + sectorsPerBlock * sumSize;

const montgomeryOne = scalarBytes((1n << 256n) % scalarOrder);
const montgomerySquare = scalarBytes((1n << 512n) % scalarOrder);

let compiled: object | undefined;

/** A kernel with private memory. */
export function createFieldKernel(): FieldKernel {
  return new WasmFieldKernel();
}

class WasmFieldKernel implements FieldKernel {
  readonly #wasm: KernelExports;
  readonly #memory: Uint8Array;

  constructor() {
    const pages = Math.ceil(memorySize / 65_536);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    compiled ??= new WebAssembly.Module(Buffer.from(kernelBase64, 'base64'));
    this.#wasm = new WebAssembly.Instance(compiled, { env: { memory } }).exports as KernelExports;
    this.#memory = new Uint8Array(memory.buffer);
  }

  powers(point: Uint8Array): PowerTable {
    return this.#cleanly(() => {
      this.#putPoint(point);
      this.#wasm.powers(tableAt, oneAt, scalarAt, sectorsPerBlock);
      return { bytes: this.#get(tableAt, tableSize) };
    });
  }

  evaluate(table: PowerTable, block: Uint8Array): Uint8Array {
    return this.#cleanly(() => {
      this.#memory.set(table.bytes, tableAt);
      this.#wasm.evaluate(outAt, blockAt, tableAt, this.#putBlock(block), workAt);
      return this.#get(outAt, numberSize);
    });
  }

  newSum(): BlockSum {
    return { bytes: new Uint8Array(sectorsPerBlock * sumSize) };
  }

  accumulate(sum: BlockSum, coefficient: Uint8Array, block: Uint8Array): void {
    invariant(coefficient.length === 16, 'coefficients have 16 bytes');
    this.#cleanly(() => {
      this.#memory.set(coefficient, scalarAt);
      this.#memory.set(sum.bytes, sumsAt);
      this.#wasm.accumulate(sumsAt, blockAt, this.#putBlock(block), scalarAt, workAt);
      sum.bytes.set(this.#memory.subarray(sumsAt, sumsAt + sum.bytes.length));
    });
  }

  coefficientsOf(sum: BlockSum): Uint8Array {
    return this.#cleanly(() => {
      this.#memory.set(sum.bytes, sumsAt);
      this.#memory.set(montgomerySquare, squareAt);
      this.#memory[numberOneAt] = 1;
      this.#wasm.reduceSums(resultAt, sumsAt, sectorsPerBlock, squareAt, workAt);
      return this.#get(resultAt, tableSize);
    });
  }

  divide(polynomial: Uint8Array, point: Uint8Array): { value: Uint8Array; quotient: Uint8Array } {
    invariant(polynomial.length === tableSize && areCanonicalScalars(polynomial), 'a polynomial has s coefficients');
    return this.#cleanly(() => {
      this.#putPoint(point);
      this.#memory.set(polynomial, tableAt);
      this.#wasm.divide(resultAt, outAt, tableAt, sectorsPerBlock, scalarAt);
      return { value: this.#get(outAt, numberSize), quotient: this.#get(resultAt, tableSize - numberSize) };
    });
  }

  /** Clears the memory after the call, even if it throws. */
  #cleanly<T>(call: () => T): T {
    try {
      return call();
    } finally {
      this.#memory.fill(0);
    }
  }

  /** Writes the point in Montgomery form to the area for scalars. */
  #putPoint(point: Uint8Array): void {
    invariant(isCanonicalScalar(point), 'a point of the field is canonical');
    this.#memory.set(point, scalarAt);
    this.#memory.set(montgomerySquare, squareAt);
    this.#memory.set(montgomeryOne, oneAt);
    this.#wasm.multiply(scalarAt, scalarAt, squareAt);
  }

  /** The number of sectors with at least one byte. */
  #putBlock(block: Uint8Array): number {
    invariant(block.length <= blockSizeBytes, 'a block has at most s sectors');
    this.#memory.set(block, blockAt);
    return Math.ceil(block.length / sectorSizeBytes);
  }

  #get(at: number, length: number): Uint8Array {
    return this.#memory.slice(at, at + length);
  }
}
