// Runtime APIs: named functions over the state that nodes and clients call by `Api_method` (`state_call`).
import { type Codec, type StructFields, type StructOf, struct } from '@cess/codec';
import type { Context } from './context.js';

export interface ApiMethod {
  readonly inputs: StructFields;
  readonly output: Codec<unknown>;
  readonly docs: string;
  /** Encoded arguments in, encoded answer out. */
  call(ctx: Context, args: Uint8Array): Uint8Array;
}

export interface RuntimeApiId {
  readonly name: string;
  /** Hex of BLAKE2b with an 8-byte digest of the name: how clients find the API in the runtime version. */
  readonly id: string;
  readonly version: number;
}

export interface RuntimeApi extends RuntimeApiId {
  readonly docs: string;
  readonly methods: Readonly<Record<string, ApiMethod>>;
}

/** Declares a method. */
export function apiMethod<F extends StructFields, O>(
  docs: string,
  inputs: F,
  output: Codec<O>,
  run: (ctx: Context, args: StructOf<F>) => O,
): ApiMethod {
  const args = struct(inputs);
  return { inputs, output, docs, call: (ctx, encoded) => output.encode(run(ctx, args.decode(encoded))) };
}
