// Declarations of pallets: storage, call arguments, events, errors and constants as data, without dispatch. Runtime,
// metadata and client all read these, so that a browser can decode the chain without the code that executes it.
import type { DispatchClass, DispatchError } from '@cess/chain-primitives';
import {
  type Codec,
  enumeration,
  type StructFields,
  type StructOf,
  struct,
  type VariantCases,
  type VariantOf,
  variant,
} from '@cess/codec';
import { concatBytes, invariant } from '@cess/primitives';
import { depositEvent } from './block-scratch.js';
import type { Context } from './context.js';
import type { AnyStorageItem } from './storage.js';

export interface PalletId {
  readonly name: string;
  readonly index: number;
}

/** `pallet_file_bank` of `FileBank`: the crate name in the paths of its types. */
function crateName(pallet: PalletId): string {
  return pallet.name === 'System'
    ? 'frame_system'
    : `pallet${pallet.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}

/** The event type of a pallet, with the function that records one. */
export interface PalletEvents<V extends VariantCases> {
  readonly codec: Codec<VariantOf<V>>;
  deposit(ctx: Context, event: VariantOf<V>): void;
}

/** Declares events; indices are the declaration order unless given. */
export function defineEvents<V extends VariantCases>(
  pallet: PalletId,
  cases: V,
  indices?: Readonly<Partial<Record<keyof V & string, number>>>,
): PalletEvents<V> {
  const path = [crateName(pallet), 'pallet', 'Event'];
  const codec = variant(cases, indices === undefined ? { path } : { path, indices });
  const head = Uint8Array.of(pallet.index);
  return { codec, deposit: (ctx, event) => depositEvent(ctx, concatBytes(head, codec.encode(event))) };
}

/** The errors of a pallet by name, each ready to be thrown with `fail` or `ensure`. */
export type PalletErrors<E extends Readonly<Record<string, string>>> = {
  readonly byName: { readonly [K in keyof E]: DispatchError };
  readonly docs: E;
  readonly codec: Codec<keyof E & string>;
};

/** Declares errors with a sentence each; the index is the declaration order. */
export function defineErrors<const E extends Readonly<Record<string, string>>>(
  pallet: PalletId,
  docs: E,
): PalletErrors<E> {
  const names = Object.keys(docs) as (keyof E & string)[];
  const byName: Partial<Record<keyof E, DispatchError>> = {};
  const caseDocs: Partial<Record<keyof E & string, readonly string[]>> = {};
  for (const [position, name] of names.entries()) {
    byName[name] = { type: 'Module', value: { index: pallet.index, error: Uint8Array.of(position, 0, 0, 0) } };
    caseDocs[name] = [docs[name] as string];
  }
  return {
    byName: byName as { readonly [K in keyof E]: DispatchError },
    docs,
    codec: enumeration(names, { path: [crateName(pallet), 'pallet', 'Error'], caseDocs }),
  };
}

/** A call as clients see it: its index, arguments and class. */
export interface CallDeclaration<A> {
  readonly index: number;
  readonly docs: string;
  readonly args: Codec<A>;
  readonly class: DispatchClass;
}

/** The arguments of a declared call. */
export type ArgsOf<C> = C extends CallDeclaration<infer A> ? A : never;

/** Declares a call; of the class `Normal` unless said otherwise. */
export function declareCall<F extends StructFields>(init: {
  readonly index: number;
  readonly docs: string;
  readonly args: F;
  readonly class?: DispatchClass;
}): CallDeclaration<StructOf<F>> {
  return { index: init.index, docs: init.docs, args: struct(init.args), class: init.class ?? 'Normal' };
}

/** A constant of the metadata. */
export interface Constant {
  readonly type: Codec<unknown>;
  readonly value: unknown;
  readonly docs: string;
}

/** Declares a constant. */
export function constant<T>(type: Codec<T>, value: T, docs: string): Constant & { readonly value: T } {
  return { type, value, docs };
}

export interface DeclarationInit {
  readonly id: PalletId;
  readonly docs: string;
  readonly storage: Readonly<Record<string, AnyStorageItem>>;
  readonly calls?: Readonly<Record<string, CallDeclaration<unknown>>>;
  readonly events?: { readonly codec: Codec<unknown> };
  readonly errors?: { readonly codec: Codec<string>; readonly docs: Readonly<Record<string, string>> };
  readonly constants?: Readonly<Record<string, Constant>>;
}

export interface PalletCall {
  readonly type: string;
  readonly value: unknown;
}

/** The declaration of any pallet, for tables of them. */
export type PalletDeclaration = DeclarationInit & { readonly callCodec: Codec<PalletCall> | undefined };

/** Checks what a pallet declares and adds its call type. */
export function declarePallet<D extends DeclarationInit>(
  init: D,
): D & { readonly callCodec: Codec<PalletCall> | undefined } {
  for (const [name, item] of Object.entries(init.storage)) {
    invariant(item.name === name && item.pallet === init.id.name, `storage item ${init.id.name}.${name} is misnamed`);
  }
  return { ...init, callCodec: init.calls === undefined ? undefined : callCodecOf(init.id, init.calls) };
}

function callCodecOf(pallet: PalletId, calls: Readonly<Record<string, CallDeclaration<unknown>>>): Codec<PalletCall> {
  const cases: Record<string, Codec<unknown>> = {};
  const indices: Record<string, number> = {};
  const caseDocs: Record<string, readonly string[]> = {};
  for (const [name, entry] of Object.entries(calls)) {
    cases[name] = entry.args;
    indices[name] = entry.index;
    caseDocs[name] = [entry.docs];
  }
  return variant(cases, { path: [crateName(pallet), 'pallet', 'Call'], indices, caseDocs }) as Codec<PalletCall>;
}
