// Types of the functions of mcl's WebAssembly module that the backend calls. This file instantiates the module directly and not
// through mcl-wasm's classes, which share one instance and one global mode per thread. The module is decoded on first use
// from the 600 KB of text in which mcl-wasm embeds it: the package's own decoder works byte by byte and takes fifteen times
// as long as everything else here, in every thread.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { invariant } from '@cess/primitives';

interface MclExports extends Readonly<Record<string, unknown>> {
  /** Runs global constructors; call once, before anything else. */
  __wasm_call_ctors(): void;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: MclExports };
  readonly Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer };
}

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };
/** 2 MB; the module grows it when needed. */
const initialPages = 32;

const curveBls12381 = 5;
/** 4 words of Fr and 6 of Fp, as mcl's headers count them. */
const compiledTimeVariant = 46;
const mapToCurveOfRfc9380 = 5;

/** Addresses are numbers; results of type number are 0 for success unless a function says otherwise. */
export interface MclModule {
  readonly HEAP8: Int8Array;
  _malloc(size: number): number;
  _free(address: number): void;
  _mclBn_init(curve: number, variant: number): number;
  _mclBn_setETHserialization(on: number): void;
  _mclBn_setMapToMode(mode: number): number;
  _mclBn_verifyOrderG1(on: number): void;
  _mclBn_verifyOrderG2(on: number): void;
  _mclBnFr_setLittleEndian(x: number, bytes: number, length: number): number;
  _mclBnG1_hashAndMapToWithDst(p: number, message: number, length: number, dst: number, dstLength: number): number;
  /** Bytes read, 0 for an error. */
  _mclBnG1_deserialize(p: number, bytes: number, length: number): number;
  _mclBnG2_deserialize(p: number, bytes: number, length: number): number;
  /** Bytes written, 0 for an error. */
  _mclBnG1_serialize(bytes: number, length: number, p: number): number;
  _mclBnG2_serialize(bytes: number, length: number, p: number): number;
  /** 1 for true. */
  _mclBnG1_isValidOrder(p: number): number;
  _mclBnG2_isValidOrder(p: number): number;
  _mclBnG1_isZero(p: number): number;
  _mclBnG2_isZero(p: number): number;
  _mclBnG1_isEqual(a: number, b: number): number;
  _mclBnG1_clear(p: number): void;
  _mclBnG1_neg(out: number, p: number): void;
  _mclBnG1_add(out: number, a: number, b: number): void;
  _mclBnG1_normalizeVec(out: number, p: number, count: number): void;
  _mclBnG1_mulCT(out: number, p: number, scalar: number): void;
  _mclBnG2_mulCT(out: number, p: number, scalar: number): void;
  _mclBnG1_mulVec(out: number, points: number, scalars: number, count: number): void;
  _mclBn_millerLoopVec(out: number, g1: number, g2: number, count: number): void;
  _mclBn_finalExp(out: number, x: number): void;
  _mclBnGT_isOne(x: number): number;
}

/** A fresh instance for BLS12-381 with IETF encodings and the map to curve of RFC 9380. */
export function instantiateMcl(): MclModule {
  const memory = new WebAssembly.Memory({ initial: initialPages });
  const cryptoGetRandomValues = () => invariant(false, 'the curve backend draws no randomness');
  const { exports } = new WebAssembly.Instance(compiledMcl(), { env: { memory, cryptoGetRandomValues } });
  exports.__wasm_call_ctors();
  const functions = Object.entries(exports).map(([name, value]) => [`_${name}`, value]);
  const mcl: MclModule = {
    ...Object.fromEntries(functions),
    get HEAP8() {
      return new Int8Array(memory.buffer);
    },
  };
  invariant(mcl._mclBn_init(curveBls12381, compiledTimeVariant) === 0, 'mcl knows BLS12-381');
  invariant(mcl._mclBn_setMapToMode(mapToCurveOfRfc9380) === 0, 'mcl maps to the curve as RFC 9380 says');
  mcl._mclBn_setETHserialization(1);
  // The backend checks subgroups in a separate step, so that it can report why it rejects a point.
  mcl._mclBn_verifyOrderG1(0);
  mcl._mclBn_verifyOrderG2(0);
  return mcl;
}

let compiled: object | undefined;

function compiledMcl(): object {
  if (compiled === undefined) {
    const file = createRequire(import.meta.url).resolve('mcl-wasm/dist/mcl_c.js');
    const [, base64] = /const wasmBase64 = '([A-Za-z0-9+/=]+)'/.exec(readFileSync(file, 'latin1')) ?? [];
    invariant(base64 !== undefined, 'the file holds the module');
    compiled = new WebAssembly.Module(Buffer.from(base64, 'base64'));
  }
  return compiled;
}
