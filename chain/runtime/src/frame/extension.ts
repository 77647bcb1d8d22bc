// Transaction extensions: data that a signed extrinsic carries besides its call, and the checks of that data.
// The pipeline runs in declaration order; any check may reject the transaction with a ValidityFailure.
import type { DispatchInfo, ValidTransaction, Weight } from '@cess/chain-primitives';
import { type Codec, Writer } from '@cess/codec';
import type { Context } from './context.js';

export interface ExtensionInput {
  readonly who: Uint8Array;
  readonly info: DispatchInfo;
  /** Bytes of the whole extrinsic, length prefix included. */
  readonly length: number;
}

/** What clients must know of an extension. */
export interface ExtensionDeclaration<E> {
  /** Clients know what to fill in by this name. */
  readonly identifier: string;
  /** What the extrinsic carries. */
  readonly extra: Codec<E>;
  /** What is signed without being carried. */
  readonly additional: Codec<unknown>;
}

/** What an extension checks and does. */
export interface ExtensionLogic<E> {
  additionalSigned(ctx: Context, extra: E): unknown;
  /** For the pool: may the transaction be included now or later? Must not change the state for good. */
  validate?(ctx: Context, input: ExtensionInput, extra: E): Partial<ValidTransaction> | undefined;
  /** Whether the transaction is the next of its signer; only the next may be free of fees. */
  isNext?(ctx: Context, who: Uint8Array, extra: E): boolean;
  /** At inclusion: checks again and takes effect before the call runs. */
  prepare?(ctx: Context, input: ExtensionInput, extra: E): void;
  /** After the call, whatever its outcome. `used` is at most the weight of the input. */
  postDispatch?(ctx: Context, input: ExtensionInput, extra: E, used: Weight): void;
}

export interface TransactionExtension<E> extends ExtensionDeclaration<E>, ExtensionLogic<E> {}

type Declarations = Readonly<Record<string, ExtensionDeclaration<unknown>>>;
/** Logic for each declared extension. */
export type ExtensionLogicOf<D extends Declarations> = {
  readonly [N in keyof D]: D[N] extends ExtensionDeclaration<infer E> ? ExtensionLogic<E> : never;
};

/** Joins declarations and logic, in the order of the declarations. */
export function implementExtensions<D extends Declarations>(
  declared: D,
  logic: ExtensionLogicOf<D>,
): readonly TransactionExtension<unknown>[] {
  return Object.keys(declared).map((name) => ({
    ...(declared[name] as ExtensionDeclaration<unknown>),
    ...(logic[name] as ExtensionLogic<unknown>),
  }));
}

/** Merges the results of all extensions: tags are collected, the shortest longevity wins, priorities add up. */
export function combineValidity(parts: readonly (Partial<ValidTransaction> | undefined)[]): ValidTransaction {
  let priority = 0n;
  let longevity = (1n << 64n) - 1n;
  let propagate = true;
  const requires: Uint8Array[] = [];
  const provides: Uint8Array[] = [];
  for (const part of parts) {
    if (part === undefined) continue;
    priority += part.priority ?? 0n;
    if (part.longevity !== undefined && part.longevity < longevity) longevity = part.longevity;
    if (part.propagate === false) propagate = false;
    requires.push(...(part.requires ?? []));
    provides.push(...(part.provides ?? []));
  }
  const max = (1n << 64n) - 1n;
  return { priority: priority > max ? max : priority, requires, provides, longevity, propagate };
}

/** The additional signed data of all extensions, encoded. */
export function encodeAdditional(
  extensions: readonly ExtensionDeclaration<unknown>[],
  dataOf: (extension: ExtensionDeclaration<unknown>, position: number) => unknown,
): Uint8Array {
  const writer = new Writer();
  extensions.forEach((extension, position) => {
    extension.additional.write(dataOf(extension, position), writer);
  });
  return writer.toBytes();
}
