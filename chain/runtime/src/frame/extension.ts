// Transaction extensions: what a signed extrinsic carries beside its call, and the checks that go with it.
// The pipeline runs in declaration order; any check may refuse the transaction with a ValidityFailure.
import type { DispatchInfo, ValidTransaction } from '@cess/chain-primitives';
import { type Codec, Writer } from '@cess/codec';
import type { Context } from './context.js';

export interface ExtensionInput {
  readonly who: Uint8Array;
  readonly info: DispatchInfo;
  /** Bytes of the whole extrinsic, length prefix included. */
  readonly length: number;
}

export interface TransactionExtension<E> {
  /** Clients know what to fill in by this name. */
  readonly identifier: string;
  /** What the extrinsic carries. */
  readonly extra: Codec<E>;
  /** What is signed without being carried. */
  readonly additional: Codec<unknown>;
  additionalSigned(ctx: Context, extra: E): unknown;
  /** For the pool: may the transaction be included now or later? Must not change the state for good. */
  validate?(ctx: Context, input: ExtensionInput, extra: E): Partial<ValidTransaction> | undefined;
  /** At inclusion: checks again and takes effect before the call runs. */
  prepare?(ctx: Context, input: ExtensionInput, extra: E): void;
  /** After the call, whatever its outcome. */
  postDispatch?(ctx: Context, input: ExtensionInput, extra: E): void;
}

/** Joins what the extensions say: tags and propagation all count, the shortest life wins, priorities add up. */
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
  extensions: readonly TransactionExtension<unknown>[],
  dataOf: (extension: TransactionExtension<unknown>, position: number) => unknown,
): Uint8Array {
  const writer = new Writer();
  extensions.forEach((extension, position) => {
    extension.additional.write(dataOf(extension, position), writer);
  });
  return writer.toBytes();
}
