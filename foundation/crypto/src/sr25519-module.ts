// The functions of schnorrkel's WebAssembly module that signatures need. This file instantiates the module directly: loading
// @polkadot/wasm-crypto with its 130 utility files costs every thread more than everything else that it loads. Each thread
// compiles its own instance on first use, because most threads never sign.
import { randomFillSync } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { invariant } from '@cess/primitives';
import { bytes as deflatedBase64 } from '@polkadot/wasm-crypto-wasm/cjs/bytes';

/** The module takes ownership of byte arrays, passed as address and length; it returns results likewise, at `resultAt`. */
interface Sr25519Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  __wbindgen_malloc(size: number): number;
  __wbindgen_free(address: number, size: number): void;
  ext_sr_from_seed(resultAt: number, seed: number, seedLength: number): void;
  ext_sr_sign(resultAt: number, ...keyPairAndMessage: number[]): void;
  /** 1 for a valid signature. */
  ext_sr_verify(...signatureMessageAndKey: number[]): number;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };
/** Start of the stack area that wasm-bindgen reserves for results. */
const resultAt = 8;
/** Handle of every JavaScript object that the module requests; the first index that wasm-bindgen does not reserve. */
const objectHandle = 36;

let instance: Sr25519Exports | undefined;

/** 64 bytes of the expanded secret key, 32 of the public key. */
export function sr25519KeypairFromSeed(seed: Uint8Array): Uint8Array {
  const module = sr25519();
  module.ext_sr_from_seed(resultAt, ...put(module, seed));
  return takeResult(module);
}

export function sr25519Sign(publicKey: Uint8Array, secretKey: Uint8Array, message: Uint8Array): Uint8Array {
  const module = sr25519();
  module.ext_sr_sign(resultAt, ...put(module, publicKey), ...put(module, secretKey), ...put(module, message));
  return takeResult(module);
}

export function sr25519Verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  const module = sr25519();
  return module.ext_sr_verify(...put(module, signature), ...put(module, message), ...put(module, publicKey)) === 1;
}

function sr25519(): Sr25519Exports {
  instance ??= instantiate();
  return instance;
}

/** The imports of the module: it reads random numbers from crypto.getRandomValues of its global object. */
function instantiate(): Sr25519Exports {
  const compiled = new WebAssembly.Module(inflateSync(Buffer.from(deflatedBase64, 'base64')));
  const unused = () => invariant(false, 'the module finds crypto.getRandomValues');
  const wbg = {
    __wbg_self_1b7a39e3a92c949c: () => objectHandle,
    __wbg_crypto_968f1772287e2df0: () => objectHandle,
    __wbg_getRandomValues_a3d34b4fee3c2869: () => objectHandle,
    __wbg_getRandomValues_f5e14ab7ac8e995d: (_crypto: number, address: number, length: number) => {
      randomFillSync(new Uint8Array(exports.memory.buffer, address, length));
    },
    __wbindgen_is_undefined: () => 0,
    __wbindgen_object_drop_ref: () => {},
    __wbg_require_604837428532a733: unused,
    __wbg_randomFillSync_d5bd2d655fdf256a: unused,
  };
  const exports = new WebAssembly.Instance(compiled, { wbg }).exports as Sr25519Exports;
  return exports;
}

function put(module: Sr25519Exports, bytes: Uint8Array): readonly [number, number] {
  const address = module.__wbindgen_malloc(bytes.length);
  new Uint8Array(module.memory.buffer).set(bytes, address);
  return [address, bytes.length];
}

function takeResult(module: Sr25519Exports): Uint8Array {
  const [address, length] = new Uint32Array(module.memory.buffer, resultAt, 2);
  invariant(address !== undefined && length !== undefined, 'a result is an address and a length');
  const result = new Uint8Array(module.memory.buffer, address, length).slice();
  module.__wbindgen_free(address, length);
  return result;
}
