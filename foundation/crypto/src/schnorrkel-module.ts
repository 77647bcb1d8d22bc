// The functions of schnorrkel that sr25519 needs, typed: the WebAssembly build of @polkadot/wasm-crypto, instantiated
// here. That package's own loader takes a sixth of a second in every thread that might meet an sr25519 key; this one is
// called when the first does. Byte strings that go in belong to the module, which frees them.
import { randomFillSync } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { invariant } from '@cess/primitives';
import { bytes as packedModule } from '@polkadot/wasm-crypto-wasm/cjs/bytes';

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  __wbindgen_malloc(size: number): number;
  __wbindgen_free(address: number, size: number): void;
  ext_sr_from_seed(result: number, seed: number, seedLength: number): void;
  ext_sr_sign(result: number, ...publicSecretMessage: readonly number[]): void;
  ext_sr_verify(...signatureMessagePublic: readonly number[]): number;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };
/** Where results are noted: address and length, 4 bytes each. */
const resultAt = 8;

export class SchnorrkelModule {
  readonly #wasm: Exports;

  constructor() {
    const module = new WebAssembly.Module(inflateSync(Buffer.from(packedModule, 'base64')));
    this.#wasm = new WebAssembly.Instance(module, { wbg: this.#imports() }).exports as Exports;
  }

  /** 64 bytes of secret key, 32 of public key. */
  pairFromSeed(seed: Uint8Array): Uint8Array {
    this.#wasm.ext_sr_from_seed(resultAt, this.#put(seed), seed.length);
    return this.#result();
  }

  sign(publicKey: Uint8Array, secretKey: Uint8Array, message: Uint8Array): Uint8Array {
    this.#wasm.ext_sr_sign(resultAt, ...this.#putAll(publicKey, secretKey, message));
    return this.#result();
  }

  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
    return this.#wasm.ext_sr_verify(...this.#putAll(signature, message, publicKey)) !== 0;
  }

  /** The module asks for `self.crypto.getRandomValues`, step by step, by handles that it does not look into. */
  #imports(): Readonly<Record<string, (...args: readonly number[]) => unknown>> {
    const handle = () => 1;
    const noOtherSource = () => invariant(false, 'the module has its randomness from getRandomValues');
    return {
      __wbindgen_is_undefined: () => false,
      __wbindgen_object_drop_ref: () => undefined,
      __wbg_self_1b7a39e3a92c949c: handle,
      __wbg_crypto_968f1772287e2df0: handle,
      __wbg_getRandomValues_a3d34b4fee3c2869: handle,
      __wbg_getRandomValues_f5e14ab7ac8e995d: (_handle, address, length) =>
        randomFillSync(this.#view(address!, length!)),
      __wbg_require_604837428532a733: noOtherSource,
      __wbg_randomFillSync_d5bd2d655fdf256a: noOtherSource,
    };
  }

  #putAll(...parts: readonly Uint8Array[]): number[] {
    return parts.flatMap((part) => [this.#put(part), part.length]);
  }

  #put(bytes: Uint8Array): number {
    const address = this.#wasm.__wbindgen_malloc(bytes.length);
    this.#view(address, bytes.length).set(bytes);
    return address;
  }

  #result(): Uint8Array {
    const noted = new DataView(this.#wasm.memory.buffer, resultAt, 8);
    const [address, length] = [noted.getUint32(0, true), noted.getUint32(4, true)];
    const result = this.#view(address, length).slice();
    this.#wasm.__wbindgen_free(address, length);
    return result;
  }

  // The memory may have grown, and its old views are dead then.
  #view(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#wasm.memory.buffer, address, length);
  }
}
