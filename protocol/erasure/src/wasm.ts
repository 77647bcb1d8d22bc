// The types of WebAssembly that this package needs, without the DOM library, and one module per thread.
import { invariant } from '@cess/primitives';
import { kernelBase64 } from './generated/kernel.js';

/** A WebAssembly.Memory. `buffer` is a SharedArrayBuffer when it is shared. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
}

/** See assembly/kernel.ts. */
export interface KernelExports {
  apply(tables: number, rows: number, columns: number, inputs: number, outputs: number, length: number): void;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
}

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };
const wasmPageSizeBytes = 65_536;

let compiled: object | undefined;

/** The kernel over `memory`, which must be shared. */
export function instantiateKernel(memory: WasmMemory): KernelExports {
  compiled ??= new WebAssembly.Module(decodeBase64(kernelBase64));
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as KernelExports;
}

/** A shared memory of fixed size (rounded up to 64 KiB), zero-filled; worker threads may get it by postMessage. */
export function createSharedMemory(sizeBytes: number): WasmMemory {
  const pages = Math.ceil(sizeBytes / wasmPageSizeBytes);
  invariant(pages >= 1 && pages <= 65_536, 'a WebAssembly memory has 64 KiB to 4 GiB');
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

// Browsers and Node have atob.
function decodeBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
